"""How long a ledger worker takes to take up many open cases: from a kept snapshot, and from the whole history.

usage: python -m benchmarks.resuming [CASES]

A lake is written with CASES open cases of five events each in four partitions. Then processes of their own take all
four up, as a worker does that was just assigned them: one from snapshots, with a fiftieth of the events landed since,
and one without any.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.domain.cases.policy import load_policies
from pipeline.domain.identity import event_keys
from pipeline.domain.lake_tables import EVENTS, INSTANT
from pipeline.ports import Span, TopicPartition
from pipeline.services.ledger import Ledger
from pipeline.services.open_cases import OpenCases, PolicyFolds
from warehouse.case_snapshots import CaseFiles
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

PARTITIONS = 4
SINCE = 50
"""One in so many events was landed after the snapshot."""
STEPS = ("acknowledged", "assessed", "investigation-started", "awaiting-complainant")
KINDS = ["vidhuk.feedback.submitted.v1", *(f"vidhuk.complaint.{step}.v1" for step in STEPS)]
BEGAN_US = 1_780_000_000_000_000
MINUTE_US = 60_000_000


def tp(partition: int) -> TopicPartition:
    """One partition of the log."""
    return TopicPartition("feedback.events#log", partition)


def events_of(partition: int, cases: int) -> pa.Table:
    """Every case's receipt, then every case's next step, and so on: the worst order for compression."""
    count = cases * len(KINDS)
    number, step = np.arange(count) % cases, np.arange(count) // cases
    ids = [f"e-{partition}-{at}" for at in range(count)]
    time_us = BEGAN_US + np.arange(count) * MINUTE_US // 10
    data = ['{"severity":2}' if kind == 2 else "{}" for kind in step.tolist()]
    columns = {
        "event_key": event_keys(["bench"] * count, ids),
        "id": ids,
        "source": ["bench"] * count,
        "type": [KINDS[at] for at in step.tolist()],
        "time": pa.array(time_us).cast(INSTANT),
        "recordedtime": pa.array(time_us + MINUTE_US).cast(INSTANT),
        "channel": ["email"] * count,
        "case_id": [f"case-{partition}-{at:07}" for at in number.tolist()],
        "product": ["parcel"] * count,
        "record_class": ["complaint" if at == 0 else None for at in step.tolist()],
        "data": data,
        "inbox_log": ["inbox"] * count,
        "inbox_partition": np.full(count, partition, np.int32),
        "inbox_offset": np.arange(count),
        "log": ["log"] * count,
        "partition": np.full(count, partition, np.int32),
        "offset": np.arange(count),
    }
    arrays = [pa.array(columns.get(f.name, [None] * count), f.type) for f in EVENTS]
    return pa.table(arrays, schema=EVENTS)


def folding(lake: DeltaLake, *, kept: bool) -> OpenCases:
    """Open cases on this lake, with or without snapshots."""
    files = CaseFiles(lake.root, "bench") if kept else None
    return OpenCases(PolicyFolds(load_policies(None), case_memory_days=400), LakeRows(lake), files)


def prepare(root: Path, cases: int) -> None:
    """Land everything, and keep a snapshot before the last events of each partition."""
    lake = DeltaLake(root)
    for partition in range(PARTITIONS):
        rows = events_of(partition, cases // PARTITIONS)
        at = rows.num_rows - rows.num_rows // SINCE
        for begin, end in ((0, at), (at, rows.num_rows)):
            lake.append("events", rows.slice(begin, end - begin), {tp(partition): Span(begin, end)})
        opened = folding(lake, kept=True)
        opened.take_up(tp(partition), at, at)
        opened.save(every=True)


def take_up(root: Path, *, kept: bool) -> None:
    """What the measured process does."""
    began, busy = time.monotonic(), time.process_time()
    lake = DeltaLake(root)
    cases = folding(lake, kept=kept)
    ledger = Ledger(lake, LakeRows(lake), cases=cases)
    ledger.assign([tp(partition) for partition in range(PARTITIONS)])
    took, cpu = time.monotonic() - began, time.process_time() - busy
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{cases.open_cases():,} open cases in {took:.2f} s ({cpu:.2f} CPU seconds), {megabytes:,.0f} MB at most",
        end="",
    )


def main() -> None:
    """Measure both, the process's own start included in the second figure."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), cases)
        size = sum(path.stat().st_size for path in (Path(folder) / "open-cases").iterdir())
        print(f"snapshots: {size / 1e6:.1f} MB")
        for how in ("kept", "history"):
            for _ in range(2):
                began = time.monotonic()
                command = [sys.executable, "-m", "benchmarks.resuming", how, folder]
                said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                print(f"{how}: {said}; process {time.monotonic() - began:.2f} s")


if __name__ == "__main__":
    if sys.argv[1:2] in (["kept"], ["history"]):
        take_up(Path(sys.argv[2]), kept=sys.argv[1] == "kept")
    else:
        main()
