"""Limits and counts that several suites hold to."""

from __future__ import annotations

from typing import Final

EARLIEST: Final = "1900-01-01"
LATEST: Final = "2101-01-01"
"""Intake rejects events from outside the years 1900 to 2100."""

COUNTABLE: Final = 1_000_000_000_000
"""More than any lake holds: a count above it is a mistake."""


LONGEST_US: Final = 10_000_000_000_000_000
"""Microseconds, more than the years 1900 to 2100 have: a duration above it is a mistake."""


def first_of(event_type: str) -> str:
    """SQL that counts the lake's identities whose first event is of a type; `%` stands for any text.

    It does not use the staging models, so that it can find them wrong.
    """
    return (
        'select count(*) from (select arg_min(type, (recordedtime, "partition", "offset")) as type '  # noqa: S608 - constants
        f"from lake_events group by source, id) where type like '{event_type}'"
    )
