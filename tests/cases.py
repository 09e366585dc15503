"""Rows of `transitions` and `clocks` for tests of the warehouse, as the fold writes them for simple lives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.lakes import NOON, a_duplicate, key_of

Ask = Callable[[str], list[tuple[Any, ...]]]

STATES = {
    "received": "received",
    "acknowledged": "acknowledged",
    "assessed": "assessed",
    "investigation-started": "investigating",
    "response-offered": "response_offered",
    "decision-communicated": "decided",
    "accepted": "accepted",
    "rejected": "rejected",
    "escalated": "escalated",
    "awaiting-complainant": "awaiting_complainant",
    "closed": "closed",
    "reopened": "reopened",
    "withdrawn": "withdrawn",
    "reclassified": "reclassified",
    "merged": "merged",
}
PLAIN: dict[str, Any] = {
    "outcome": "applied",
    "sequence": -1,
    "product": "parcel",
    "channel": "email",
    "safety": False,
    "immediate_action": False,
    "vulnerable": False,
    "reportable": False,
    "escalated": False,
    "closed_by_organization": False,
    "recourse_told": False,
    "reopens": 0,
    "log": "log",
    "partition": 0,
}


def day(days: float, hours: float = 0) -> datetime:
    """So long after noon of 1 September 2026."""
    return NOON + timedelta(days=days, hours=hours)


def a_life(
    case_id: str, *steps: tuple[str, float] | tuple[str, float, dict[str, Any]], **all_rows: Any
) -> list[dict[str, Any]]:
    """Rows of `transitions` of one case: (step, day, changes) each, known a minute after it happened.

    Changes of a step hold for those after it too, but for its outcome, reason and place.
    """
    rows: list[dict[str, Any]] = []
    state, kept = "absent", dict(PLAIN) | all_rows
    for number, (step, days, *more) in enumerate(steps):
        changes = dict(more[0]) if more else {}
        kept |= {name: value for name, value in changes.items() if name not in _OF_ONE_ROW}
        is_applied = changes.get("outcome", "applied") == "applied"
        if step == "closed" and is_applied:
            kept["closed_by_organization"] = True
        if step == "reopened" and is_applied:
            kept["reopens"] += 1
        if step in ("accepted", "rejected") and is_applied:
            kept["acceptance"] = step
        if step == "escalated" and is_applied:
            kept["escalated"] = True
        after = STATES.get(step, state) if is_applied else state
        row = {
            "event_key": key_of(case_id, str(number)),
            "case_id": case_id,
            "case_key": key_of("case", case_id),
            "step": step,
            "time": day(days),
            "state_from": state,
            "state_to": after,
            "known_at": day(days) + timedelta(minutes=1),
            "offset": abs(key_of(case_id, str(number))) % 1_000_000,
        }
        rows.append(row | kept | changes)
        state = rows[-1]["state_to"]
    return rows


def a_change(caused_by: dict[str, Any], clock: str, change: str, **columns: Any) -> dict[str, Any]:
    """One row of `clocks`, written with the row of `transitions` that caused it."""
    place = {
        name: caused_by[name] for name in ("event_key", "case_id", "case_key", "known_at", "log", "partition", "offset")
    }
    return (
        {
            "clock": clock,
            "cycle": 0,
            "policy": "internal",
            "policy_version": 1,
            "change": change,
            "at": caused_by["time"],
            "target_us": 86_400_000_000,
            "elapsed_us": 0,
            "wall_us": 0,
            "paused_us": 0,
            "ordinal": 0,
        }
        | place
        | columns
    )


def a_correction(rows: Sequence[dict[str, Any]], known_at: datetime, offset: int) -> list[dict[str, Any]]:
    """The same events judged again when a record came at this place."""
    return [row | {"known_at": known_at, "offset": offset} for row in rows]


def known_until(moment: datetime) -> Sequence[dict[str, Any]]:
    """A duplicate recorded at `moment`: it makes a lake known until then, and is no part of any case."""
    return [a_duplicate(0, recordedtime=moment, inbox_offset=9_999)]


_OF_ONE_ROW = ("outcome", "reason", "log", "partition", "offset", "known_at", "event_key", "time")


class Marts:
    """What the gate asks, answered by a function that runs SQL on the marts."""

    def __init__(self, ask: Ask) -> None:
        self.rows = ask

    def columns(self, mart: str) -> list[tuple[str, str]]:
        return self.rows(
            f"select column_name, data_type from duckdb_columns() where table_name = '{mart}' order by column_index"
        )
