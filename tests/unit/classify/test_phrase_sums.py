"""Sums of a sentence are those of the sentence by itself, and dangers are heard through other phrases."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.classify.corpus_files import training_texts
from pipeline.classify.folding import fold, fold_sentences
from pipeline.classify.phrase_sums import DangerReader, PhraseReader
from pipeline.classify.phrases import COLUMNS

READER = PhraseReader.shipped()
DANGERS = DangerReader(READER.phrases)
SENTENCES = sorted(
    {part for text in training_texts().texts[::9] for part in re.split("(?<=[.!?…])[ \t\r\n]+", text.strip()) if part}
)


@given(st.lists(st.lists(st.sampled_from(SENTENCES), min_size=2, max_size=4), min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_a_sentence_has_the_sums_that_it_has_alone(texts: list[list[str]]) -> None:
    joined = ["! ".join(sentences) for sentences in texts]
    parts = READER.sums_of_parts(READER.find(fold_sentences(joined)[0]))
    assert parts[:, 0].tolist() == READER.sums(READER.find(fold(joined))).tolist()
    for place, end in ((1, 0), (2, -1)):
        alone = READER.sums(READER.find(fold([sentences[end] for sentences in texts])))
        assert parts[:, place].tolist() == alone.tolist()


def test_a_phrase_across_two_sentences_counts_for_neither() -> None:
    (whole, first, last) = READER.sums_of_parts(READER.find(fold_sentences(["It did not! Work today"])[0]))[0]
    negative = COLUMNS.index("negative")
    assert whole[negative] > 0
    assert first[negative] == last[negative] == 0


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("The kettle caught fire", True),
        ("The fire sale was great", False),
        ("Nothing caught fire", False),
        ("Чайник загорівся", True),
        ("", False),
    ],
)
def test_dangers_are_told_from_figures_of_speech(text: str, reported: bool) -> None:
    assert DANGERS.reported(READER.find(fold([text, "x"]))).tolist() == [reported, False]
