"""Makers of what the ledger reads: values of `feedback.events` and `feedback.dead-letters`, and batches of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.domain.logs import in_log
from pipeline.ports import RecordColumns, TopicPartition

EVENTS_TOPIC = "feedback.events"
LETTERS_TOPIC = "feedback.dead-letters"
START = datetime(2026, 9, 1, 10, tzinfo=UTC)


def tp(partition: int = 0, topic: str = EVENTS_TOPIC, log: str = "") -> TopicPartition:
    return TopicPartition(in_log(topic, log) if log else topic, partition)


def a_logged_event(
    inbox_offset: int,
    identity: str | None = None,
    *,
    partition: int = 0,
    time: datetime | str | None = None,
    recorded: datetime | None = None,
    data: dict[str, Any] | None = None,
    **attributes: Any,
) -> bytes:
    """One value as intake writes it. The identity is the inbox offset's own unless named."""
    happened = time if isinstance(time, str) else (time or START + timedelta(minutes=inbox_offset)).isoformat()
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": identity if identity is not None else f"e-{partition}-{inbox_offset}",
        "source": "channel/test",
        "type": "vidhuk.feedback.submitted.v1",
        "time": happened,
        "recordedtime": (recorded or START + timedelta(seconds=inbox_offset)).isoformat(),
        "inboxpartition": partition,
        "inboxoffset": inbox_offset,
        "enrichmodel": "lexicon/1",
        "enrichlanguage": "en",
        "enrichclass": "complaint",
        "enrichcategory": "delivery",
        "enrichsentiment": "negative",
        "enrichsafety": False,
        "data": data or {"channel": "email", "text": "The parcel never came.", "rating": 2, "product": "parcel"},
    }
    event.update(attributes)
    return json.dumps({name: value for name, value in event.items() if value is not None}).encode()


def a_batch(
    values: Sequence[bytes],
    position: int = 0,
    *,
    partition: int = 0,
    topic: str = EVENTS_TOPIC,
    log: str = "",
    headers: Sequence[Sequence[tuple[str, bytes]]] | None = None,
) -> RecordColumns:
    """Consecutive records from `position` on; `log` is the id of the topic's log."""
    count = len(values)
    return RecordColumns(
        topic=in_log(topic, log) if log else topic,
        partition=partition,
        position=position,
        next_offset=position + count,
        offsets=list(range(position, position + count)),
        timestamps_ms=[1_788_256_800_000] * count,
        keys=[b"key"] * count,
        values=list(values),
        headers=list(headers) if headers is not None else [()] * count,
    )


def a_letter(inbox_offset: int | None, *, partition: int = 0, line: int = 1, log: str = "") -> list[tuple[str, bytes]]:
    """Headers of a dead letter about an inbox record, or else about a line of a file."""
    headers = [
        ("vidhuk_reason", b"not_json"),
        ("vidhuk_sentence", b"The value is not JSON."),
        ("vidhuk_recordedtime", b"1788256800000"),
    ]
    if inbox_offset is None:
        return [*headers, ("vidhuk_file", b"file.csv"), ("vidhuk_line", b"%d" % line)]
    return [
        *headers,
        ("vidhuk_topic", b"feedback.inbox"),
        ("vidhuk_partition", b"%d" % partition),
        ("vidhuk_offset", b"%d" % inbox_offset),
        ("vidhuk_log", log.encode()),
    ]
