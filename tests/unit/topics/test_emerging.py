from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.topics.counting import Texts
from pipeline.topics.emerging import EMERGING, emerging_phrases

LANGUAGES = ("en", "uk")
FIRST = date(2026, 3, 4)  # a Wednesday: the first whole week begins five days later
PLACES = ("north", "south", "west", "east")


def ordinary(day: int, texts: int = 40) -> list[str]:
    return [f"parcel came to the {PLACES[(day + i) % 4]} door" for i in range(texts)]


def days_of(days: int, planted: dict[int, list[str]], language: str = "en") -> Iterator[Texts]:
    for day in range(days):
        texts = ordinary(day) + planted.get(day, [])
        yield Texts(day, pa.array(texts), np.full(len(texts), LANGUAGES.index(language), np.int32))


def found(*batches: Texts, days: int) -> list[dict[str, Any]]:
    table = emerging_phrases(batches, LANGUAGES, FIRST, days)
    assert table.schema == EMERGING
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


LEAK = [f"kettle leaks water at the {place} side" for place in PLACES * 2]


def test_a_planted_topic_is_a_signal_of_its_day_and_its_week() -> None:
    rows = found(*days_of(70, {62: LEAK}), days=70)
    signals = [row for row in rows if row["is_signal"]]
    assert {row["topic"] for row in signals} == {"kettle leaks water"}
    assert {(row["grain"], row["period_start"], row["period_end"]) for row in signals} == {
        ("day", FIRST + timedelta(days=62), FIRST + timedelta(days=63)),
        ("week", date(2026, 5, 4), date(2026, 5, 11)),
    }
    (day,) = (row for row in signals if row["phrase"] == row["topic"] and row["grain"] == "day")
    assert (day["numerator"], day["denominator"], day["centre"], day["language"]) == (8, 48, 0.0, "en")
    (week,) = (row for row in signals if row["phrase"] == row["topic"] and row["grain"] == "week")
    assert (week["numerator"], week["denominator"]) == (8, 7 * 40 + 8)


def test_what_is_said_as_often_as_ever_is_nothing() -> None:
    assert [row for row in found(*days_of(70, {}), days=70) if row["is_signal"]] == []


def test_what_was_said_as_often_before_is_no_topic() -> None:
    always = dict.fromkeys(range(70), LEAK)
    assert [row for row in found(*days_of(70, always), days=70) if row["is_signal"]] == []


def test_languages_have_baselines_of_their_own() -> None:
    # what English always says is new in Ukrainian
    both = zip(days_of(40, dict.fromkeys(range(40), LEAK)), days_of(40, {30: LEAK}, language="uk"), strict=True)
    signals = [row for row in found(*(each for pair in both for each in pair), days=40) if row["is_signal"]]
    assert {(row["language"], row["topic"]) for row in signals} == {("uk", "kettle leaks water")}


def test_the_order_of_texts_within_a_day_leaves_no_trace() -> None:
    batches = list(days_of(40, {30: LEAK}))
    turned = [Texts(each.period, each.texts[::-1], each.languages[::-1]) for each in batches]
    assert found(*turned, days=40) == found(*batches, days=40)


def test_too_few_days_have_no_topics() -> None:
    assert found(*days_of(14, {13: LEAK}), days=14) == []
    assert found(days=0) == []
