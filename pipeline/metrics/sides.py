"""What people type for one side of a comparison: `period=2026-Q1,channel=email`."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from pipeline.domain.errors import UsageError

ALIASES: Final = {"survey": "survey_id"}

_FORMS: Final = "2026, 2026-Q1, 2026-03, 2026-W10, 2026-03-05, or FIRST..END with END the day after the last"


def side_of(text: str) -> tuple[date | None, date | None, dict[str, str | None]]:
    """First day, day after the last, and the values that dimensions must have; an empty value means: not stated.

    Raises `UsageError` that says how a side is written.
    """
    start: date | None = None
    end: date | None = None
    where: dict[str, str | None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not name:
            raise UsageError(f"A side is written as name=value,… (period=2026-Q1,channel=email), not `{text}`.")
        if name == "period":
            start, end = days_of(value)
        else:
            where[ALIASES.get(name, name)] = value or None
    return start, end, where


def days_of(period: str) -> tuple[date, date]:
    """First day of a period and the day after its last, in UTC. Raises `UsageError` that lists the forms."""
    with suppress(ValueError):
        first, dots, last = period.partition("..")
        if dots:
            return _ordered(date.fromisoformat(first), date.fromisoformat(last))
        if found := re.fullmatch(r"(\d{4})-W(\d{2})", period):
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return monday, monday + timedelta(days=7)
        if found := re.fullmatch(r"(\d{4})-Q([1-4])", period):
            return _months(int(found[1]), 3 * int(found[2]) - 2, 3)
        if found := re.fullmatch(r"(\d{4})-(\d{2})", period):
            return _months(int(found[1]), int(found[2]), 1)
        if re.fullmatch(r"\d{4}", period):
            return _months(int(period), 1, 12)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", period):
            day = date.fromisoformat(period)
            return day, day + timedelta(days=1)
    raise UsageError(f"A period is written as {_FORMS}; not as `{period}`.")


def _ordered(first: date, end: date) -> tuple[date, date]:
    if first >= end:
        raise ValueError("a period has at least one day")
    return first, end


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    after = month + count - 1
    return date(year, month, 1), date(year + after // 12, after % 12 + 1, 1)
