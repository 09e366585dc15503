"""Cases that are open, the most urgent first, as the published warehouse has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.domain.cases.lifecycle import Priority
from pipeline.services.case_story import Query


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One open case. `clock` is what it is late for, else what falls due next; None where no clock is left to meet."""

    case_id: str
    state: str
    product: str | None
    category: str | None
    priority: str | None
    safety: bool
    received_at: datetime
    clock: str | None
    due_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class OpenCases:
    """The first of the open cases, and of how many; `overdue` is how many of them all have run out of time."""

    as_known_at: datetime | None
    total: int
    overdue: int
    shown: tuple[OpenCase, ...]


def list_open_cases(query: Query, *, limit: int, only_overdue: bool = False, product: str | None = None) -> OpenCases:
    """At most `limit` open cases: dangers first, then those that are late, then by priority, time due and age."""
    known = query("select max(as_known_at) as as_known_at from agg_case_daily")[0]["as_known_at"]
    chosen = [[str(each) for each in Priority], product, product, only_overdue]
    rows = query(_URGENT, [*chosen, limit])
    total, overdue = (int(rows[0]["total"]), int(rows[0]["overdue"])) if rows else (0, 0)
    shown = tuple(OpenCase(**{name: row[name] for name in OpenCase.__slots__}) for row in rows)
    return OpenCases(known, total, overdue, shown)


_URGENT: Final = """
with next_clock as (
    select case_id, arg_min({'clock': clock, 'due_at': due_at, 'is_overdue': is_open_overdue}, due_at) as next
    from fct_clock
    where ended_at is null and due_at is not null
    group by case_id
), urgent as (
    select
        fct_case.*, next.clock as clock, next.due_at as due_at, coalesce(next.is_overdue, false) as is_overdue,
        coalesce(list_position(?::varchar[], priority), 0) as priority_rank
    from fct_case
    left join next_clock using (case_id)
    where is_open and (?::varchar is null or product = ?) and (not ? or coalesce(next.is_overdue, false))
)
select *, count(*) over () as total, count(*) filter (is_overdue) over () as overdue
from urgent
order by safety desc, is_overdue desc, priority_rank desc, due_at nulls last, received_at, case_id
limit ?
"""
