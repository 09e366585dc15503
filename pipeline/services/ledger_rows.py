"""Records of `feedback.events` and `feedback.dead-letters` as rows of the lake's tables, whole batches at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from pipeline.domain.identity import event_keys
from pipeline.domain.lake_tables import DEAD_LETTERS, EVENTS, INSTANT
from pipeline.domain.log_record import read_letter, read_log
from pipeline.domain.logs import log_of
from pipeline.domain.windows import MEASURES, RATING_UNITS, Cell, Figures
from pipeline.ports import OutgoingRecords, RecordColumns

_encode: Final = msgspec.json.Encoder().encode


def event_rows(batch: RecordColumns) -> pa.Table:
    """One row per record, in order: `lake_tables.EVENTS`. Raises `FatalError` on a value that intake never writes."""
    where = f"{batch.topic}/{batch.partition} from offset {batch.position}"
    columns = read_log(batch.values, where=where)
    placed: dict[str, Any] = {
        "event_key": event_keys(columns.source, columns.id),
        "extensions": pa.array(columns.extensions, pa.binary()).cast(pa.string()),
        "data": pa.array(columns.data, pa.binary()).cast(pa.string()),
        "log": _every(log_of(batch.topic), len(batch)),
        "partition": np.full(len(batch), batch.partition, np.int32),
        "offset": batch.offsets,
    }
    arrays = [
        pa.array(placed[name] if name in placed else getattr(columns, name), EVENTS.field(name).type)
        for name in EVENTS.names
    ]
    return pa.table(arrays, schema=EVENTS)


def letter_rows(batch: RecordColumns) -> pa.Table:
    """One row per dead letter, in order: `lake_tables.DEAD_LETTERS`. Raises `FatalError` on one without our marks."""
    marks = [read_letter(headers) for headers in batch.headers]
    recorded_us = [each.recordedtime_ms * 1000 for each in marks]
    columns: dict[str, Any] = {
        "letter_key": [each.letter_key(value) for each, value in zip(marks, batch.values, strict=True)],
        "reason": [each.reason for each in marks],
        "field": [each.field for each in marks],
        "sentence": [each.sentence for each in marks],
        "recordedtime": pa.array(recorded_us, pa.int64()).cast(INSTANT),
        "inbox_log": [each.log if each.offset is not None else None for each in marks],
        "inbox_partition": [each.partition for each in marks],
        "inbox_offset": [each.offset for each in marks],
        "file": [each.file for each in marks],
        "line": [each.line for each in marks],
        "key": batch.keys,
        "original": batch.values,
        "log": _every(log_of(batch.topic), len(batch)),
        "partition": np.full(len(batch), batch.partition, np.int32),
        "offset": batch.offsets,
    }
    arrays = [pa.array(columns[name], DEAD_LETTERS.field(name).type) for name in DEAD_LETTERS.names]
    return pa.table(arrays, schema=DEAD_LETTERS)


def _every(value: str, rows: int) -> pa.Array:
    """The same value in every row."""
    return pa.repeat(pa.scalar(value, pa.string()), rows)


def metric_records(cells: Iterable[tuple[Cell, Figures]], partition: int, window_us: int) -> OutgoingRecords:
    """One record per cell with its totals so far: sending it again changes nothing for who keeps the last one.

    The key is the JSON list `[window_start_us, channel, category, partition]`; the value names everything.
    """
    records = OutgoingRecords()
    for cell, figures in cells:
        measures = dict(zip(MEASURES, figures, strict=True))
        rating_sum = measures.pop("rating_units") / RATING_UNITS
        start, channel, category = cell
        records.keys.append(_encode([start, channel, category, partition]))
        records.values.append(
            _encode(
                {
                    "window_start_us": start,
                    "window_end_us": start + window_us,
                    "channel": channel,
                    "category": category,
                    "partition": partition,
                    **measures,
                    "rating_sum": rating_sum,
                }
            )
        )
    return records
