"""How well short texts of customers are told apart; docs/classification.md reports the figures."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from pipeline.classify.corpus_files import corpus_file
from pipeline.classify.language import detect

SHORT = Path(__file__).parent / "data" / "languages.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def short_texts(language: str) -> list[str]:
    return [row["text"] for row in rows_of(SHORT) if row["language"] == language]


def answers(texts: list[str]) -> Counter[str | None]:
    """Share of the texts per answer."""
    return Counter({answer: n / len(texts) for answer, n in Counter(detect(texts)).items()})


def test_no_short_text_stands_under_two_languages_and_all_are_short() -> None:
    texts = [row["text"] for row in rows_of(SHORT)]
    assert len({text.casefold() for text in texts}) == len(texts)
    assert {len(text.split()) for text in texts} <= set(range(2, 16))
    assert all(len(short_texts(language)) >= 100 for language in ("en", "uk", "ru", "pl", "de"))


# Right at least, wrong at most (the rest is undecided); a little beside what was measured.
SHORT_BOUNDS = {"en": (0.96, 0.02), "uk": (0.92, 0.05), "ru": (0.89, 0.07), "pl": (0.97, 0.02), "de": (0.95, 0.02)}


@pytest.mark.parametrize("language", list(SHORT_BOUNDS))
def test_short_texts_get_their_language_at_least_this_often(language: str) -> None:
    right, wrong = SHORT_BOUNDS[language]
    shares = answers(short_texts(language))
    assert shares[language] >= right
    assert 1 - shares[language] - shares["und"] <= wrong


@pytest.mark.parametrize(("language", "right"), [("en", 0.98), ("uk", 0.95)])
def test_texts_of_the_corpus_get_their_language_at_least_this_often(language: str, right: float) -> None:
    texts = [row["text"] for row in rows_of(corpus_file("held_out", language))]
    assert answers(texts)[language] >= right
