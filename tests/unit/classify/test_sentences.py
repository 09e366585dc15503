"""Marks and sentences are those that a plain reading of each text gives."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.classify.folding import MAX_CHARACTERS, fold_sentences
from pipeline.classify.sentences import MARKS

PIECES = st.sampled_from([*" \n\t\r.!?…aї,👍", "\xa0", "\u0306", "...", "\uffff", "word ", "end. ", "why? ", "x" * 40])
TEXTS = st.lists(PIECES, max_size=25).map("".join)


def parts_of(text: str) -> tuple[str, str, str]:
    """The text, its first sentence and its last, the latter two empty where there is only one."""
    sentences = re.split("(?<=[.!?…])[ \t\r\n]+", text.strip())
    return (text, sentences[0], sentences[-1]) if len(sentences) > 1 else (text, "", "")


def read_plainly(part: str) -> list[bool]:
    """What `MARKS` say of a text or a sentence, its face aside."""
    loud, long = part.count("!"), len(part)
    asks, asks_last = "?" in part, part.rstrip().endswith("?")
    return [loud > 0, loud > 1, asks, asks_last, "…" in part or "..." in part, long < 40, long > 150]


FACES = {
    "дякую)": (True, False),
    "ok :-) bye": (True, False),
    "супер :D": (True, False),
    "Не доклали сирок :(": (False, True),
    "довго((": (False, True),
    "сумно ( і все": (False, True),
    "чай (зелений) є": (False, False),
    "the company ( XXXX ) called": (False, False),
    "1) чай 2) кава": (False, False),
    "cut off (see": (False, False),
    "C:Documents": (False, False),
    "(ну так :) )": (True, False),
}


@pytest.mark.parametrize(("text", "faces"), list(FACES.items()))
def test_a_bracket_that_belongs_to_no_other_is_a_face(text: str, faces: tuple[bool, bool]) -> None:
    found = fold_sentences([text])[1][0, 0]
    assert (found[MARKS.index("smiles")], found[MARKS.index("frowns")]) == faces


@given(st.lists(TEXTS, max_size=6))
@example(["", " ", ".", "a. b", ". a", " . . a ", "One.\nTwo!  Three?", "Done.\xa0More. ", "👍" * 39, "👍" * 40])
@settings(deadline=None, max_examples=400)
def test_marks_are_those_of_a_plain_reading(texts: list[str]) -> None:
    found = fold_sentences(texts)[1]
    assert found.shape == (len(texts), 3, len(MARKS))
    assert found[:, :, : MARKS.index("smiles")].tolist() == [
        [read_plainly(part) for part in parts_of(text)] for text in texts
    ]


def test_what_comes_after_twenty_thousand_characters_is_not_read() -> None:
    found = fold_sentences(["a" * MAX_CHARACTERS + "! B? C…"])[1][0]
    assert not found[0, :5].any()
    assert found[1:, MARKS.index("short")].all()
