"""Steps of cases as rows of `events`, with only what matters spelt out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from pipeline.domain.cases.fold import CaseFold, Folded
from pipeline.domain.cases.policy import PolicySet, read_policies
from tests.lakes import a_table, an_event

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""A Monday without any holiday or change of clocks near it."""

POLICY = """
[calendar.office]
zone = "{zone}"
hours = {{ monday-friday = ["09:00-17:00"] }}

[[policy]]
name = "plain"
version = 1
priority.matrix = [
    ["low", "low", "low", "normal", "normal"],
    ["low", "low", "normal", "normal", "high"],
    ["normal", "normal", "normal", "high", "high"],
    ["normal", "high", "high", "high", "critical"],
    ["high", "high", "critical", "critical", "critical"],
]

[[policy.clock]]
name = "acknowledge"
starts = ["received"]
stops = ["acknowledged"]
target = "8 business hours"

[[policy.clock]]
name = "first_response"
starts = ["received"]
stops = ["response-offered", "decision-communicated"]
target = "3 business days"
pauses = ["awaiting_complainant"]

[[policy.clock]]
name = "decision"
starts = ["received", "reopened"]
stops = ["decision-communicated"]
target = "40 business hours"
pauses = ["awaiting_complainant", "response_offered"]

[[policy.clock]]
name = "close"
starts = ["received", "reopened"]
stops = ["closed"]
target = "2 weeks"
"""


def a_policy_set(zone: str = "UTC") -> PolicySet:
    """Four clocks of all kinds on weekdays from nine to five."""
    return read_policies({"plain.toml": POLICY.format(zone=zone)})


def a_step(
    step: str, at: datetime | float = 0.0, *, case: str = "C-1", offset: int = 0, **changes: Any
) -> dict[str, Any]:
    """One row of `events`: a step of a case, `at` a moment or so many hours after `MONDAY`; recorded at `offset`."""
    received = step == "received"
    moment = at if isinstance(at, datetime) else MONDAY + timedelta(hours=at)
    kind = "vidhuk.feedback.submitted.v1" if received else f"vidhuk.complaint.{step}.v1"
    sequence = changes.pop("sequence", None)
    row = {
        "type": kind,
        "time": moment,
        "record_class": "complaint" if received else None,
        "case_id": case,
        "channel": None,
        "product": None,
        "safety": None,
        "recordedtime": MONDAY + timedelta(days=30, seconds=offset),
        "extensions": None if sequence is None else f'{{"sequence":"{sequence}"}}',
    } | changes
    return an_event(offset, **row)


def events_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The rows as `lake_tables.EVENTS`, each at the offset of its position."""
    return a_table("events", [{**row, "offset": at} for at, row in enumerate(rows)])


def folded(rows: Sequence[Mapping[str, Any]], policies: PolicySet | None = None) -> Folded:
    """What these steps come to in one batch."""
    return CaseFold(policies or a_policy_set()).fold(events_table(rows))


def newest(rows: pa.Table) -> dict[int, dict[str, Any]]:
    """The truth about each event: its last row, by event key."""
    return {row["event_key"]: row for row in rows.to_pylist()}
