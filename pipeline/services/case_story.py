"""One case as it went: its steps with what became of each, and its clocks, as the published warehouse has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from pipeline.domain.errors import UsageError


class Query(Protocol):
    """Asks the published warehouse."""

    def __call__(self, statement: str, parameters: Sequence[object] = ()) -> Sequence[Mapping[str, Any]]:
        """Rows of one read-only statement, as mappings by column name."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a clock."""

    at: datetime
    change: str
    due_at: datetime | None
    elapsed_us: int
    position: int | None
    """Of the step with which it became known; None where only time has passed since the last step."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One cycle of a clock; `end` is fulfilled, cancelled, running or paused. `elapsed_us` is as of its last change."""

    clock: str
    cycle: int
    policy: str
    policy_version: int
    activated_at: datetime
    changed_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    end: str
    target_us: int | None
    elapsed_us: int
    wall_us: int
    paused_us: int
    breached_at: datetime | None
    is_breached: bool
    is_open_overdue: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the case, in the order in which it counts; `reason` says why it was a repeat or refused."""

    position: int
    step: str
    occurred_at: datetime
    known_at: datetime
    outcome: str
    reason: str | None
    state_from: str
    state_to: str
    priority: str | None
    severity: int | None
    decision: str | None
    reclassified_as: str | None
    merged_into: str | None
    partition: int
    is_home: bool


@dataclass(frozen=True, slots=True)
class CaseStory:
    """Everything about one case. `case` is its row of `fct_case`, None where nobody ever received it."""

    case_id: str
    as_known_at: datetime | None
    case: dict[str, Any] | None
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...]


def tell_story(query: Query, case_id: str) -> CaseStory:
    """The story of a case. Raises `UsageError` that says where to look when no event of such a case is known."""
    steps = tuple(Step(**row) for row in query(_STEPS, [case_id]))
    known = query("select max(as_known_at) as as_known_at from agg_case_daily")[0]["as_known_at"]
    if not steps:
        raise UsageError(
            "No case of this id is in the published warehouse. Case ids are in the column case_id: `vidhuk sql "
            '"select case_id, state from fct_case limit 5"`. What came after the last publication is not in it yet.'
        )
    cases = query("select * from fct_case where case_id = ?", [case_id])
    changes: dict[tuple[str, int], list[Change]] = {}
    for row in query(_CHANGES, [case_id]):
        named = (str(row["clock"]), int(row["cycle"]))
        changes.setdefault(named, []).append(Change(**{name: row[name] for name in Change.__slots__}))
    clocks = tuple(_clock(row, changes) for row in query(_CLOCKS, [case_id]))
    return CaseStory(case_id, known, dict(cases[0]) if cases else None, steps, clocks)


def _clock(row: Mapping[str, Any], changes: Mapping[tuple[str, int], list[Change]]) -> Clock:
    own = changes.get((str(row["clock"]), int(row["cycle"])), [])
    if row["is_breached"] and not any(change.change == "breach" for change in own):
        own = [*own, Change(row["breached_at"], "breach", row["due_at"], int(row["elapsed_us"]), None)]
    return Clock(**row, changes=tuple(own))


_STEPS: Final = """
    select position, step, occurred_at, known_at, outcome, reason, state_from, state_to, priority, severity, decision,
        reclassified_as, merged_into, "partition", is_home
    from fct_case_event where case_id = ? order by is_home desc, "partition", position
"""

_CHANGES: Final = """
    select clock, cycle, changed_at as at, change, due_at, elapsed_us, position
    from fct_clock_change where case_id = ? order by clock, cycle, ordinal
"""

_CLOCKS: Final = """
    select clock, cycle, policy, policy_version, activated_at, changed_at, due_at, ended_at, "end", target_us,
        elapsed_us, wall_us, paused_us, breached_at, is_breached, is_open_overdue
    from fct_clock where case_id = ? order by activated_at, coalesce(breached_at, due_at, ended_at), clock, cycle
"""
