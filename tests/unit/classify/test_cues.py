"""Cues: the same for a text in any company, and each says what its name says."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.classify.corpus_files import training_texts
from pipeline.classify.cues import CUES, CueReader, strings_of
from pipeline.classify.features import text_buffers

READER = CueReader.shipped()
SOME = training_texts().texts[::40]


def shown(text: str | None) -> set[str]:
    """The names of the cues that a text shows."""
    return {name for name, value in zip(CUES, READER.read([text])[0].tolist(), strict=True) if value > 0}


def test_praise_and_blame_are_told_apart_and_together() -> None:
    assert {"praises more", "positive", "!"} <= shown("Thank you, excellent service!")
    assert {"blames more", "negative"} <= shown("Terrible service, awful staff")
    assert "does both" in shown("Excellent food, terrible service")


def test_marks_and_length_are_seen() -> None:
    assert {"?", "ends with ?", "short"} <= shown("Where is it? ")
    assert "ends with ?" not in shown("Where is it? Tell me.")
    assert {"! twice", "…"} <= shown("Well... wow!!")
    assert "long" in shown("word " * 40)


def test_an_absent_text_is_short_and_nothing_else() -> None:
    assert shown(None) == shown("") == {"short"}
    assert READER.read([]).shape == (0, len(CUES))


def test_no_sum_grows_without_bound() -> None:
    assert np.abs(READER.read(["terrible awful " * 500])).max() <= 1


@given(st.lists(st.one_of(st.sampled_from(SOME), st.text(max_size=30)), max_size=10), st.integers(0, 10))
@settings(deadline=None)
def test_the_batch_does_not_matter(texts: list[str], cut: int) -> None:
    parts = [READER.read(texts[:cut]), READER.read(texts[cut:])]
    assert np.concatenate(parts).tobytes() == READER.read(texts).tobytes()


def test_texts_come_back_from_their_bytes() -> None:
    assert strings_of(text_buffers(["їжак", None, "", "a👍"])) == ["їжак", "", "", "a👍"]
