from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipeline.topics.counting import PhraseCounter, PhraseCounts, Texts, holding, mentions

LANGUAGES = ("en", "uk")


def batch(period: int, *texts: str | None, language: str = "en") -> Texts:
    return Texts(period, pa.array(texts), np.full(len(texts), LANGUAGES.index(language), np.int32))


def counted(*batches: Texts, least: int = 1) -> dict[tuple[str, int], int]:
    """Texts by phrase, as written, and period."""
    counter = PhraseCounter(LANGUAGES, sum(len(each.texts) for each in batches), least)
    for each in batches:
        counter.look(each)
    for each in batches:
        counter.count(each)
    result: PhraseCounts = counter.result()
    words = mentions(batches, LANGUAGES, result.hashes).words
    cells = zip(result.phrases.tolist(), result.periods.tolist(), result.counts.tolist(), strict=True)
    return {(words[phrase], period): count for phrase, period, count in cells}


def test_phrases_are_words_pairs_and_triples_that_begin_and_end_with_a_word_that_speaks() -> None:
    assert counted(batch(0, "They charged me twice for Plus")) == {
        ("charged", 0): 1,
        ("charged me twice", 0): 1,
        ("twice", 0): 1,
        ("twice for plus", 0): 1,
        ("plus", 0): 1,
    }


def test_a_text_that_says_it_twice_counts_once() -> None:
    assert counted(batch(3, "refund refund!", "Refund", None))["refund", 3] == 2


def test_numbers_are_in_no_phrase_and_part_it() -> None:
    assert counted(batch(0, "order TS-123456 refused")).keys() == {("order", 0), ("refused", 0)}


def test_languages_are_counted_apart() -> None:
    found = counted(batch(0, "тариф"), batch(0, "тариф", language="uk"))
    assert found == {("тариф", 0): 1}  # two phrases of one spelling
    counter = PhraseCounter(LANGUAGES, 2, 2)
    for each in (batch(0, "тариф"), batch(0, "тариф", language="uk")):
        counter.look(each)
        counter.count(each)
    assert len(counter.result().hashes) == 0


def test_rare_phrases_are_left_out_and_frequent_ones_are_whole() -> None:
    batches = [batch(day, *["late courier"] * day, f"word{'abcdefgh'[day]}") for day in range(1, 6)]
    found = counted(*batches, least=15)
    assert found == {(phrase, day): day for day in range(1, 6) for phrase in ("late", "courier", "late courier")}


def test_more_phrases_than_the_first_table_holds_are_counted_all() -> None:
    words = ["".join(chr(97 + int(digit)) for digit in f"{n:06}") for n in range(60_000)]
    counter = PhraseCounter(LANGUAGES, 60_000, 1)
    everything = batch(0, *words)
    counter.look(everything)
    counter.count(everything)
    assert counter.result().counts.tolist() == [1] * 60_000


def test_periods_do_not_go_back() -> None:
    counter = PhraseCounter(LANGUAGES, 2, 1)
    counter.count(batch(1, "late"))
    with pytest.raises(ValueError, match="back"):
        counter.count(batch(0, "late"))


def test_mentions_say_which_text_holds_what() -> None:
    first, second = batch(0, "parcel lost", "all fine"), batch(1, "lost parcel")
    counter = PhraseCounter(LANGUAGES, 3, 2)
    for each in (first, second):
        counter.look(each)
    for each in (first, second):
        counter.count(each)
    found = mentions([first, second], LANGUAGES, counter.result().hashes)
    assert sorted(zip(found.texts.tolist(), [found.words[i] for i in found.phrases], strict=True)) == [
        (0, "lost"),
        (0, "parcel"),
        (2, "lost"),
        (2, "parcel"),
    ]


def test_texts_that_hold_a_phrase_are_found_by_its_words_alone() -> None:
    texts = pa.array(["They charged me, twice!", "charged twice", None, "Charged me TWICE again"])
    assert holding(texts, "en", "charged me twice").tolist() == [0, 3]
    assert holding(texts, "en", "the").tolist() == []
