"""Whatever is replayed, by whomever, in any batches: each inbox record is in exactly one table, always the same."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.errors import FatalError
from pipeline.ports import Span, TopicPartition
from pipeline.services.ledger import Ledger
from tests.log_builders import a_batch, a_logged_event, tp
from warehouse.digest import TableDigest, digest
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows


class CrashError(Exception):
    """Stands for the process dying."""


class CrashingLake(DeltaLake):
    """Dies before the next commit to `events` when told to."""

    crash = False

    def append(self, table: str, rows: pa.Table, spans: Mapping[TopicPartition, Span]) -> frozenset[TopicPartition]:
        if table == "events" and self.crash:
            self.crash = False
            raise CrashError
        return super().append(table, rows, spans)


class Worker:
    """One worker with its own view of the log: it reads on from where it believes to be, woken at any moment."""

    def __init__(self, root: Path, log: list[bytes]) -> None:
        self.lake = CrashingLake(root, compact_every=7)
        self.log = log
        self.metrics: dict[bytes, bytes] = {}
        self.start()

    def start(self) -> None:
        self.ledger = Ledger(self.lake, LakeRows(self.lake, threads=1), live_windows=3)
        self.at = self.ledger.assign([tp()])[tp()]

    def land(self, count: int, *, crash: bool) -> None:
        values = self.log[self.at : self.at + count]
        if not values:
            return
        self.lake.crash = crash
        try:
            landed = self.ledger.land([a_batch(values, self.at)])
        except CrashError:
            self.start()
            return
        finally:
            self.lake.crash = False
        self.at += len(values)
        for records in landed.metrics.values():
            self.metrics.update(zip(map(_known, records.keys), map(_known, records.values), strict=True))


def _known(value: bytes | None) -> bytes:
    assert value is not None
    return value


@st.composite
def logs(draw: st.DrawFn) -> list[bytes]:
    """Inbox records with few identities, some written again by intake, in any order."""
    count = draw(st.integers(1, 14))
    identities = draw(st.lists(st.sampled_from("abcdefgh"), min_size=count, max_size=count))
    order = draw(st.permutations(range(count)))
    again = draw(st.lists(st.integers(0, count - 1), max_size=8))
    return [a_logged_event(at, identities[at]) for at in [*order, *again]]


steps = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 5), st.booleans(), st.booleans()), max_size=14)


def places(lake: DeltaLake, table: str) -> list[int]:
    offsets = [pq.read_table(file, columns=["inbox_offset"])["inbox_offset"].to_pylist() for file in lake.files(table)]
    return sorted(itertools.chain.from_iterable(offsets))


def outcome(root: Path) -> tuple[dict[str, TableDigest], list[int], list[int]]:
    lake = DeltaLake(root)
    return digest(lake), places(lake, "events"), places(lake, "duplicates")


@settings(max_examples=30)
@given(log=logs(), plan=steps)
def test_two_workers_with_crashes_and_replays_land_what_one_undisturbed_worker_lands(
    log: list[bytes], plan: list[tuple[int, int, bool, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, root = Path(folder) / "one", Path(folder) / "two"
        undisturbed = Worker(one, log)
        undisturbed.land(len(log), crash=False)
        workers = [Worker(root, log), Worker(root, log)]
        for who, count, crash, restart in plan:
            if restart:
                workers[who].start()
            workers[who].land(count, crash=crash)
        last = workers[0]
        last.start()
        last.land(len(log), crash=False)
        expected = outcome(one)
        assert outcome(root) == expected
        _, events, duplicates = expected
        assert sorted(events + duplicates) == sorted(set(events + duplicates))
        sent = {**workers[1].metrics, **last.metrics}
        final = last.ledger.metrics_since({tp(): -1})
        totals = undisturbed.ledger.metrics_since({tp(): -1})
        assert final == totals
        for key, value in undisturbed.metrics.items():
            assert key not in sent or dict(zip(final[0].keys, final[0].values, strict=True))[key] == value


def test_a_reader_that_runs_ahead_of_the_lake_is_stopped(tmp_path: Path) -> None:
    log = [a_logged_event(at) for at in range(4)]
    worker = Worker(tmp_path, log)
    worker.at = 2
    try:
        worker.land(2, crash=False)
    except FatalError:
        return
    raise AssertionError("a hole was landed")
