"""Moments as the pipeline compares and writes them: integer microseconds, and RFC 3339 text in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100
EARLIEST_MS: Final = int((datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) * 1000
END_MS: Final = int((datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) * 1000
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware moment."""
    return (moment - EPOCH) // _MICROSECOND


def is_in_range(moment: datetime) -> bool:
    """Whether an aware moment lies in the years 1900 to 2100, in UTC."""
    if FIRST_YEAR < moment.year < LAST_YEAR:
        return True
    if not FIRST_YEAR - 1 <= moment.year <= LAST_YEAR + 1:
        return False
    return EARLIEST_MS * 1000 <= microseconds(moment) < END_MS * 1000


def rfc3339(ms: int) -> str:
    """A moment given in milliseconds since 1970, as UTC text with microseconds.

    >>> rfc3339(1_500)
    '1970-01-01T00:00:01.500000Z'
    """
    moment = EPOCH + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
