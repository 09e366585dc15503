"""When people write: the hour of the day, the day of the week, the time of the year, and the incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from pipeline.simulator.chance import Chance, between
from pipeline.simulator.company import INCIDENT_CATEGORY, INCIDENT_LIFT_PERCENT, INCIDENT_PRODUCT
from pipeline.simulator.truth import Incident

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_HOURS_UTC: Final = (3, 2, 2, 3, 6, 14, 28, 44, 52, 54, 52, 50, 48, 50, 50, 48, 46, 46, 48, 44, 34, 22, 12, 6)
_WEEKDAYS: Final = (118, 112, 106, 102, 100, 76, 62)  # Monday first
_MONTHS: Final = (116, 98, 100, 94, 92, 86, 82, 88, 98, 102, 118, 130)
_PEAKS: Final = {(2, 14): 125, (3, 8): 140, (3, 9): 130, (11, 27): 170, (11, 28): 165, (12, 23): 135, (12, 29): 130}


def micros(moment: datetime) -> int:
    """An aware datetime as integer microseconds since 1970, UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


@cache
def day_name(days: int) -> str:
    """The date so many days after 1970-01-01, as `2026-01-31`."""
    return (EPOCH + timedelta(days=days)).date().isoformat()


def the_incident(start: datetime, days: int) -> Incident:
    """Where the incident falls in a run: two fifths in, for a thirtieth of it, from one day to five."""
    begins = start + timedelta(days=days * 2 // 5)
    ends = min(begins + timedelta(days=min(max(days // 30, 1), 5)), start + timedelta(days=days))
    return Incident(category=INCIDENT_CATEGORY, product=INCIDENT_PRODUCT, start=begins, end=ends)


def hourly_counts(total: int, start: datetime, days: int, incident: Incident, chance: Chance) -> list[int]:
    """How many people begin to write in each hour of the run; sums to `total`.

    Days differ by up to a tenth either way beside their season, so that two Mondays are not twins.
    """
    weights: list[int] = []
    for number in range(days):
        day = start + timedelta(days=number)
        weight = _WEEKDAYS[day.weekday()] * _season(day) * between(chance, 90, 111)
        lift = 100 + (INCIDENT_LIFT_PERCENT if incident.start <= day < incident.end else 0)
        weights.extend(weight * lift * _HOURS_UTC[(day.hour + hour) % 24] for hour in range(24))
    counts: list[int] = []
    whole, running, placed = sum(weights), 0, 0
    for weight in weights:
        running += weight
        upto = total * running // whole
        counts.append(upto - placed)
        placed = upto
    return counts


def _season(day: datetime) -> int:
    """Months blend into one another around their first day; single peaks lie on top."""
    this, following = _MONTHS[day.month - 1], _MONTHS[day.month % 12]
    level = (this * (31 - day.day) + following * (day.day - 1)) // 30
    return level * _PEAKS.get((day.month, day.day), 100) // 100
