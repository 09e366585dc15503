"""Time that passes, step by step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.domain.passing import Ends
from pipeline.ports import TopicPartition
from pipeline.services import overdue as module
from pipeline.services.open_cases import OpenCases
from pipeline.services.overdue import Overdue
from tests.fold_fakes import DAY_US, STEPS, FakeFolds
from tests.lakes import NOON, a_table, an_event
from tests.log_builders import tp
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

NOON_US = int(NOON.timestamp()) * 1_000_000
LANDED = Ends(9, 9, 9, 9)


class Bench:
    """Three cases that fall due a day after noon, an hour apart; the broker's ends as a test sets them."""

    def __init__(self, root: Path) -> None:
        self.now = 0.0
        self.asked = 0
        self.ends = {tp(): LANDED}
        self.cases = OpenCases(FakeFolds(), LakeRows(DeltaLake(root)))
        self.cases.take_up(tp(), 0, 0)
        receipts = [
            an_event(at, type=STEPS[0], case_id=case, time=NOON + timedelta(hours=at)) for at, case in enumerate("XYZ")
        ]
        rows = a_table("events", receipts)
        self.cases.landed(tp(), self.cases.fold({tp(): rows})[tp()], 3, 3)
        self.overdue = Overdue(self.cases, self.read_ends, monotonic=lambda: self.now)

    def read_ends(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Ends]:
        self.asked += 1
        return {each: self.ends[each] for each in partitions if each in self.ends}

    def step(self, hours: float, *, ours: Collection[TopicPartition] = (tp(),)) -> list[str]:
        """Case ids told of when it is so many hours past the first due time."""
        self.now += 10.0
        found = self.overdue.step(ours, NOON_US + DAY_US + int(hours * 3_600_000_000))
        return [each.case_id for breaches in found.values() for each in breaches]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_broker_is_asked_only_when_something_is_due(bench: Bench) -> None:
    assert bench.step(-1) == []
    assert bench.asked == 0
    assert bench.step(0) == ["X"]
    bench.overdue.told()
    assert bench.asked == 1
    assert bench.step(0.5) == []
    assert bench.asked == 1


def test_nothing_runs_out_while_what_was_known_is_on_its_way(bench: Bench) -> None:
    bench.ends[tp()] = Ends(inbox=9, intake=8, log=8, landed=8)
    assert bench.step(1) == []
    bench.ends[tp()] = Ends(inbox=12, intake=9, log=9, landed=8)
    assert bench.step(2) == []
    bench.ends[tp()] = Ends(inbox=15, intake=12, log=12, landed=9)
    assert bench.step(3) == ["X", "Y"]  # up to the moment that was marked first


def test_what_is_not_said_to_be_told_is_given_again(bench: Bench) -> None:
    assert bench.step(0) == bench.step(0) == ["X"]
    bench.overdue.told()
    assert bench.step(0) == []


def test_a_partition_of_somebody_else_is_silent(bench: Bench) -> None:
    assert bench.step(0, ours=[]) == []
    assert bench.step(0) == ["X"]


def test_a_partition_whose_lake_is_elsewhere_is_silent(bench: Bench) -> None:
    del bench.ends[tp()]
    assert bench.step(0) == []


def test_a_backlog_is_told_of_a_few_at_a_time_and_the_first_first(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALERTS_AT_ONCE", 2)
    assert bench.step(5) == ["X", "Y"]
    bench.overdue.told()
    assert bench.step(5) == ["Z"]
    bench.overdue.told()
    assert bench.step(5) == []
    assert bench.asked == 1


def test_a_partition_taken_up_anew_begins_anew(bench: Bench) -> None:
    bench.ends[tp()] = Ends(inbox=9, intake=8, log=8, landed=8)
    assert bench.step(1) == []
    bench.cases.take_up(tp(), 0, 0)
    bench.ends[tp()] = LANDED
    assert bench.step(3) == []  # its rows were never in the lake
