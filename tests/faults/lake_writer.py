"""A process to kill: lands a fixed log batch by batch, resuming from the lake. Started by `test_lake_kill`."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from pipeline.ports import RecordColumns, Span, TopicPartition
from pipeline.services.ledger import Ledger
from tests.log_builders import a_batch, a_logged_event, tp
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

EVENTS = 3_000
PARTITIONS = 2
DIE_BETWEEN_TABLES = "between"


def the_log(partition: int) -> list[bytes]:
    """The same records in every process: a fifth repeat an identity, a tenth were written twice by intake."""
    chance = random.Random(partition)  # noqa: S311 - sample data
    values: list[bytes] = []
    for at in range(EVENTS):
        identity = f"e-{chance.randrange(at + 1)}" if chance.random() < 0.2 else f"e-{at}"
        values.append(a_logged_event(at, identity, partition=partition))
        if chance.random() < 0.1:
            values.append(values[chance.randrange(len(values))])
    return values


class DyingLake(DeltaLake):
    """Dies by its own hand after the side table's commit and before the main one's."""

    def append(self, table: str, rows: pa.Table, spans: Mapping[TopicPartition, Span]) -> frozenset[TopicPartition]:
        if table == "events" and self.next_offsets("duplicates", list(spans)):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().append(table, rows, spans)


def main(root: str, rows: int, mode: str) -> None:
    """Land everything from where the lake stands, `rows` records a batch."""
    lake = (DyingLake if mode == DIE_BETWEEN_TABLES else DeltaLake)(Path(root), compact_every=4)
    ledger = Ledger(lake, LakeRows(lake), live_windows=50)
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


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
