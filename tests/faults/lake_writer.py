"""A process to kill: lands a fixed log batch by batch, resuming from the lake. Started by `test_lake_kill`."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from pipeline.domain.cases.policy import load_policies
from pipeline.ports import RecordColumns, Span, TopicPartition
from pipeline.services.ledger import Ledger
from pipeline.services.open_cases import OpenCases, PolicyFolds
from tests.log_builders import START, a_batch, a_logged_event, tp
from warehouse.case_snapshots import CaseFiles
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

EVENTS = 3_000
PARTITIONS = 2
CASES = 40
TABLES = ("duplicates", "transitions", "clocks", "events")
"""In the order in which the ledger commits them."""
KINDS = (
    "vidhuk.feedback.submitted.v1",
    *(f"vidhuk.complaint.{verb}.v1" for verb in ("acknowledged", "closed", "reopened")),
)


def the_log(partition: int) -> list[bytes]:
    """The same records in every process: a fifth repeat an identity, a tenth were written twice by intake.

    They are about a few long cases, and half of them come out of order.
    """
    chance = random.Random(partition)  # noqa: S311 - sample data
    values: list[bytes] = []
    for at in range(EVENTS):
        identity = f"e-{chance.randrange(at + 1)}" if chance.random() < 0.2 else f"e-{at}"
        case, kind = f"C-{chance.randrange(CASES)}", KINDS[chance.randrange(len(KINDS))] if at >= CASES else KINDS[0]
        time = START + timedelta(minutes=at - (chance.randrange(3_000) if chance.random() < 0.5 else 0))
        data = {"case_id": case} | ({"channel": "email", "text": "It never came."} if kind == KINDS[0] else {})
        values.append(a_logged_event(at, identity, partition=partition, type=kind, time=time, data=data))
        if chance.random() < 0.1:
            values.append(values[chance.randrange(len(values))])
    return values


class DyingLake(DeltaLake):
    """Dies by its own hand before a commit to one table, after the commits to those before it."""

    def __init__(self, root: Path, before: str) -> None:
        super().__init__(root, compact_every=4)
        self.before = before
        self.first = TABLES[0] if before == TABLES[0] else TABLES[TABLES.index(before) - 1]

    def append(self, table: str, rows: pa.Table, spans: Mapping[TopicPartition, Span]) -> frozenset[TopicPartition]:
        if table == self.before and self.next_offsets(self.first, list(spans)):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().append(table, rows, spans)


def main(root: str, rows: int, die_before: str) -> None:
    """Land everything from where the lake stands, `rows` records a batch."""
    lake = DyingLake(Path(root), die_before) if die_before else DeltaLake(Path(root), compact_every=4)
    folds = PolicyFolds(load_policies(None), case_memory_days=400)
    cases = OpenCases(folds, LakeRows(lake), CaseFiles(Path(root), "lake"), snapshot_seconds=0.2)
    ledger = Ledger(lake, LakeRows(lake), cases=cases, live_windows=50)
    logs = {tp(partition): the_log(partition) for partition in range(PARTITIONS)}
    at = ledger.assign(list(logs))
    print("ready", flush=True)  # noqa: T201 - tells the test that it may kill
    while any(at[each] < len(log) for each, log in logs.items()):
        batches: list[RecordColumns] = []
        for each, log in logs.items():
            values = log[at[each] : at[each] + rows]
            if values:
                batches.append(a_batch(values, at[each], partition=each.partition))
                at[each] += len(values)
        ledger.land(batches)
        ledger.alerts_sent()
        ledger.save_cases()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
