"""What one version of a policy says: which clocks a case has, on which calendar, and how urgent assessments make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pipeline.domain.cases.calendars import Calendar
from pipeline.domain.cases.lifecycle import State, Step
from pipeline.domain.cases.priority import PriorityRule

FIELDS: Final = ("product", "channel", "category", "language", "source")
"""Columns of a receipt that a policy can be chosen by."""


class TargetKind(StrEnum):
    """What a target counts; the order is the fold's."""

    HOURS = "hours"
    """Microseconds by the clock on the wall."""
    BUSINESS_HOURS = "business hours"
    """Microseconds within business hours."""
    BUSINESS_DAYS = "business days"
    """Closing time of the n-th day with hours after the day on which the clock starts."""
    DAYS = "days"
    """The end of the n-th local day after the one on which the clock starts."""


@dataclass(frozen=True, slots=True)
class Target:
    """How much time a clock has: microseconds for the two kinds of hours, else a number of days, at least 1."""

    kind: TargetKind
    amount: int


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One clock of a policy. `calendar` names one of the policy's document; it matters to all kinds but hours."""

    name: str
    starts: frozenset[Step]
    """With `reopened` among them, every reopening starts it again with its whole target."""
    stops: frozenset[Step]
    pauses: frozenset[State]
    target: Target
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy. It holds for cases received from `valid_from_us` on, until the next version does."""

    name: str
    version: int
    valid_from_us: int | None
    """None: since ever."""
    applies: Mapping[str, frozenset[str]]
    """Values of `FIELDS` that it is for, all of which must fit; empty for the one that is for all else."""
    priority: PriorityRule
    clocks: tuple[ClockRule, ...]

    def fits(self, receipt: Mapping[str, str | None]) -> bool:
        """Whether it is for cases with such a receipt."""
        return all(receipt.get(name) in values for name, values in self.applies.items())
