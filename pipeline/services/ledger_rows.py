"""Records of `feedback.events` and `feedback.dead-letters` as rows of the lake's tables, whole batches at a time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from pipeline.domain.lake_tables import DEAD_LETTERS, EVENTS, INSTANT
from pipeline.domain.log_record import read_letter, read_log
from pipeline.domain.logs import log_of
from pipeline.domain.windows import MEASURES, RATING_UNITS, Cell, Figures
from pipeline.ports import OutgoingRecords, RecordColumns

ROWS_AT_ONCE: Final = 1_000
"""Columns are made for so many records at a time, because these and what is read out of them stay in the processor's
cache: twice as quick as a batch of twenty times as many."""

_encode: Final = msgspec.json.Encoder().encode


def event_rows(batch: RecordColumns) -> pa.Table:
    """One row per record, in order: `lake_tables.EVENTS`. Raises `FatalError` on a value that intake never writes."""
    parts = [_some_rows(batch, begin) for begin in range(0, len(batch), ROWS_AT_ONCE)]
    return pa.concat_tables(parts).combine_chunks() if parts else EVENTS.empty_table()


def _some_rows(batch: RecordColumns, begin: int) -> pa.Table:
    """Rows of the records from index `begin` on, as many as are made at once."""
    values, offsets = batch.values[begin : begin + ROWS_AT_ONCE], batch.offsets[begin : begin + ROWS_AT_ONCE]
    columns = read_log(values, where=f"{batch.topic}/{batch.partition} from offset {offsets[0]}")
    placed: dict[str, Any] = {
        "extensions": pa.array(columns.extensions, pa.binary()).cast(pa.string()),
        "data": pa.array(columns.data, pa.binary()).cast(pa.string()),
        "log": _every(log_of(batch.topic), len(values)),
        "partition": np.full(len(values), batch.partition, np.int32),
        "offset": offsets,
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


_COUNTS: Final = "".join(f'"{name}":%d,' for name in MEASURES[:-1])
"""All measures but the last, which is the ratings' sum."""


def metric_records(cells: Collection[tuple[Cell, Figures]], partition: int, window_us: int) -> OutgoingRecords:
    """One record per cell with its totals so far: sending it again changes nothing for who keeps the last one.

    The key is the JSON list `[window_start_us, channel, category, partition]`; the value names everything.
    """
    records = OutgoingRecords()
    keys, values = records.keys, records.values
    names = {name for (_, *both), _ in cells for name in both}
    written = {name: _encode(name).decode() for name in names}
    for (start, channel, category), figures in cells:
        of, about = written[channel], written[category]
        rating_sum = _encode(figures[-1] / RATING_UNITS).decode() if figures[-1] else "0.0"
        keys.append(f"[{start},{of},{about},{partition}]".encode())
        values.append(
            (
                f'{{"window_start_us":{start},"window_end_us":{start + window_us},"channel":{of},"category":{about},'
                f'"partition":{partition},{_COUNTS % figures[:-1]}"rating_sum":{rating_sum}}}'
            ).encode()
        )
    return records
