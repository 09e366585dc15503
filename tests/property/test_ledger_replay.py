"""Whatever is replayed, by whomever, in any batches: each inbox record is in exactly one table, always the same."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.cases.policy import load_policies
from pipeline.domain.errors import FatalError
from pipeline.domain.lake_tables import TABLES
from pipeline.ports import OutgoingRecords, Span, TopicPartition
from pipeline.services.ledger import Ledger
from pipeline.services.open_cases import Folds, OpenCases, PolicyFolds
from tests.fold_fakes import STEPS, FakeFolds
from tests.log_builders import START, a_batch, a_logged_event, tp
from warehouse.case_snapshots import CaseFiles
from warehouse.digest import TableDigest, digest
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

REAL_FOLDS = PolicyFolds(load_policies(None), case_memory_days=400)


class CrashError(Exception):
    """Stands for the process dying."""


class CrashingLake(DeltaLake):
    """Dies before the next commit to one table when told to."""

    crash_before: str | None = None

    def append(self, table: str, rows: pa.Table, spans: Mapping[TopicPartition, Span]) -> frozenset[TopicPartition]:
        if table == self.crash_before:
            self.crash_before = None
            raise CrashError
        return super().append(table, rows, spans)


class Worker:
    """One worker with its own view of the log: it reads on from where it believes to be, woken at any moment."""

    def __init__(self, root: Path, log: list[bytes], folds: Folds) -> None:
        self.lake = CrashingLake(root, compact_every=7)
        self.log = log
        self.folds = folds
        self.metrics: dict[bytes, bytes] = {}
        self.start()

    def start(self) -> None:
        rows = LakeRows(self.lake, threads=1)
        cases = OpenCases(self.folds, rows, CaseFiles(self.lake.root, "lake"), snapshot_seconds=0.0)
        self.ledger = Ledger(self.lake, rows, cases=cases, live_windows=3)
        self.at = self.ledger.assign([tp()])[tp()]

    def land(self, count: int, *, crash_before: str | None = None, save: bool = False) -> None:
        values = self.log[self.at : self.at + count]
        if not values:
            return
        self.lake.crash_before = crash_before
        try:
            landed = self.ledger.land([a_batch(values, self.at)])
        except CrashError:
            self.start()
            return
        finally:
            self.lake.crash_before = None
        self.at += len(values)
        if save:
            self.ledger.alerts_sent()
            self.ledger.save_cases()
        for records in landed.metrics.values():
            self.metrics.update(zip(map(_known, records.keys), map(_known, records.values), strict=True))


def _by_key(records: OutgoingRecords) -> dict[bytes | None, bytes | None]:
    return dict(zip(records.keys, records.values, strict=True))


def _known(value: bytes | None) -> bytes:
    assert value is not None
    return value


@st.composite
def logs(draw: st.DrawFn) -> list[bytes]:
    """Inbox records with few identities about fewer cases, some written again by intake, in any order of time."""
    count = draw(st.integers(1, 14))
    identities = draw(st.lists(st.sampled_from("abcdefgh"), min_size=count, max_size=count))
    about = {each: (draw(st.sampled_from(STEPS)), draw(st.sampled_from("XY"))) for each in sorted(set(identities))}
    hours = {each: draw(st.integers(0, 60)) for each in about}
    order = draw(st.permutations(range(count)))
    again = draw(st.lists(st.integers(0, count - 1), max_size=8))
    return [
        a_logged_event(
            at,
            identities[at],
            type=about[identities[at]][0],
            time=START + timedelta(hours=hours[identities[at]]),
            data={"channel": "email", "text": "The parcel never came.", "case_id": about[identities[at]][1]},
        )
        for at in [*order, *again]
    ]


crashes = st.sampled_from([None, None, "duplicates", "transitions", "clocks", "events"])
steps = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 5), crashes, st.booleans(), st.booleans()), max_size=14)


def places(lake: DeltaLake, table: str) -> list[int]:
    offsets = [pq.read_table(file, columns=["inbox_offset"])["inbox_offset"].to_pylist() for file in lake.files(table)]
    return sorted(itertools.chain.from_iterable(offsets))


def every_row(lake: DeltaLake, table: str) -> list[tuple[object, ...]]:
    """All rows with all columns: where and when a row was written is a part of it."""
    files = [pq.read_table(file) for file in lake.files(table)]
    rows = pa.concat_tables([TABLES[table].empty_table(), *files]).to_pylist()
    return sorted((tuple(row.values()) for row in rows), key=repr)


def outcome(root: Path) -> tuple[dict[str, TableDigest], list[list[tuple[object, ...]]], list[int], list[int]]:
    lake = DeltaLake(root)
    cases = [every_row(lake, table) for table in ("transitions", "clocks")]
    return digest(lake), cases, places(lake, "events"), places(lake, "duplicates")


@settings(max_examples=30)
@given(log=logs(), plan=steps, folds=st.sampled_from([FakeFolds(), REAL_FOLDS]))
def test_two_workers_with_crashes_and_replays_land_what_one_undisturbed_worker_lands(
    log: list[bytes], plan: list[tuple[int, int, str | None, bool, bool]], folds: Folds
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, root = Path(folder) / "one", Path(folder) / "two"
        undisturbed = Worker(one, log, folds)
        undisturbed.land(len(log))
        workers = [Worker(root, log, folds), Worker(root, log, folds)]
        for who, count, crash_before, restart, save in plan:
            if restart:
                workers[who].start()
            workers[who].land(count, crash_before=crash_before, save=save)
        last = workers[0]
        last.start()
        last.land(len(log))
        expected = outcome(one)
        assert outcome(root) == expected
        _, _, events, duplicates = expected
        assert sorted(events + duplicates) == sorted(set(events + duplicates))
        sent = {**workers[1].metrics, **last.metrics}
        final = last.ledger.metrics_since({tp(): -1})
        totals = undisturbed.ledger.metrics_since({tp(): -1})
        assert _by_key(final[0]) == _by_key(totals[0])
        for key, value in undisturbed.metrics.items():
            assert key not in sent or _by_key(final[0])[key] == value


def test_a_reader_that_runs_ahead_of_the_lake_is_stopped(tmp_path: Path) -> None:
    log = [a_logged_event(at) for at in range(4)]
    worker = Worker(tmp_path, log, FakeFolds())
    worker.at = 2
    try:
        worker.land(2)
    except FatalError:
        return
    raise AssertionError("a hole was landed")
