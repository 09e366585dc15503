"""Records of `feedback.events` and `feedback.dead-letters` as rows of the lake's tables, whole batches at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from pipeline.domain.errors import FatalError
from pipeline.domain.lake_tables import DEAD_LETTERS, EVENTS, INSTANT
from pipeline.domain.windows import MEASURES, RATING_UNITS, Cell, Figures
from pipeline.ports import OutgoingRecords, RecordColumns


class _Data(msgspec.Struct, frozen=True):
    """What the lake keeps of an event's data as columns, by whichever type it comes."""

    channel: str | None = None
    case_id: str | None = None
    product: str | None = None
    record_class: str | None = None
    category: str | None = None
    language: str | None = None
    rating: float | None = None
    rating_scale: str | None = None
    text: str | None = None


class _Record(msgspec.Struct, frozen=True):
    """One value of `feedback.events`; attributes without a place here are left out."""

    id: str
    source: str
    type: str
    time: str
    recordedtime: str
    inboxpartition: int
    inboxoffset: int
    data: msgspec.Raw = msgspec.Raw(b"{}")
    subject: str | None = None
    partitionkey: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    dataschema: str | None = None
    enrichmodel: str | None = None
    enrichlanguage: str | None = None
    enrichclass: str | None = None
    enrichcategory: str | None = None
    enrichsentiment: str | None = None
    enrichsafety: bool | None = None
    specversion: str = "1.0"
    datacontenttype: str | None = None


class _PlainRecord(_Record, frozen=True, forbid_unknown_fields=True):
    """A record without any attribute that must go into `extensions`: nearly all are, and one pass reads them."""


_PROMOTED: Final = frozenset(_Record.__struct_fields__)
_plain_record: Final = msgspec.json.Decoder(_PlainRecord)
_record: Final = msgspec.json.Decoder(_Record)
_data: Final = msgspec.json.Decoder(_Data)
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode: Final = msgspec.json.Encoder().encode


def event_rows(batch: RecordColumns) -> pa.Table:
    """One row per record, in order: `lake_tables.EVENTS`. Raises `FatalError` on a value that intake never writes."""
    records: list[_Record] = []
    datas: list[_Data] = []
    rests: list[bytes] = []
    extensions: list[bytes | None] = []
    try:
        for value in batch.values:
            record, unknown = _decode(value or b"")
            members = _members.decode(record.data)
            members.pop("text", None)
            records.append(record)
            datas.append(_data.decode(record.data))
            rests.append(_encode(members))
            extensions.append(unknown)
    except msgspec.DecodeError as error:
        at = batch.offsets[len(rests)]
        raise FatalError(
            f"{batch.topic}/{batch.partition}: the record at offset {at} is not one that intake writes. "
            "Find out what else writes to this topic; nothing was landed."
        ) from error
    keys = identity_keys([record.source for record in records], [record.id for record in records])
    columns: dict[str, Any] = {
        "event_key": keys,
        "time": _instants([record.time for record in records]),
        "recordedtime": _instants([record.recordedtime for record in records]),
        "extensions": pa.array(extensions, pa.binary()).cast(pa.string()),
        "language": [data.language or record.enrichlanguage for record, data in zip(records, datas, strict=True)],
        "record_class": [data.record_class or record.enrichclass for record, data in zip(records, datas, strict=True)],
        "category": [data.category or record.enrichcategory for record, data in zip(records, datas, strict=True)],
        "sentiment": [record.enrichsentiment for record in records],
        "safety": [record.enrichsafety for record in records],
        "model": [record.enrichmodel for record in records],
        "data": pa.array(rests, pa.binary()).cast(pa.string()),
        "inbox_partition": [record.inboxpartition for record in records],
        "inbox_offset": [record.inboxoffset for record in records],
        "partition": np.full(len(records), batch.partition, np.int32),
        "offset": batch.offsets,
    }
    for name in ("id", "source", "type", "subject", "partitionkey", "correlationid", "causationid", "dataschema"):
        columns[name] = [getattr(record, name) for record in records]
    for name in ("channel", "product", "rating", "rating_scale", "text"):
        columns[name] = [getattr(data, name) for data in datas]
    columns["case_id"] = [
        data.case_id or (f"case-{key & 0xFFFFFFFFFFFFFFFF:016x}" if kind == "complaint" else None)
        for data, key, kind in zip(datas, keys.tolist(), columns["record_class"], strict=True)
    ]
    return pa.table([pa.array(columns[name], EVENTS.field(name).type) for name in EVENTS.names], schema=EVENTS)


def letter_rows(batch: RecordColumns) -> pa.Table:
    """One row per dead letter, in order: `lake_tables.DEAD_LETTERS`."""
    headers = [dict(each) for each in batch.headers]
    recorded = [_integer(each, "vidhuk_recordedtime") for each in headers]
    columns: dict[str, Any] = {
        "letter_key": np.array(
            [_letter_key(each, batch.partition, at) for each, at in zip(headers, batch.offsets, strict=True)], np.int64
        ),
        "reason": [_text(each, "vidhuk_reason") or "unknown" for each in headers],
        "field": [_text(each, "vidhuk_field") for each in headers],
        "sentence": [_text(each, "vidhuk_sentence") or "" for each in headers],
        "recordedtime": pa.array(
            [
                (at if stated is None else stated) * 1000
                for stated, at in zip(recorded, batch.timestamps_ms, strict=True)
            ],
            pa.int64(),
        ).cast(INSTANT),
        "inbox_partition": [_integer(each, "vidhuk_partition") for each in headers],
        "inbox_offset": [_integer(each, "vidhuk_offset") for each in headers],
        "file": [_text(each, "vidhuk_file") for each in headers],
        "line": [_integer(each, "vidhuk_line") for each in headers],
        "key": batch.keys,
        "original": batch.values,
        "partition": np.full(len(batch), batch.partition, np.int32),
        "offset": batch.offsets,
    }
    arrays = [pa.array(columns[name], DEAD_LETTERS.field(name).type) for name in DEAD_LETTERS.names]
    return pa.table(arrays, schema=DEAD_LETTERS)


def identity_keys(sources: Sequence[str], ids: Sequence[str]) -> NDArray[np.int64]:
    """`event_key` of each identity."""
    hashed = [xxhash.xxh3_64_intdigest(f"{s}\x00{i}".encode()) for s, i in zip(sources, ids, strict=True)]
    return np.array(hashed, np.uint64).view(np.int64)


def _letter_key(headers: dict[str, bytes], partition: int, offset: int) -> int:
    """Where the letter came from: an inbox record, or a file's line, whose only place is this very record."""
    if "vidhuk_offset" in headers:
        parts = [headers[f"vidhuk_{name}"] for name in ("topic", "partition", "offset")]
    else:
        parts = [headers.get("vidhuk_file", b""), headers.get("vidhuk_line", b""), b"%d" % partition, b"%d" % offset]
    unsigned = xxhash.xxh3_64_intdigest(b"\x00".join(parts))
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned


def _decode(value: bytes) -> tuple[_Record, bytes | None]:
    """A record and, as a JSON object, the attributes that have no column of their own."""
    try:
        return _plain_record.decode(value), None
    except msgspec.ValidationError:
        record = _record.decode(value)
        unknown = {name: member for name, member in _members.decode(value).items() if name not in _PROMOTED}
        return record, _encode(unknown) if unknown else None


def _instants(texts: list[str]) -> pa.Array:
    """RFC 3339 instants; Arrow reads the usual forms as a column, the rare rest is read one by one."""
    try:
        return pc.cast(pa.array(texts, pa.string()), INSTANT)
    except pa.ArrowInvalid:
        return pa.array([msgspec.convert(text, type=datetime, strict=False) for text in texts], INSTANT)


def _text(headers: dict[str, bytes], name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("utf-8", "replace")


def _integer(headers: dict[str, bytes], name: str) -> int | None:
    value = headers.get(name)
    return None if value is None else int(value)


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
