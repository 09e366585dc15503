"""Business calendars: when somebody is at work, as sorted instants that time is measured along.

Business time is a function of UTC microseconds that never falls and grows at most as fast as the wall clock: the time
open up to a moment. `CalendarTables` holds its corners, so that reading it either way is one binary search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.instants import microseconds

Instants = NDArray[np.int64]

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays as the `holidays` package knows them."""

    country: str
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """When somebody is at work, by the clock on the wall of one time zone."""

    zone: str
    hours: tuple[tuple[tuple[int, int], ...], ...]
    """By weekday from Monday: spans [opens, closes) in minutes of the local day, in order and apart."""
    holidays: Holidays | None = None
    closed: frozenset[date] = field(default_factory=frozenset)
    """Days off beside the holidays."""
    opened: Mapping[date, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Days with hours of their own, holiday or not."""

    def spans_of(self, day: date, days_off: frozenset[date]) -> tuple[tuple[int, int], ...]:
        """The hours of one local day."""
        if day in self.opened:
            return self.opened[day]
        return () if day in days_off or day in self.closed else self.hours[day.weekday()]


@dataclass(frozen=True, slots=True)
class CalendarTables:
    """A calendar over some whole years, as corners in UTC microseconds; all arrays are sorted.

    Outside its years nobody works, so ask for enough of them.
    """

    opens: Instants
    closes: Instants
    worked: Instants
    """Business time before each opening."""
    midnights: Instants
    """The beginning of every local day."""
    business_midnights: Instants
    """The beginning of every local day with hours …"""
    business_closes: Instants
    """… and when it closes for the day."""


def business_us(tables: CalendarTables, moments: Instants) -> Instants:
    """Business time from the tables' beginning to each moment."""
    at = np.searchsorted(tables.opens, moments, side="right") - 1
    inside = np.minimum(moments, tables.closes[at]) - tables.opens[at]
    counted: Instants = np.where(at < 0, 0, tables.worked[at] + inside)
    return counted


def calendar_tables(calendar: Calendar, first_year: int, last_year: int) -> CalendarTables:
    """The calendar's corners over the local years `first_year` to `last_year`, both included.

    Where clocks go back, an hour that comes twice is open both times from its first opening to its last closing.
    """
    zone = ZoneInfo(calendar.zone)
    off = _days_off(calendar.holidays, first_year, last_year)
    day, end = date(first_year, 1, 1), date(last_year + 1, 1, 1)
    midnights: list[int] = []
    business: list[tuple[int, int]] = []
    spans: list[tuple[int, int]] = []
    while day < end:
        midnight = _instant(zone, day, 0)
        midnights.append(midnight)
        hours = calendar.spans_of(day, off)
        if hours:
            today = [(_instant(zone, day, opens), _instant(zone, day, closes, fold=1)) for opens, closes in hours]
            business.append((midnight, today[-1][1]))
            spans.extend(today)
        day += timedelta(days=1)
    opens, closes = _merged(spans)
    worked = np.concatenate([np.zeros(1, np.int64), np.cumsum(closes - opens)[:-1]]) if len(opens) else opens
    ends = np.array(business, np.int64).reshape(-1, 2)
    return CalendarTables(opens, closes, worked, np.array(midnights, np.int64), ends[:, 0].copy(), ends[:, 1].copy())


def _instant(zone: ZoneInfo, day: date, minutes: int, *, fold: int = 0) -> int:
    """UTC microseconds of a local minute; one that the clock jumps over counts by the offset before the jump."""
    if minutes == DAY_MINUTES:
        day, minutes, fold = day + timedelta(days=1), 0, 0
    local = datetime.combine(day, time(minutes // 60, minutes % 60, fold=fold), zone)
    if fold and local.replace(fold=0).utcoffset() != local.utcoffset() and not _comes_twice(local):
        local = local.replace(fold=0)
    return microseconds(local)


def _comes_twice(local: datetime) -> bool:
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def _merged(spans: Sequence[tuple[int, int]]) -> tuple[Instants, Instants]:
    """Spans that touch or overlap made one; empty ones left out."""
    merged: list[list[int]] = []
    for opens, closes in spans:
        if closes <= opens:
            continue
        if merged and opens <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], closes)
        else:
            merged.append([opens, closes])
    both = np.array(merged, np.int64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def _days_off(wanted: Holidays | None, first_year: int, last_year: int) -> frozenset[date]:
    if wanted is None:
        return frozenset()
    import holidays  # noqa: PLC0415 - half a second to import, and only calendars with holidays need it

    years = range(first_year, last_year + 1)
    return frozenset(holidays.country_holidays(wanted.country, subdiv=wanted.subdivision, years=years))
