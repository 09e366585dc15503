"""Texts in, topics out: which days count, what is cut before counting, and what the mart says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from warehouse import emerging_topics
from warehouse.emerging_topics import attach_topics
from warehouse.models import MACROS, load_models

FIRST = date(2026, 3, 2)
LEAK = ("Kettle leaks water. Ask kim@example.org", "My kettle leaks water, see www.example.org/leak") * 4
Ask = duckdb.DuckDBPyConnection


@pytest.fixture
def connection() -> Iterator[Ask]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        opened.execute(MACROS.read_text(encoding="utf-8"))
        yield opened


def topics_of(
    connection: Ask, tmp_path: Path, texts: Sequence[tuple[date, str | None]], known: datetime
) -> list[tuple[Any, ...]]:
    """The signals of a warehouse whose feedback are these texts of these days."""
    connection.execute("create table fct_feedback (received_date date, language varchar, text varchar)")
    connection.executemany("insert into fct_feedback values (?, 'en', ?)", [list(each) for each in texts])
    connection.execute("create table lake_snapshot as select ?::timestamptz as as_known_at", [known])
    attach_topics(connection, tmp_path / "kept.parquet")
    (model,) = (each for each in load_models() if each.name == "agg_emerging_topic")
    connection.execute(f"create table agg_emerging_topic as {model.sql}")
    return connection.execute(
        "select grain, period_start, phrase, numerator, denominator from agg_emerging_topic where is_signal "
        "order by grain, period_start, phrase"
    ).fetchall()


def texts_of(days: int, planted: dict[int, Sequence[str]]) -> list[tuple[date, str | None]]:
    said = [(FIRST + timedelta(days=day), f"order {i} was fine") for day in range(days) for i in range(20)]
    said += [(FIRST + timedelta(days=day), text) for day, texts in planted.items() for text in texts]
    return [*said, (FIRST, None)]


KNOWN = datetime(2026, 12, 1, tzinfo=UTC)


def test_a_topic_is_signalled_without_addresses_and_links(connection: Ask, tmp_path: Path) -> None:
    found = topics_of(connection, tmp_path, texts_of(40, {30: LEAK}), KNOWN)
    phrases = ("kettle", "kettle leaks", "kettle leaks water", "leaks", "leaks water", "water")
    assert found == [("day", date(2026, 4, 1), phrase, 8, 28) for phrase in phrases]
    ((score, q_value, topic),) = connection.execute(
        "select score, q_value, topic from agg_emerging_topic where phrase = topic and is_signal"
    ).fetchall()
    assert score > 6
    assert q_value < 1e-5
    assert topic == "kettle leaks water"


def test_the_first_and_the_last_day_may_be_partial_and_are_left_out(connection: Ask, tmp_path: Path) -> None:
    assert topics_of(connection, tmp_path, texts_of(40, {39: LEAK}), KNOWN) == []


def test_a_day_is_whole_when_it_has_ended_as_known(connection: Ask, tmp_path: Path) -> None:
    assert topics_of(connection, tmp_path, texts_of(40, {30: LEAK}), datetime(2026, 4, 1, 12, tzinfo=UTC)) == []


def test_the_newest_days_within_the_bound_count(
    connection: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emerging_topics, "MOST_TEXTS", 20 * 20 + 8)
    found = topics_of(connection, tmp_path, texts_of(40, {38: LEAK}), KNOWN)
    assert {row[:2] for row in found} == {("day", date(2026, 4, 9))}


def test_too_many_texts_a_day_are_no_topics_and_no_error(
    connection: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emerging_topics, "MOST_TEXTS", 19)
    assert topics_of(connection, tmp_path, texts_of(40, {30: LEAK}), KNOWN) == []


def test_no_texts_are_no_topics(connection: Ask, tmp_path: Path) -> None:
    assert topics_of(connection, tmp_path, [(FIRST, None)], KNOWN) == []


def test_texts_are_counted_again_only_when_those_of_whole_days_are_others(
    connection: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, counted, count = tmp_path / "kept.parquet", [], emerging_topics._counted

    def noted(texts: pa.Table, first: date, last: date) -> pa.Table:
        counted.append(last)
        return count(texts, first, last)

    monkeypatch.setattr(emerging_topics, "_counted", noted)
    first = topics_of(connection, tmp_path, texts_of(40, {30: LEAK}), KNOWN)
    phrases = connection.execute("select * from emerging_phrase order by all").fetchall()
    connection.execute("insert into fct_feedback values (?, 'en', 'today')", [FIRST + timedelta(days=39)])
    attach_topics(connection, kept)
    assert connection.execute("select * from emerging_phrase order by all").fetchall() == phrases
    assert len(counted) == 1
    connection.execute("insert into fct_feedback values (?, 'en', 'a late kettle')", [FIRST + timedelta(days=30)])
    attach_topics(connection, kept)
    assert connection.execute("select max(numerator) from emerging_phrase where phrase = 'kettle'").fetchall() == [(9,)]
    assert len(counted) == 2
    kept.write_bytes(b"no Parquet")
    attach_topics(connection, kept)
    assert len(counted) == 3
    assert first
