"""Dates and times as files write them, as instants.

A local time that a clock change repeats is read as the first of the two; one that a clock change skips is read with
the offset before the change, which moves it forward by what was skipped. So a file always means the same instants.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
"""Events outside these years are refused by the intake, so a row that says so is refused here, by its column."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMERIC = {"unix": 1.0, "unix_ms": 1e-3}


def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name; raises `ValueError` when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'"{name}" is not an IANA time zone such as "Europe/Kyiv"') from error


def rfc3339(moment: datetime) -> str:
    """A UTC instant as text; fractions only where there are any."""
    return moment.isoformat().removesuffix("+00:00") + "Z"


def to_utc(local: datetime, where: ZoneInfo, *, fold: int = 0) -> datetime:
    """The instant of a local time; an offset that it carries already is believed.

    Raises `ValueError` outside the years that events may have.
    """
    aware = local.replace(tzinfo=where, fold=fold) if local.tzinfo is None else local
    moment = aware.astimezone(UTC) if EARLIEST_YEAR <= local.year <= LATEST_YEAR else None
    if moment is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError(f"is outside the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    return moment


def instant_reader(formats: tuple[str, ...], zone_name: str) -> Callable[[str], datetime]:
    """A function from text to a UTC instant that tries the formats in order.

    A format is `iso`, `unix` (seconds), `unix_ms`, or a pattern of `datetime.strptime`. The function raises
    `ValueError` whose text continues a sentence and never holds the value. Raises `ValueError` at once for an
    unknown zone.
    """
    where = zone(zone_name)
    expected = " or ".join(f'"{pattern}"' for pattern in formats)

    @lru_cache(maxsize=65_536)
    def read(text: str) -> datetime:
        for pattern in formats:
            local = _parsed(text, pattern)
            if local is not None:
                return to_utc(local, where)
        raise ValueError(f"is not a date as {expected}")

    return read


def _parsed(text: str, pattern: str) -> datetime | None:
    try:
        if pattern == "iso":
            return datetime.fromisoformat(text)
        if pattern in _NUMERIC:
            return _EPOCH + timedelta(seconds=round(float(text) * _NUMERIC[pattern], 6))
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the mapping's and is applied by the caller
    except (ValueError, OverflowError):
        return None
