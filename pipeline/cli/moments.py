"""Days and instants as people type them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

from pipeline.domain.errors import UsageError


def day_option(text: str | None, option: str) -> date | None:
    """A day in UTC; None where the option was not given. Raises `UsageError` naming the option."""
    if text is None:
        return None
    with suppress(ValueError):
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day in UTC has no time of its own
    raise UsageError(f"{option} takes a day as YYYY-MM-DD, not `{text}`.")


def instant_option(text: str | None, option: str) -> datetime | None:
    """An instant; a day alone is its end, a time without offset is UTC. Raises `UsageError` naming the option."""
    if text is None:
        return None
    with suppress(ValueError):
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - as above
        return datetime.combine(day + timedelta(days=1), time(tzinfo=UTC)) - timedelta(microseconds=1)
    with suppress(ValueError):
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    raise UsageError(f"{option} takes an instant such as 2026-03-31T18:00:00Z, or a day, not `{text}`.")
