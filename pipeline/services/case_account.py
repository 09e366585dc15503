"""The account of cases: opening + received + reopened - closed - merged - withdrawn - reclassified = closing.

What came and went is counted from steps; what was open is counted from the states that cases were in at the end of
each day. The two are independent, so the sum can fail. Both are counted anew from the events of cases, so an account
that was damaged after it was published is found as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol

CAME: Final = ("received", "reopened")
WENT: Final = ("closed", "merged", "withdrawn", "reclassified")
FIGURES: Final = ("opening", *CAME, *WENT, "closing")
SHOWN: Final = 1_000
"""How many violations are told one by one; all are counted."""


class Query(Protocol):
    """Asks the published warehouse."""

    def __call__(self, statement: str) -> Sequence[Mapping[str, Any]]:
        """Rows of one read-only statement, as mappings by column name."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One product and UTC day whose account does not hold; `day` is None for the cases that are open now."""

    day: date | None
    product: str | None
    sentence: str
    account: dict[str, int] | None
    """The published figures; None where the account lacks the day."""
    counted: dict[str, int]
    """The same figures, counted anew from the events of the cases."""


@dataclass(frozen=True, slots=True)
class CaseAccount:
    """What was found: `checked` product-days, and those that do not hold (the first `SHOWN` of `violation_count`)."""

    checked: int
    violation_count: int
    violations: tuple[Violation, ...]
    cases: int
    first_day: date | None
    last_day: date | None
    as_known_at: datetime | None
    totals: dict[str, int]
    """The published flows over all days, the first opening and the last closing."""

    @property
    def holds(self) -> bool:
        """Whether every day of every product adds up."""
        return not self.violation_count


def check_account(query: Query) -> CaseAccount:
    """Hold the published account of cases against the events of the cases, for every product and day."""
    summary = query(_SUMMARY)[0]
    broken = [_violation(row) for row in query(_RECOUNT)]
    broken += [_open_now(row) for row in query(_OPEN_NOW)]
    return CaseAccount(
        checked=int(summary["checked"]),
        violation_count=len(broken),
        violations=tuple(broken[:SHOWN]),
        cases=int(summary["cases"]),
        first_day=summary["first_day"],
        last_day=summary["last_day"],
        as_known_at=summary["as_known_at"],
        totals={name: int(summary[name]) for name in FIGURES},
    )


def balance(figures: Mapping[str, int]) -> int:
    """What a day must close with, by its opening and what came and went."""
    return figures["opening"] + sum(figures[name] for name in CAME) - sum(figures[name] for name in WENT)


def _violation(row: Mapping[str, Any]) -> Violation:
    counted = {name: int(row[f"counted_{name}"]) for name in FIGURES}
    if row["opening"] is None:
        return Violation(row["day"], row["product"], "the account lacks this day", None, counted)
    account = {name: int(row[name]) for name in FIGURES}
    return Violation(row["day"], row["product"], _sentence(account, counted), account, counted)


def _sentence(account: Mapping[str, int], counted: Mapping[str, int]) -> str:
    said = []
    if balance(account) != account["closing"]:
        said.append(f"it must close with {balance(account):,} and closes with {account['closing']:,}")
    said += [
        f"{name} is {account[name]:,} and by the cases' {'states' if name in ('opening', 'closing') else 'steps'} "
        f"{counted[name]:,}"
        for name in FIGURES
        if account[name] != counted[name]
    ]
    return "; ".join(said)


def _open_now(row: Mapping[str, Any]) -> Violation:
    closing, is_open = int(row["closing"]), int(row["is_open"])
    sentence = f"the last day closes with {closing:,} and {is_open:,} cases are open"
    return Violation(None, row["product"], sentence, {"closing": closing}, {"closing": is_open})


_SUMMARY: Final = """
    select
        count(*) as checked,
        (select count(*) from fct_case) as cases,
        min(period_start) as first_day,
        max(period_start) as last_day,
        max(as_known_at) as as_known_at,
        0 as opening,
        coalesce(sum(received), 0) as received,
        coalesce(sum(reopened), 0) as reopened,
        coalesce(sum(closed), 0) as closed,
        coalesce(sum(merged), 0) as merged,
        coalesce(sum(withdrawn), 0) as withdrawn,
        coalesce(sum(reclassified), 0) as reclassified,
        coalesce(sum(closing) filter (period_start = (select max(period_start) from agg_case_daily)), 0) as closing
    from agg_case_daily
"""

_RECOUNT: Final = """
    with known as (
        select (max(as_known_at) at time zone 'UTC')::date as last_day from agg_case_daily
    ), home_event as (
        select event.case_id, fct_case.product, event.position, event.step, event.outcome, event.was_open,
            event.is_open, least(event.occurred_date, known.last_day) as day
        from fct_case_event event join fct_case using (case_id), known
        where event.is_home
    ), flow as (
        select product, day,
            count(*) filter (step = 'received') as received,
            count(*) filter (step = 'reopened') as reopened,
            count(*) filter (step = 'closed') as closed,
            count(*) filter (step = 'merged') as merged,
            count(*) filter (step = 'withdrawn') as withdrawn,
            count(*) filter (step = 'reclassified') as reclassified
        from home_event
        where outcome = 'applied' and was_open <> is_open
        group by product, day
    ), stay as (
        select product, is_open, day as from_day, lead(day) over (partition by case_id order by position) as to_day
        from home_event
    ), turned as (
        select product, from_day as day, 1 as change from stay where is_open
        union all
        select product, to_day, -1 from stay where is_open and to_day is not null
    ), changed as (
        select product, day, sum(change) as change from turned group by product, day
    ), looked_at as (
        select product, day from flow
        union select product, day from changed
        union select product, period_start from agg_case_daily
    ), counted as (
        select looked_at.product, looked_at.day,
            coalesce(received, 0) as received, coalesce(reopened, 0) as reopened, coalesce(closed, 0) as closed,
            coalesce(merged, 0) as merged, coalesce(withdrawn, 0) as withdrawn,
            coalesce(reclassified, 0) as reclassified, coalesce(changed.change, 0) as change,
            sum(coalesce(changed.change, 0)) over (
                partition by looked_at.product order by looked_at.day rows unbounded preceding
            ) as closing
        from looked_at
        left join flow on flow.day = looked_at.day and flow.product is not distinct from looked_at.product
        left join changed on changed.day = looked_at.day and changed.product is not distinct from looked_at.product
    )
    select counted.day, counted.product,
        counted.closing - counted.change as counted_opening, counted.received as counted_received,
        counted.reopened as counted_reopened, counted.closed as counted_closed, counted.merged as counted_merged,
        counted.withdrawn as counted_withdrawn, counted.reclassified as counted_reclassified,
        counted.closing as counted_closing,
        account.opening, account.received, account.reopened, account.closed, account.merged, account.withdrawn,
        account.reclassified, account.closing
    from counted
    left join agg_case_daily account
        on account.period_start = counted.day and account.product is not distinct from counted.product
    where account.opening is distinct from counted.closing - counted.change
        or account.received is distinct from counted.received
        or account.reopened is distinct from counted.reopened
        or account.closed is distinct from counted.closed
        or account.merged is distinct from counted.merged
        or account.withdrawn is distinct from counted.withdrawn
        or account.reclassified is distinct from counted.reclassified
        or account.closing is distinct from counted.closing
        or account.opening + account.received + account.reopened - account.closed - account.merged - account.withdrawn
            - account.reclassified <> account.closing
    order by counted.day, counted.product
"""

_OPEN_NOW: Final = """
    with account as (
        select product, closing from agg_case_daily
        where period_start = (select max(period_start) from agg_case_daily)
    ), now as (
        select product, count(*) filter (is_open) as is_open from fct_case group by product
    )
    select coalesce(account.product, now.product) as product, coalesce(closing, 0) as closing,
        coalesce(is_open, 0) as is_open
    from account full join now on account.product is not distinct from now.product
    where coalesce(closing, 0) <> coalesce(is_open, 0)
    order by product
"""
