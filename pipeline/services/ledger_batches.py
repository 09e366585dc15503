"""Batches as the ledger takes them, by partition and from where it stands, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.domain.errors import FatalError
from pipeline.ports import OutgoingRecords, RecordColumns, TopicPartition


@dataclass(slots=True)
class Landed:
    """What became of the records of one call; `stale` are those that the lake had already, from somebody else."""

    accepted: int = 0
    duplicates: int = 0
    replays: int = 0
    stale: int = 0
    dead_letters: int = 0
    metrics: dict[int, OutgoingRecords] = field(default_factory=dict)
    """Changed live cells with their new totals, by partition: for the same partition of `feedback.metrics`."""
    alerts: dict[int, OutgoingRecords] = field(default_factory=dict)
    """Breaches that the records showed, by partition: for the same partition of `feedback.alerts`."""


def by_partition(batches: Sequence[RecordColumns]) -> dict[TopicPartition, list[RecordColumns]]:
    """Batches with anything in them, by partition, in the order given."""
    parts: dict[TopicPartition, list[RecordColumns]] = {}
    for batch in batches:
        if batch.next_offset > batch.position:
            parts.setdefault(batch.tp, []).append(batch)
    return parts


def beyond(parts: Sequence[RecordColumns], at: int) -> tuple[list[RecordColumns], int]:
    """What of a partition's batches lies beyond offset `at`, and how many records do not.

    Raises `FatalError` when a batch begins beyond where the one before it ended.
    """
    news: list[RecordColumns] = []
    stale = 0
    for part in parts:
        if part.position > at:
            raise FatalError(
                f"{part.topic}/{part.partition}: a batch begins at {part.position} but the lake stands at {at}; "
                "landing it would leave a hole. Start the worker again so that it resumes from the lake."
            )
        if part.next_offset <= at:
            stale += len(part)
            continue
        rest = _beginning_at(part, at)
        stale += len(part) - len(rest)
        news.append(rest)
        at = part.next_offset
    return news, stale


def concat(schema: pa.Schema, tables: Sequence[pa.Table]) -> pa.Table:
    """All rows of these tables, which may be none."""
    return pa.concat_tables([schema.empty_table(), *tables])


def _beginning_at(part: RecordColumns, at: int) -> RecordColumns:
    """The records of `part` at or after offset `at`."""
    if part.position >= at:
        return part
    skip = int(np.searchsorted(np.asarray(part.offsets, np.int64), at))
    return RecordColumns(
        topic=part.topic,
        partition=part.partition,
        position=at,
        next_offset=part.next_offset,
        offsets=part.offsets[skip:],
        timestamps_ms=part.timestamps_ms[skip:],
        keys=part.keys[skip:],
        values=part.values[skip:],
        headers=part.headers[skip:],
    )
