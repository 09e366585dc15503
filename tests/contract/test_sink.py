"""What every `Sink` promises, asked of the real lake and of the fake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.domain.errors import FatalError
from pipeline.domain.lake_tables import DUPLICATES, TRANSITIONS
from pipeline.ports import Sink, Span, TopicPartition
from tests.fakes import MemorySink
from warehouse.lake import DeltaLake

ZERO, ONE = TopicPartition("feedback.events", 0), TopicPartition("feedback.events", 1)


class Landing:
    """A sink and a way to read back which (partition, offset) it holds."""

    def __init__(self, sink: Sink, read: Callable[[], pa.Table]) -> None:
        self.sink, self._read = sink, read

    def held(self) -> list[tuple[int, int]]:
        rows = self._read()
        return sorted(zip(rows.column("partition").to_pylist(), rows.column("offset").to_pylist(), strict=True))

    def append(self, *offsets: tuple[int, int], spans: dict[TopicPartition, Span]) -> frozenset[TopicPartition]:
        return self.sink.append("duplicates", some_rows(*offsets), spans)


def some_rows(*offsets: tuple[int, int]) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {
            "event_key": offset,
            "id": str(offset),
            "source": "test",
            "recordedtime": datetime(2026, 9, 1, tzinfo=UTC),
            "inbox_log": "inbox",
            "inbox_partition": partition,
            "inbox_offset": offset,
            "log": "log",
            "partition": partition,
            "offset": offset,
        }
        for partition, offset in offsets
    ]
    return pa.Table.from_pylist(rows, schema=DUPLICATES)


def _delta(root: Path) -> Landing:
    lake = DeltaLake(root, compact_every=3)

    def read() -> pa.Table:
        return pa.concat_tables([DUPLICATES.empty_table(), *(pq.read_table(f) for f in lake.files("duplicates"))])

    return Landing(lake, read)


@pytest.fixture(params=["delta", "memory"])
def landing(request: pytest.FixtureRequest, tmp_path: Path) -> Landing:
    if request.param == "delta":
        return _delta(tmp_path / "lake")
    sink = MemorySink()
    return Landing(sink, lambda: sink.rows("duplicates"))


def test_a_table_that_never_committed_stands_nowhere(landing: Landing) -> None:
    assert landing.sink.next_offsets("duplicates", [ZERO]) == {}


def test_rows_and_next_offsets_arrive_together(landing: Landing) -> None:
    moved = landing.append((0, 0), (0, 2), (1, 4), spans={ZERO: Span(0, 3), ONE: Span(0, 5)})
    assert moved == {ZERO, ONE}
    assert landing.sink.next_offsets("duplicates", [ZERO, ONE]) == {ZERO: 3, ONE: 5}
    assert landing.held() == [(0, 0), (0, 2), (1, 4)]


def test_offsets_move_on_without_any_row(landing: Landing) -> None:
    assert landing.append(spans={ZERO: Span(0, 7)}) == {ZERO}
    assert landing.sink.next_offsets("duplicates", [ZERO, ONE]) == {ZERO: 7}
    assert landing.held() == []


def test_a_repeated_span_changes_nothing(landing: Landing) -> None:
    landing.append((0, 0), spans={ZERO: Span(0, 3)})
    assert landing.append((0, 0), spans={ZERO: Span(0, 3)}) == frozenset()
    assert landing.held() == [(0, 0)]


def test_of_a_span_partly_landed_only_the_rest_is_taken(landing: Landing) -> None:
    landing.append((0, 0), (0, 1), spans={ZERO: Span(0, 2)})
    assert landing.append((0, 0), (0, 1), (0, 2), (0, 3), spans={ZERO: Span(0, 4)}) == {ZERO}
    assert landing.held() == [(0, 0), (0, 1), (0, 2), (0, 3)]


def test_only_partitions_that_the_table_is_past_are_dropped(landing: Landing) -> None:
    landing.append((0, 0), spans={ZERO: Span(0, 1)})
    moved = landing.append((0, 0), (1, 0), spans={ZERO: Span(0, 1), ONE: Span(0, 1)})
    assert moved == {ONE}
    assert landing.held() == [(0, 0), (1, 0)]


def test_a_span_beyond_where_the_table_stands_is_a_hole(landing: Landing) -> None:
    landing.append((0, 0), spans={ZERO: Span(0, 1)})
    with pytest.raises(FatalError, match="hole"):
        landing.append((0, 2), spans={ZERO: Span(2, 3)})
    with pytest.raises(FatalError, match="hole"):
        landing.append((1, 2), spans={ONE: Span(2, 3)})
    assert landing.held() == [(0, 0)]


def test_compaction_changes_neither_rows_nor_offsets(landing: Landing) -> None:
    for offset in range(10):
        landing.append((0, offset), spans={ZERO: Span(offset, offset + 1)})
    landing.sink.compact("duplicates")
    landing.sink.compact("duplicates")
    assert landing.held() == [(0, offset) for offset in range(10)]
    assert landing.sink.next_offsets("duplicates", [ZERO]) == {ZERO: 10}


def test_each_table_stands_where_its_own_commits_left_it(landing: Landing) -> None:
    landing.append((0, 0), spans={ZERO: Span(0, 4)})
    none = TRANSITIONS.empty_table()
    assert landing.sink.next_offsets("transitions", [ZERO]) == {}
    assert landing.sink.append("transitions", none, {ZERO: Span(0, 9)}) == {ZERO}
    assert landing.sink.next_offsets("transitions", [ZERO]) == {ZERO: 9}
    assert landing.sink.next_offsets("duplicates", [ZERO]) == {ZERO: 4}


def test_rows_of_one_offset_are_taken_or_dropped_together(landing: Landing) -> None:
    landing.append((0, 0), (0, 0), (0, 1), spans={ZERO: Span(0, 2)})
    landing.append((0, 1), (0, 2), (0, 2), (0, 2), spans={ZERO: Span(0, 3)})
    assert landing.held() == [(0, 0), (0, 0), (0, 1), (0, 2), (0, 2), (0, 2)]
