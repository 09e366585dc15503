"""Open cases as people read them: the most urgent first, and how late each is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from pipeline.cli.case_view import spell

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.services.case_list import OpenCase, OpenCases

WIDE: Final = 100
"""From so many columns on there is room for what a case is about."""


def show_cases(console: Console, found: OpenCases) -> None:
    """Print the cases in whatever width the terminal has, and of how many these are the first."""
    now = found.as_known_at or datetime.now(UTC)
    if not found.shown:
        console.print("No such case is open.")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black")
    has_room = console.width >= WIDE
    table.add_column("case", overflow="fold", style="bold", no_wrap=True)
    table.add_column("open for", justify="right", no_wrap=True)
    table.add_column("state", overflow="fold")
    table.add_column("priority", no_wrap=True)
    table.add_column("next clock", overflow="fold")
    if has_room:
        table.add_column("about", overflow="fold", style="bright_black")
    for case in found.shown:
        table.add_row(
            case.case_id,
            _between(case.received_at, now),
            _plain(case.state),
            _priority(case),
            _clock(case, now),
            *([_about(case)] if has_room else []),
        )
    console.print(table)
    known = "" if found.as_known_at is None else f" As known at {found.as_known_at:%Y-%m-%d %H:%M} UTC."
    console.print(
        Text(f"{len(found.shown):,} of {found.total:,} open cases; {found.overdue:,} are late.{known}", "bright_black")
    )


def _about(case: OpenCase) -> str:
    return " · ".join(_plain(each) for each in (case.product, case.category) if each)


def _priority(case: OpenCase) -> Text:
    if case.safety:
        return Text("safety", "red")
    return Text(case.priority or "–")


def _clock(case: OpenCase, now: datetime) -> Text:
    if case.clock is None or case.due_at is None:
        return Text("–")
    name = _plain(case.clock)
    if case.is_overdue:
        return Text(f"{name}, {_between(case.due_at, now)} late", "red")
    return Text(f"{name}, {_between(now, case.due_at)} left")


def _between(start: datetime, end: datetime) -> str:
    """The largest unit is enough to choose by: `12 d`, `5 h 20 min`."""
    said = spell(round((end - start).total_seconds() * 1_000_000))
    return said.split(" d ")[0] + " d" if " d " in said else said


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")
