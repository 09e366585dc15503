"""Makers of valid values, so that a test shows only what matters to it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pipeline.domain.events.registry import EVENT_TYPES
from pipeline.ports import Headers, RecordColumns

A_MOMENT = "2026-09-01T10:00:00Z"
A_MOMENT_MS = 1_788_256_800_000  # the same, as Kafka writes it
FEEDBACK = "vidhuk.feedback.submitted.v1"
SURVEY = "vidhuk.survey.responded.v1"

_numbers = itertools.count(1)


def feedback(**changes: Any) -> dict[str, Any]:
    """Data of one `feedback.submitted`; a change to None leaves the field out."""
    return _changed({"channel": "email", "text": "The parcel never came.", "product": "parcel"}, changes)


def survey(**changes: Any) -> dict[str, Any]:
    """Data of one `survey.responded`."""
    answer = {"survey_id": "s-1", "instrument": "csat", "channel": "web", "score": 4, "scale_min": 1, "scale_max": 5}
    return _changed(answer, changes)


def an_event(
    data: Any = None,
    *,
    type: str = FEEDBACK,  # noqa: A002 - CloudEvents' own word
    **changes: Any,
) -> dict[str, Any]:
    """One CloudEvent as a dict; a change to None leaves the attribute out. Ids are unique unless given."""
    event = {
        "specversion": "1.0",
        "id": f"e-{next(_numbers)}" if "id" not in changes else changes["id"],
        "source": "channel/email",
        "type": type,
        "time": A_MOMENT,
        "data": feedback() if data is None else data,
    }
    return _changed(event, changes)


def structured(data: Any = None, **changes: Any) -> bytes:
    """`an_event` as structured JSON."""
    return msgspec.json.encode(an_event(data, **changes))


def binary(data: Any = None, **changes: Any) -> tuple[bytes | None, list[tuple[str, bytes]]]:
    """`an_event` as a Kafka value and `ce_*` headers."""
    event = an_event(data, **changes)
    body = event.pop("data", None)
    kind = event.pop("datacontenttype", "application/json")
    headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items()]
    return None if body is None else msgspec.json.encode(body), [*headers, ("content-type", kind.encode())]


def records(
    values: Sequence[bytes | None],
    *,
    topic: str = "feedback.inbox",
    partition: int = 0,
    position: int = 0,
    timestamp_ms: int = A_MOMENT_MS,
    keys: Sequence[bytes | None] | None = None,
    headers: Sequence[Headers] | None = None,
) -> RecordColumns:
    """These values as consecutive records of one partition that begin at `position`."""
    count = len(values)
    return RecordColumns(
        topic=topic,
        partition=partition,
        position=position,
        next_offset=position + count,
        offsets=list(range(position, position + count)),
        timestamps_ms=[timestamp_ms] * count,
        keys=list(keys) if keys is not None else [None] * count,
        values=list(values),
        headers=list(headers) if headers is not None else [() for _ in range(count)],
    )


def log_value(
    data: Any = None,
    *,
    inbox: tuple[int, int] = (0, 0),
    recordedtime: str = A_MOMENT,
    **changes: Any,
) -> bytes:
    """One value of `feedback.events` as the intake writes it; `inbox` is partition and offset."""
    marks = {"recordedtime": recordedtime, "inboxpartition": inbox[0], "inboxoffset": inbox[1]}
    return structured(data, **{**marks, **changes})


def _changed(values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


_SAMPLES: dict[str, Any] = {
    "case_id": "C-1",
    "record_class": "inquiry",
    "outcome": "upheld",
    "severity": 3,
    "kind": "refund",
    "reason": "a stated limitation",
    "into_case_id": "C-2",
    "promise_id": "P-1",
    "version": 1,
    "text": "We answer within a day.",
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_to": "2027-01-01T00:00:00Z",
    "made_id": "order-1",
    "remedy_id": "R-1",
    "dispute_id": "D-1",
    "admissible": True,
    "position": "offer",
    "party": "complainant",
    "document": "sha256:" + "0" * 64,
    "finding": "upheld",
    "binding_on_organization": True,
    "action_id": "A-1",
    "cause": "Parcels wait for a second driver.",
    "effect": "improved",
    "method": "u-chart",
    "unit": "transactions",
    "count": 8000,
    "period_start": "2026-01-01T00:00:00Z",
    "period_end": "2026-02-01T00:00:00Z",
    "subject_id": "customer-1",
    "into_subject_id": "customer-2",
    "from_subject_id": "customer-2",
    "purpose": "publish_text",
    "state": "given",
    "survey_id": "s-1",
    "instrument": "csat",
    "channel": "email",
    "wave": "2026Q3",
    "sampling": "probability",
    "population": "Customers with a delivery in the quarter.",
}


def data_of(event_type: str) -> dict[str, Any]:
    """The least valid data of any event type: its required fields."""
    if event_type == FEEDBACK:
        return feedback()
    if event_type == SURVEY:
        return survey()
    fields = msgspec.structs.fields(EVENT_TYPES[event_type])
    return {field.name: _SAMPLES[field.name] for field in fields if field.required}
