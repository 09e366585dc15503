"""Small lakes for tests of the warehouse: rows with only what matters spelt out, landed as real Delta tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import xxhash

from pipeline.domain.lake_tables import TABLES
from pipeline.ports import Span, TopicPartition
from warehouse.lake import DeltaLake

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
FEEDBACK = "vidhuk.feedback.submitted.v1"
ANSWER = "vidhuk.survey.responded.v1"


def an_event(offset: int = 0, **changes: Any) -> dict[str, Any]:
    """One row of `events`; `data` may be a mapping."""
    row: dict[str, Any] = {
        "id": f"e-{offset}",
        "source": "channel/test",
        "type": FEEDBACK,
        "time": NOON,
        "recordedtime": NOON + timedelta(minutes=1, seconds=offset),
        "channel": "email",
        "record_class": "complaint",
        "data": {},
        "inbox_log": "inbox",
        "inbox_partition": 0,
        "inbox_offset": offset,
        "log": "log",
        "partition": 0,
        "offset": offset,
    } | changes
    row["event_key"] = changes.get("event_key", key_of(row["source"], row["id"]))
    if isinstance(row["data"], Mapping):
        row["data"] = msgspec.json.encode(row["data"]).decode()
    return row


def an_answer(
    offset: int,
    instrument: str,
    score: float,
    scale: tuple[int, int],
    *,
    wave: str | None = None,
    attributes: Mapping[str, str] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """One row of `events` that is a survey answer."""
    data: dict[str, Any] = {
        "survey_id": f"{instrument}-survey",
        "instrument": instrument,
        "score": score,
        "scale_min": scale[0],
        "scale_max": scale[1],
        "attributes": dict(attributes or {}),
    }
    if wave is not None:
        data["wave"] = wave
    return an_event(offset, type=ANSWER, record_class=None, data=data, **changes)


def a_duplicate(offset: int, **changes: Any) -> dict[str, Any]:
    """One row of `duplicates`."""
    row: dict[str, Any] = {
        "id": "e-0",
        "source": "channel/test",
        "recordedtime": NOON + timedelta(minutes=1, seconds=offset),
        "inbox_log": "inbox",
        "inbox_partition": 0,
        "inbox_offset": offset,
        "log": "log",
        "partition": 0,
        "offset": offset,
    } | changes
    return row | {"event_key": key_of(row["source"], row["id"])}


def a_letter(offset: int, **changes: Any) -> dict[str, Any]:
    """One row of `dead_letters`."""
    return {
        "letter_key": offset,
        "reason": "not_json",
        "sentence": "The value is not JSON.",
        "recordedtime": NOON + timedelta(minutes=1, seconds=offset),
        "inbox_log": "inbox",
        "inbox_partition": 0,
        "inbox_offset": offset,
        "original": b"secret words",
        "log": "log",
        "partition": 0,
        "offset": offset,
    } | changes


def key_of(source: str, identity: str) -> int:
    unsigned = xxhash.xxh3_64_intdigest(f"{source}\x00{identity}".encode())
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned


def a_table(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    schema = TABLES[table]
    return pa.table(
        [pa.array([row.get(name) for row in rows], schema.field(name).type) for name in schema.names], schema=schema
    )


def land(home: Path, table: str, rows: Sequence[Mapping[str, Any]], position: int = 0) -> None:
    """Commit rows of partition 0 to the home's lake, from where the table stands."""
    end = max((row["offset"] for row in rows), default=position - 1) + 1
    DeltaLake(home / "lake").append(table, a_table(table, rows), {TopicPartition(table, 0): Span(position, end)})
