"""Open cases beside the ledger: on a real lake, with a fold of one clock of a day from each receipt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.domain.errors import DependencyError
from pipeline.domain.lake_tables import TABLES
from pipeline.ports import RecordColumns, Span, TopicPartition
from pipeline.services.ledger import Ledger
from pipeline.services.open_cases import OpenCases
from tests.fold_fakes import DAY_US, STEPS, FakeFold, FakeFolds
from tests.log_builders import START, a_batch, a_logged_event, tp
from warehouse.case_snapshots import FOLDER, CaseFiles
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

RECEIVED, ACKNOWLEDGED, CLOSED = STEPS
START_US = int(START.timestamp()) * 1_000_000
DUE_US = START_US + DAY_US


class Clock:
    """Monotonic seconds that move when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A lake, and workers on it."""

    def __init__(self, root: Path) -> None:
        self.lake = DeltaLake(root)
        self.monotonic = Clock()
        self.at = 0
        self.start()

    def start(self, *, told: int | None = None) -> None:
        """Another worker takes over; `told` is up to where alerts are known to have been sent."""
        rows = LakeRows(self.lake, threads=1)
        files = CaseFiles(self.lake.root, "lake-1")
        self.cases = OpenCases(FakeFolds(), rows, files, snapshot_seconds=60.0, monotonic=self.monotonic)
        self.ledger = Ledger(self.lake, rows, cases=self.cases)
        self.ledger.assign([tp()], None if told is None else {tp(): told})

    def land(self, *steps: tuple[str, str, float], sent: bool = True) -> list[str]:
        """Land (type, case, hours after `START`) as one batch; keys of the alerts that it gave."""
        batch = self.batch(*steps)
        self.at = batch.next_offset
        alerts = keys(self.ledger.land([batch]).alerts)
        if sent:
            self.ledger.alerts_sent()
        return alerts

    def batch(self, *steps: tuple[str, str, float]) -> RecordColumns:
        return a_batch([step(self.at + n, *each) for n, each in enumerate(steps)], self.at)

    def rows(self, table: str) -> list[dict[str, Any]]:
        parts = [pq.read_table(file) for file in self.lake.files(table)]
        rows: list[dict[str, Any]] = pa.concat_tables([TABLES[table].empty_table(), *parts]).to_pylist()
        return sorted(rows, key=lambda row: row["offset"])

    def overdue(self, until_us: int) -> list[str]:
        return [each.case_id for each in self.cases.overdue(tp(), until_us)]


def step(offset: int, kind: str, case: str, hours: float) -> bytes:
    data = {"channel": "email", "text": "The parcel never came.", "case_id": case}
    return a_logged_event(offset, type=kind, time=START + timedelta(hours=hours), data=data)


def keys(alerts: Any) -> list[str]:
    return [key.decode() for records in alerts.values() for key in records.keys]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "lake")


def test_rows_of_cases_stand_where_the_record_that_caused_them_does(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0), (RECEIVED, "Y", 1))
    bench.land((CLOSED, "X", 2))
    assert [(row["case_id"], row["offset"]) for row in bench.rows("transitions")] == [("X", 0), ("Y", 1), ("X", 2)]
    assert [(row["change"], row["offset"]) for row in bench.rows("clocks")] == [
        ("activate", 0),
        ("activate", 1),
        ("fulfil", 2),
    ]


def test_a_table_without_news_commits_nothing_and_its_next_span_begins_where_it_stands(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0))
    bench.land((ACKNOWLEDGED, "X", 1))
    assert bench.lake.next_offsets("clocks", [tp()]) == {tp(): 1}
    assert bench.lake.next_offsets("transitions", [tp()]) == {tp(): 2}
    bench.land((CLOSED, "X", 2))
    assert bench.lake.next_offsets("clocks", [tp()]) == {tp(): 3}


def test_a_case_that_left_memory_comes_back_with_its_history(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0))
    bench.land((CLOSED, "X", 2))
    bench.land((ACKNOWLEDGED, "X", 1))  # late: what followed it is said again
    assert [(row["step"], row["offset"]) for row in bench.rows("transitions")] == [
        ("submitted", 0),
        ("closed", 1),
        ("acknowledged", 2),
        ("closed", 2),
    ]


def test_a_breach_that_an_event_shows_is_told_of_once(bench: Bench) -> None:
    assert bench.land((RECEIVED, "X", 0), (ACKNOWLEDGED, "X", 3)) == []
    (alert,) = bench.land((ACKNOWLEDGED, "X", 30))
    assert bench.land((CLOSED, "X", 40)) == []
    assert bench.overdue(DUE_US + DAY_US) == []
    assert len(alert) == 32


def test_a_clock_that_runs_out_while_nothing_arrives_is_told_of_when_time_passes(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0), (RECEIVED, "Y", 2))
    assert not bench.cases.is_due(tp(), DUE_US - 1)
    assert bench.cases.is_due(tp(), DUE_US)
    assert bench.overdue(DUE_US) == ["X"]
    assert not bench.cases.is_due(tp(), DUE_US)
    assert bench.land((CLOSED, "X", 30)) == []  # it was told of when it fell due
    assert bench.overdue(DUE_US + DAY_US) == ["Y"]


def test_a_clock_that_was_overdue_when_its_case_came_is_told_of(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0))
    assert bench.overdue(DUE_US + DAY_US) == ["X"]
    bench.land((RECEIVED, "late", 5))
    assert bench.cases.is_due(tp(), DUE_US + DAY_US)
    assert bench.overdue(DUE_US + DAY_US) == ["late"]
    assert bench.overdue(DUE_US + DAY_US) == []


def test_a_case_that_came_late_with_its_end_is_not_overdue(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0))
    assert bench.overdue(DUE_US + DAY_US) == ["X"]
    bench.land((RECEIVED, "late", 5))
    bench.land((CLOSED, "late", 6))
    assert bench.overdue(DUE_US + DAY_US) == []


def test_a_breach_that_came_late_with_its_end_is_told_of(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0))
    bench.overdue(DUE_US + 2 * DAY_US)
    assert len(bench.land((RECEIVED, "late", 0), (CLOSED, "late", 30))) == 1


def test_alerts_that_a_dead_worker_may_not_have_sent_are_owed_by_the_next(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0), (RECEIVED, "Y", 0))
    (first,) = bench.land((ACKNOWLEDGED, "X", 30))
    (second,) = bench.land((ACKNOWLEDGED, "Y", 30))
    bench.start(told=0)
    assert keys(bench.ledger.owed_alerts()) == [first, second]
    assert bench.ledger.owed_alerts() == {}
    bench.start(told=3)
    assert keys(bench.ledger.owed_alerts()) == [second]
    bench.start()
    assert bench.ledger.owed_alerts() == {}


def test_no_snapshot_passes_an_alert_that_was_not_sent(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0))
    (alert,) = bench.land((ACKNOWLEDGED, "X", 30), sent=False)
    bench.ledger.save_cases(every=True)  # as a worker does that leaves because sending failed
    bench.start(told=1)
    assert keys(bench.ledger.owed_alerts()) == [alert]
    bench.ledger.save_cases(every=True)
    bench.start(told=1)
    assert keys(bench.ledger.owed_alerts()) == [alert]
    bench.ledger.alerts_sent()
    bench.ledger.save_cases(every=True)
    bench.start(told=1)
    assert bench.ledger.owed_alerts() == {}


def test_what_fell_due_while_no_worker_ran_is_told_of_by_the_next(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0), (RECEIVED, "Y", 2))
    assert bench.overdue(DUE_US) == ["X"]
    bench.cases.told(tp(), [])
    bench.ledger.save_cases(every=True)
    bench.start()
    assert bench.overdue(DUE_US + DAY_US) == ["Y"]


def test_what_was_not_told_of_when_the_worker_left_is_told_of_again(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0), (RECEIVED, "Y", 2), (RECEIVED, "Z", 3))
    found = bench.cases.overdue(tp(), DUE_US + DAY_US)
    bench.cases.told(tp(), found[1:])
    bench.ledger.save_cases(every=True)
    bench.start()
    assert bench.overdue(DUE_US + DAY_US) == ["Y", "Z"]


def test_runs_that_were_late_when_the_worker_left_are_told_of_by_the_next(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0))
    bench.overdue(DUE_US + DAY_US)
    bench.cases.told(tp(), [])
    bench.land((RECEIVED, "late", 5))
    bench.ledger.save_cases(every=True)
    bench.start()
    assert "late" in bench.overdue(DUE_US + DAY_US)


def test_a_snapshot_is_kept_every_so_often_and_on_leaving(bench: Bench) -> None:
    folder = bench.lake.root / FOLDER
    bench.land((RECEIVED, "X", 0))
    bench.monotonic.now = 59.0
    bench.ledger.save_cases()
    assert not folder.exists()
    bench.monotonic.now = 60.0
    bench.ledger.save_cases()
    assert [path.name for path in folder.iterdir()] == ["0--1.cases"]
    bench.land((RECEIVED, "Y", 0))
    bench.ledger.save_cases()
    assert len(list(folder.iterdir())) == 1
    bench.ledger.save_cases(every=True)
    assert sorted(path.name for path in folder.iterdir()) == ["0--1.cases", "0--2.cases"]


class CountingRows(LakeRows):
    """Counts the rows that are folded when a partition is taken up."""

    folded = 0

    def case_rows(self, *arguments: Any) -> Iterator[pa.Table]:
        for rows in super().case_rows(*arguments):
            self.folded += rows.num_rows
            yield rows


@pytest.mark.parametrize(("saved", "folded"), [(True, 1), (False, 3)])
def test_only_what_came_after_the_snapshot_is_folded_again(bench: Bench, saved: bool, folded: int) -> None:
    bench.land((RECEIVED, "X", 0), (RECEIVED, "Y", 2))
    if saved:
        bench.ledger.save_cases(every=True)
    bench.land((ACKNOWLEDGED, "X", 3))
    rows = CountingRows(bench.lake, threads=1)
    cases = OpenCases(FakeFolds(), rows, CaseFiles(bench.lake.root, "lake-1"))
    cases.take_up(tp(), 3, 3)
    assert rows.folded == folded
    assert cases.open_cases() == 2


def test_cases_go_on_in_another_log(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0), (RECEIVED, "Y", 2))
    bench.ledger.save_cases(every=True)
    bench.land((CLOSED, "Y", 3))
    other = tp(log="other")
    bench.ledger.assign([other])
    bench.ledger.land([a_batch([step(50, CLOSED, "X", 4), step(51, CLOSED, "Y", 1)], log="other")])
    closed = [row for row in bench.rows("transitions") if row["log"] == "other"]
    assert [(row["case_id"], row["state_from"], row["outcome"]) for row in closed[:2]] == [
        ("X", "submitted", "applied"),
        ("Y", "", "refused"),
    ]


class UnreadableFolds(FakeFolds):
    def load(self, snapshot: pa.Table) -> FakeFold:
        raise KeyError(snapshot.schema.names[0])


def test_a_snapshot_of_another_release_gives_way_to_history(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.land((RECEIVED, "X", 0))
    bench.ledger.save_cases(every=True)
    cases = OpenCases(UnreadableFolds(), LakeRows(bench.lake), CaseFiles(bench.lake.root, "lake-1"))
    cases.take_up(tp(), 1, 1)
    assert cases.open_cases() == 1
    assert "cannot be read" in caplog.text


class StumblingLake(DeltaLake):
    stumbles = False

    def append(self, table: str, rows: pa.Table, spans: Any) -> frozenset[TopicPartition]:
        if table == "events" and self.stumbles:
            raise DependencyError("the disk is full")
        return super().append(table, rows, spans)


def test_a_commit_that_fails_leaves_no_case_ahead_of_the_lake(tmp_path: Path) -> None:
    lake = StumblingLake(tmp_path)
    rows = LakeRows(lake)
    cases = OpenCases(FakeFolds(), rows)
    ledger = Ledger(lake, rows, cases=cases)
    batch = a_batch([step(0, RECEIVED, "X", 0)])
    lake.stumbles = True
    with pytest.raises(DependencyError, match="full"):
        ledger.land([batch])
    assert cases.open_cases() == 0
    lake.stumbles = False
    ledger.land([batch])
    assert cases.open_cases() == 1


def test_what_somebody_else_landed_is_not_confirmed(bench: Bench) -> None:
    bench.land((RECEIVED, "X", 0))
    assert bench.ledger.confirmed([tp(), tp(1)]) == {tp(): 1}
    bench.lake.append("events", TABLES["events"].empty_table(), {tp(): Span(1, 5)})
    assert bench.ledger.confirmed([tp()]) == {}
    assert not bench.cases.is_due(tp(), DUE_US)


def test_alerts_of_several_partitions_go_to_partitions_of_the_same_number(bench: Bench) -> None:
    values: Sequence[bytes] = [step(0, RECEIVED, "X", 0), step(1, CLOSED, "X", 30)]
    landed = bench.ledger.land([a_batch(values), a_batch(values, partition=3)])
    assert {partition: len(records) for partition, records in landed.alerts.items()} == {0: 1, 3: 1}
