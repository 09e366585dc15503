"""The decisions, policies and calendars as the arrays that the fold runs on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.cases import columns as c
from pipeline.domain.cases.calendars import Calendar, CalendarTables, calendar_tables
from pipeline.domain.cases.decisions import compiled_decisions
from pipeline.domain.cases.lifecycle import State, Step
from pipeline.domain.cases.policy import PolicySet
from pipeline.domain.cases.priority import priority_table
from pipeline.domain.cases.rules import ClockRule, Policy, TargetKind
from pipeline.domain.instants import EPOCH

_YEARS_AHEAD: Final = 4
"""Calendars are made so far beyond the newest event, more than `MAX_TARGET_DAYS` with pauses that end there."""
_MAKE_AT_ONCE: Final = 4
"""Years more than are needed are made, so that calendars seldom grow."""


class PolicyTables:
    """The `Tables` of a set of policies; calendars grow to the years that events speak of, which changes no answer."""

    def __init__(self, policies: PolicySet) -> None:
        self.policies = policies
        self.clocks = max(1, *(len(policy.clocks) for policy in policies.policies))
        """Clocks of the policy that has most."""
        self._calendars = _distinct(policies.policies)
        self._years: range | None = None
        self._tables: c.Tables | None = None

    def covering(self, times_us: NDArray[np.int64]) -> c.Tables:
        """The tables with calendars from well before the first to well after the last of these times."""
        first, last = (_year(int(each)) for each in (times_us.min(), times_us.max()))
        wanted = range(first - 1, last + _YEARS_AHEAD + 1)
        if self._tables is None or self._years is None or not _within(wanted, self._years):
            before = self._years or wanted
            self._years = range(
                min(before.start, wanted.start - _MAKE_AT_ONCE), max(before.stop, wanted.stop + _MAKE_AT_ONCE)
            )
            self._tables = self._made(self._years)
        return self._tables

    def _made(self, years: range) -> c.Tables:
        made = [calendar_tables(each, years.start, years.stop - 1) for each in self._calendars]
        rules = np.zeros((len(self.policies.policies), self.clocks, c.RULE_COLUMNS), np.int64)
        for at, policy in enumerate(self.policies.policies):
            for which, rule in enumerate(policy.clocks):
                rules[at, which] = _rule(rule, self._calendars.index(rule.calendar))
        calendars, instants = _joined(made)
        return c.Tables(
            decisions=compiled_decisions(),
            effects=_effects(),
            priorities=np.stack([priority_table(policy.priority) for policy in self.policies.policies]),
            rules=rules,
            calendars=calendars,
            instants=instants,
        )


def _distinct(policies: Sequence[Policy]) -> list[Calendar]:
    calendars: list[Calendar] = []
    for policy in policies:
        calendars.extend(rule.calendar for rule in policy.clocks if rule.calendar not in calendars)
    return calendars


def _year(moment_us: int) -> int:
    return (EPOCH + timedelta(microseconds=moment_us)).astimezone(UTC).year


def _within(inner: range, outer: range) -> bool:
    return outer.start <= inner.start and inner.stop <= outer.stop


def _rule(rule: ClockRule, calendar: int) -> list[int]:
    steps, states, kinds = list(Step), list(State), list(TargetKind)
    return [
        _bits(map(steps.index, rule.starts)),
        _bits(map(steps.index, rule.stops)),
        _bits(map(states.index, rule.pauses)),
        kinds.index(rule.target.kind),
        rule.target.amount,
        calendar,
    ]


def _bits(positions: Collection[int] | map[int]) -> int:
    return sum(1 << at for at in positions)


def _effects() -> NDArray[np.int64]:
    """What a step that is applied changes beside the state. A reopened case is to be answered anew."""
    effects = np.zeros((len(Step), 3), np.int64)
    effects[:, c.SAYS] = c.NONE
    at = {step: place for place, step in enumerate(Step)}
    for step, marks in {
        Step.ACKNOWLEDGED: c.ACKNOWLEDGED_ONCE,
        Step.RESPONSE_OFFERED: c.OFFERED_ONCE,
        Step.DECISION_COMMUNICATED: c.OFFERED_ONCE,
        Step.ESCALATED: c.ESCALATED_ONCE,
        Step.CLOSED: c.CLOSED_BY_ORGANIZATION,
    }.items():
        effects[at[step], c.RAISES] = marks
    effects[at[Step.REOPENED], c.LOWERS] = c.CLOSED_BY_ORGANIZATION | c.ACKNOWLEDGED_ONCE | c.OFFERED_ONCE
    effects[at[Step.REOPENED], c.SAYS] = 0
    effects[at[Step.ACCEPTED], c.SAYS] = c.SAID_ACCEPTED
    effects[at[Step.REJECTED], c.SAYS] = c.SAID_REJECTED
    return effects


def _joined(made: Sequence[CalendarTables]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All calendars' corners in one array, and where each one's parts lie in it."""
    bounds = np.zeros((len(made), 9), np.int64)
    parts: list[NDArray[np.int64]] = []
    place = 0
    for at, each in enumerate(made):
        for part, begin, end in (
            (each.opens, c.OPENS, c.OPENS_END),
            (each.closes, c.CLOSES, None),
            (each.worked, c.WORKED, None),
            (each.midnights, c.MIDNIGHTS, c.MIDNIGHTS_END),
            (each.business_midnights, c.OFFICE_DAYS, c.OFFICE_DAYS_END),
            (each.business_closes, c.OFFICE_CLOSES, None),
        ):
            parts.append(part)
            bounds[at, begin] = place
            place += len(part)
            if end is not None:
                bounds[at, end] = place
    return bounds, np.concatenate([np.empty(0, np.int64), *parts])
