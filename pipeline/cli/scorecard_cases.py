"""The scorecard's section about cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pipeline.services.scorecard_cases import CaseFigures
    from pipeline.statistics.estimate import Estimate


def cases_section(figures: CaseFigures) -> RenderableType:
    """Counts in one line, then a figure a line with its interval and n; 72 columns wide."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bright_black", pad_edge=False)
    for heading, right, width in (("", 0, 26), ("value", 1, 9), ("95 % interval", 1, 19), ("n", 1, 9)):
        table.add_column(heading, justify="right" if right else "left", width=width, no_wrap=True)
    for name, estimate in (
        ("half are closed within", figures.median_hours_to_close),
        ("90 % are closed within", figures.p90_hours_to_close),
    ):
        table.add_row(
            name,
            Text(span(estimate.value, in_days=_in_days(estimate)), style="bold"),
            _spans(estimate),
            f"{estimate.n:,.0f}",
        )
    for name, estimate in (
        ("clocks breached", figures.breached),
        ("reopened after closing", figures.reopened),
        ("fully upheld when closed", figures.upheld),
    ):
        table.add_row(name, Text(_share(estimate.value), style="bold"), _shares(estimate), f"{estimate.n:,.0f}")
    return Group(_counts(figures), table)


def span(hours: float | None, *, in_days: bool = False) -> str:
    """A length of time in hours or days; a dash where too many cases are open to say."""
    if hours is None:
        return "–"
    return f"{hours / 24:,.1f} d" if in_days else f"{hours:,.1f} h"


def _in_days(estimate: Estimate) -> bool:
    return estimate.value is not None and estimate.value >= 48


def _counts(figures: CaseFigures) -> Text:
    overdue = f" ({figures.overdue_now:,} overdue)" if figures.overdue_now else ""
    return Text.assemble(
        (f"{figures.received:,}", "bold"),
        " received: ",
        (f"{figures.open_now:,}", "bold"),
        " open now",
        (overdue, "red"),
        ", ",
        (f"{figures.closed:,}", "bold"),
        f" closed, {figures.ended_otherwise:,} ended otherwise",
    )


def _spans(estimate: Estimate) -> str:
    if estimate.value is None:
        return "too many open"
    lo, hi = (span(end, in_days=_in_days(estimate)) for end in (estimate.lo, estimate.hi))
    return f"{lo} – {hi if estimate.hi is not None else '…'}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _shares(estimate: Estimate) -> str:
    if estimate.lo is None or estimate.hi is None:
        return "none so far"
    return f"{100 * estimate.lo:.1f} – {100 * estimate.hi:.1f} %"
