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
        decisions = compiled_decisions()
        rules = np.zeros((len(self.policies.policies), self.clocks, c.RULE_COLUMNS), np.int64)
        for at, policy in enumerate(self.policies.policies):
            for which, rule in enumerate(policy.clocks):
                rules[at, which] = _rule(rule, self._calendars.index(rule.calendar))
        return c.Tables(
            guards=decisions.guards,
            decisions=decisions.decisions,
            effects=_effects(),
            priorities=np.stack([priority_table(policy.priority) for policy in self.policies.policies]),
            rules=rules,
            calendars=_bounds(made),
            opens=np.concatenate([each.opens for each in made]),
            closes=np.concatenate([each.closes for each in made]),
            worked=np.concatenate([each.worked for each in made]),
            midnights=np.concatenate([each.midnights for each in made]),
            office_midnights=np.concatenate([each.business_midnights for each in made]),
            office_closes=np.concatenate([each.business_closes for each in made]),
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


def _bounds(made: Sequence[CalendarTables]) -> NDArray[np.int64]:
    """Where each calendar's parts lie in the joined arrays."""
    bounds = np.zeros((len(made), 6), np.int64)
    for begin, lengths in (
        (c.SPANS, [len(each.opens) for each in made]),
        (c.MIDNIGHTS, [len(each.midnights) for each in made]),
        (c.OFFICE_DAYS, [len(each.business_midnights) for each in made]),
    ):
        ends = np.cumsum(lengths)
        bounds[:, begin], bounds[:, begin + 1] = ends - lengths, ends
    return bounds
