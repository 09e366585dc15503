from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.classify.corpus_files import corpus_file
from pipeline.classify.lexicon import LexiconClassifier
from pipeline.domain.taxonomy import Category, RecordClass, Sentiment
from pipeline.ports import Classification

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Labelled:
    rows: list[dict[str, str]]
    answer: Classification

    def macro_f1(self, head: str) -> float:
        """Mean over the classes that occur, each counted alike."""
        truth = [row[head] for row in self.rows]
        answers = getattr(self.answer, head)
        pairs = list(zip(truth, answers, strict=True))
        scores: list[float] = []
        for label in set(truth):
            both = sum(t == a == label for t, a in pairs)
            either = sum((t == label) + (a == label) for t, a in pairs)
            scores.append(2 * both / either)
        return sum(scores) / len(scores)


def labelled(part: str, language: str) -> Labelled:
    path = corpus_file("lexicon", language) if part == "develop" else DATA / f"{part}_{language}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Labelled(rows, LexiconClassifier().classify([row["text"] for row in rows], [None] * len(rows)))


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("part", ["develop", "held_out"])
def test_labels_are_of_the_taxonomy_and_parts_share_no_text(part: str, language: str) -> None:
    here = labelled(part, language)
    other = labelled({"develop": "held_out", "held_out": "develop"}[part], language)
    assert {row["record_class"] for row in here.rows} == set(RecordClass)
    assert {row["category"] for row in here.rows} == set(Category)
    assert {row["sentiment"] for row in here.rows} == set(Sentiment)
    assert not {row["text"].casefold() for row in here.rows} & {row["text"].casefold() for row in other.rows}
    assert len(here.rows) + len(other.rows) >= 150


# Floors a little below what docs/classification.md reports; the held-out parts were never tuned on.
FLOORS = {"record_class": 0.86, "category": 0.72, "sentiment": 0.85}


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("head", list(FLOORS))
def test_held_out_texts_are_read_at_least_this_well(language: str, head: str) -> None:
    assert labelled("held_out", language).macro_f1(head) >= FLOORS[head]


@pytest.mark.parametrize("language", ["en", "uk"])
def test_dangers_are_found_and_alarms_are_few(language: str) -> None:
    held_out = labelled("held_out", language)
    pairs = [
        (row["safety"] == "true", bool(flag)) for row, flag in zip(held_out.rows, held_out.answer.safety, strict=True)
    ]
    dangers = [flag for truth, flag in pairs if truth]
    assert sum(dangers) / len(dangers) >= 0.8
    assert sum(flag and not truth for truth, flag in pairs) <= 2


@pytest.mark.parametrize("language", ["en", "uk"])
def test_the_language_of_short_feedback_is_found(language: str) -> None:
    held_out = labelled("held_out", language)
    found = sum(answer == language for answer in held_out.answer.language)
    assert found / len(held_out.rows) >= 0.95
