"""Rows of cases read back from a lake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.domain.lake_tables import EVENTS
from pipeline.ports import Span, TopicPartition
from tests.lakes import ANSWER, NOON, a_table, an_event
from tests.log_builders import tp
from warehouse import landed_cases
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

CLOSED = "vidhuk.complaint.closed.v1"


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    return DeltaLake(tmp_path)


def land(lake: DeltaLake, *rows: dict[str, Any], log: str = "a", partition: int = 0) -> None:
    placed = [row | {"log": log, "partition": partition} for row in rows]
    at = tp(partition, log=log)
    begin = lake.next_offsets("events", [at]).get(at, 0)
    lake.append("events", a_table("events", placed), {at: Span(begin, placed[-1]["offset"] + 1)})


def places(tables: Iterator[pa.Table]) -> list[tuple[str, int]]:
    rows = pa.concat_tables([EVENTS.empty_table(), *tables])
    return list(zip(rows.column("log").to_pylist(), rows.column("offset").to_pylist(), strict=True))


def test_only_receipts_of_complaints_and_their_steps_are_of_cases(lake: DeltaLake) -> None:
    land(
        lake,
        an_event(0, case_id="X", text="secret words"),
        an_event(1, case_id="X", record_class="inquiry"),
        an_event(2, case_id="X", type=CLOSED, record_class=None),
        an_event(3, case_id=None),
        an_event(4, case_id="X", type=ANSWER, record_class=None),
    )
    (rows,) = LakeRows(lake).case_rows(tp(log="a"), {}, 9)
    assert rows.column("offset").to_pylist() == [0, 2]
    assert rows.schema.equals(EVENTS)
    assert rows.column("text").null_count == 2
    assert rows.column("data").null_count == 0


def test_rows_come_in_the_order_in_which_they_were_landed_a_few_at_a_time(
    lake: DeltaLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landed_cases, "ROWS_AT_ONCE", 2)
    land(lake, *(an_event(at, case_id="X") for at in range(3)))
    land(lake, *(an_event(at, case_id="X", recordedtime=NOON + timedelta(hours=1)) for at in range(2)), log="b")
    land(lake, an_event(3, case_id="X", recordedtime=NOON + timedelta(hours=2)))
    land(lake, an_event(0, case_id="X"), partition=1)
    tables = list(LakeRows(lake).case_rows(tp(log="a"), {}, 9))
    assert [table.num_rows for table in tables] == [2, 1, 2, 1]
    assert places(iter(tables)) == [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1), ("a", 3)]


def test_each_log_is_read_from_where_it_is_known_and_ones_own_up_to_where_the_lake_stands(lake: DeltaLake) -> None:
    land(lake, *(an_event(at, case_id="X") for at in range(4)))
    land(lake, *(an_event(at, case_id="X", recordedtime=NOON + timedelta(hours=1)) for at in range(3)), log="b")
    rows = LakeRows(lake)
    assert places(rows.case_rows(tp(log="a"), {"a": 1, "b": 2}, 3)) == [("a", 1), ("a", 2), ("b", 2)]
    assert places(rows.case_rows(tp(log="b"), {"a": 4}, 1)) == [("b", 0)]
    assert places(rows.case_rows(tp(log="a"), {}, 0)) == [("b", 0), ("b", 1), ("b", 2)]


def test_an_empty_lake_has_none(lake: DeltaLake) -> None:
    rows = LakeRows(lake)
    assert places(rows.case_rows(tp(log="a"), {}, 9)) == []
    assert rows.case_histories({tp(log="a"): ["X"]}, {tp(log="a"): {"a": 9}}) == {}


def histories(
    lake: DeltaLake, cases: dict[TopicPartition, list[str]], stands: dict[TopicPartition, dict[str, int]]
) -> dict[int, list[tuple[str, int]]]:
    found = LakeRows(lake).case_histories(cases, stands)
    return {at.partition: places(iter([rows])) for at, rows in found.items()}


def test_histories_of_several_partitions_come_whole_and_in_order(lake: DeltaLake) -> None:
    land(lake, an_event(0, case_id="X"), an_event(1, case_id="Y"), an_event(2, case_id="X", type=CLOSED))
    land(lake, an_event(0, case_id="X"), an_event(1, case_id="Z"), partition=1)
    here, there = tp(log="a"), tp(1, log="a")
    stands = {here: {"a": 3}, there: {"a": 2}}
    assert histories(lake, {here: ["X", "gone"], there: ["Z"]}, stands) == {
        0: [("a", 0), ("a", 2)],
        1: [("a", 1)],
    }


def test_a_history_ends_where_the_fold_stands_in_each_log(lake: DeltaLake) -> None:
    land(lake, an_event(0, case_id="X"), an_event(1, case_id="X", type=CLOSED))
    land(lake, an_event(0, case_id="X", recordedtime=NOON + timedelta(hours=1)), log="b")
    here = tp(log="a")
    assert histories(lake, {here: ["X"]}, {here: {"a": 1}}) == {0: [("a", 0)]}
    assert histories(lake, {here: ["X"]}, {here: {"a": 2, "b": 1}}) == {0: [("a", 0), ("a", 1), ("b", 0)]}
    assert histories(lake, {here: ["X"]}, {here: {}}) == {}
