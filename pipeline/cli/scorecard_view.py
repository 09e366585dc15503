"""The scorecard for people (80 columns, coloured where the terminal takes colour) and for programs (JSON)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from pipeline.cli.scorecard_cases import cases_section
from pipeline.services.scorecard import CategoryLine, Measure, Portion, Scorecard, Unusual

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pipeline.statistics.estimate import Estimate

WIDTH = 80
_CASES_PRINT = "Time to close: Kaplan-Meier, log-log, open cases counted as still waiting. "
_LEVELS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_DIM, _STRONG, _GOOD, _BAD = "bright_black", "bold", "green", "red"


def to_json(card: Scorecard) -> bytes:
    """The whole scorecard as one JSON document."""
    return msgspec.json.encode(card)


def show(card: Scorecard, console: Console | None = None) -> None:
    """Print the scorecard, 80 columns wide. Without a terminal, or with NO_COLOR set, no colour codes are written.

    A narrower terminal wraps the lines: cutting a figure short would falsify it. An output that cannot hold the bars
    gets question marks in their place.
    """
    shown = console or Console(highlight=False)
    if isinstance(shown.file, TextIOWrapper) and not shown.encoding.startswith("utf"):
        shown.file.reconfigure(errors="replace")
    shown.width = max(shown.width, WIDTH)
    shown.print(page(card), width=WIDTH)


def page(card: Scorecard) -> RenderableType:
    """The scorecard as something rich can print."""
    parts: list[RenderableType] = [_flow(card)]
    if not card.feedback:
        parts.append(Text("The warehouse holds no feedback yet, so there is nothing to measure.", style=_DIM))
    parts += [_section("Satisfaction", _measures(card.measures))]
    if card.feedback:
        parts += [
            _section("What people write", _classes(card)),
            _section("What they complain about", _categories(card.categories)),
            *([] if card.case_figures is None else [_section("Cases", cases_section(card.case_figures))]),
            _section("Who and where", _side_by_side(card)),
            _section("Worth a look", _notes(card)),
        ]
    if card.dead_letters:
        parts.append(_section("Dead letters by reason", _portions(card.dead_letters)))
    parts.append(Text(_small_print(card), style=_DIM))
    return Panel(Group(*parts), title=f"[bold]Scorecard[/]  {_period(card)}", title_align="left", padding=(1, 2))


def sparkline(values: Sequence[float | None], width: int = 26) -> str:
    """The last `width` values as blocks from the lowest to the highest of them; a gap where there is none."""
    shown = values[-width:]
    known = [value for value in shown if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    step = (high - low) / (len(_LEVELS) - 1) or 1.0
    return "".join(" " if value is None else _LEVELS[round((value - low) / step)] for value in shown)


def bar(share: float, width: int = 20) -> str:
    """`share` of `width` cells, to an eighth of a cell."""
    full, rest = divmod(round(max(0.0, min(share, 1.0)) * width * 8), 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def _section(title: str, body: RenderableType) -> RenderableType:
    return Padding(Group(Rule(Text(title, style=_STRONG), align="left", style=_DIM), body), (1, 0, 0, 0))


def _period(card: Scorecard) -> str:
    return "" if card.first_day is None else f"{card.first_day} … {card.last_day}, UTC"


def _flow(card: Scorecard) -> RenderableType:
    flow = card.flow
    return Text.assemble(
        (f"{flow.read:,}", _STRONG),
        " read = ",
        (f"{flow.accepted:,}", _STRONG),
        " accepted + ",
        (f"{flow.duplicates:,}", _STRONG),
        " duplicates + ",
        (f"{flow.dead_letters:,}", _STRONG),
        " dead letters",
    )


def _grid(*columns: tuple[str, str, int | None]) -> Table:
    """A borderless table; columns as (heading, justify, width)."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=_DIM, pad_edge=False)
    for heading, justify, width in columns:
        table.add_column(heading, justify="right" if justify == "right" else "left", width=width, no_wrap=True)
    return table


def _measures(measures: Iterable[Measure]) -> RenderableType:
    table = _grid(
        ("", "left", 21),
        ("value", "right", 7),
        ("95 % interval", "right", 15),
        ("n", "right", 7),
        ("by week", "left", 16),
    )
    for measure in measures:
        table.add_row(
            _measure_name(measure),
            Text(_figure(measure.estimate.value, measure.unit), style=_STRONG),
            _interval(measure.estimate, measure.unit),
            f"{measure.estimate.n:,.0f}",
            Text(sparkline(measure.weekly, 16), style="cyan"),
        )
    return table


def _measure_name(measure: Measure) -> Text:
    rule = {"CSAT": "4–5 of 1–5", "NPS": "9–10 minus 0–6", "CES": "5–7 of 1–7"}.get(measure.name, "")
    return Text.assemble((f"{measure.name:<5}", _STRONG), (rule, _DIM))


def _classes(card: Scorecard) -> RenderableType:
    return _portions(card.classes)


def _portions(portions: Sequence[Portion]) -> RenderableType:
    table = _grid(
        ("", "left", 22),
        ("n", "right", 8),
        ("share", "right", 7),
        ("95 % interval", "right", 15),
        ("", "left", 12),
    )
    for portion in portions:
        table.add_row(
            _plain(portion.name),
            f"{portion.count:,}",
            _figure(portion.share.value, "share"),
            _interval(portion.share, "share"),
            Text(_against_largest(portion, portions, 12), style="blue"),
        )
    return table


def _against_largest(portion: Portion, portions: Sequence[Portion], width: int) -> str:
    return bar(portion.count / max(portions[0].count, 1), width)


def _categories(lines: Sequence[CategoryLine]) -> RenderableType:
    table = _grid(
        ("", "left", 23),
        ("n", "right", 7),
        ("share", "right", 6),
        ("week", "right", 5),
        ("change", "right", 7),
        ("by week", "left", 16),
    )
    table.columns[0].no_wrap = False  # a label may be longer than its column, and no letter of it is cut
    for line in lines[:8]:
        table.add_row(
            Text(line.label),
            f"{line.count:,}",
            _figure(line.share.value, "share"),
            f"{line.last_week:,}",
            _change(line),
            Text(sparkline(line.weekly, 16), style="cyan"),
        )
    return table


def _change(line: CategoryLine) -> Text:
    """Coloured only when the interval leaves out no change at all."""
    change = line.change
    if change.value is None:
        return Text("–", style=_DIM)
    is_more = change.lo is not None and change.lo > 0
    is_less = change.hi is not None and change.hi < 0
    return Text(f"{change.value:+.0%}", style=_BAD if is_more else _GOOD if is_less else _DIM)


def _side_by_side(card: Scorecard) -> RenderableType:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False)
    table.add_column(width=36)
    table.add_column(width=36)
    table.add_row(_short(card.languages), _short(card.channels))
    return table


def _short(portions: Sequence[Portion]) -> RenderableType:
    table = _grid(("", "left", 8), ("", "right", 7), ("", "right", 6), ("", "left", 9))
    table.show_header = False
    for portion in portions[:7]:
        table.add_row(
            portion.name,
            f"{portion.count:,}",
            _figure(portion.share.value, "share"),
            Text(_against_largest(portion, portions, 9), style="blue"),
        )
    return table


def _notes(card: Scorecard) -> RenderableType:
    notes = [_unusual(card.unusual)] if card.unusual else []
    safety = card.safety
    notes.append(
        Text.assemble(
            (f"{safety.count:,}", _BAD if safety.count else _STRONG),
            f" flagged as unsafe: {_figure(safety.share.value, 'share')} of feedback"
            f" ({_interval(safety.share, 'share')}, n {safety.share.n:,.0f})",
        )
    )
    cases = {portion.name: portion for portion in card.cases}
    closed, told = cases.get("closed"), [cases[name] for name in ("closed", "reopened", "escalated") if name in cases]
    if closed is not None and card.case_figures is None:
        steps = ", ".join(
            f"{portion.count:,} {portion.name} ({_figure(portion.share.value, 'share')})" for portion in told
        )
        notes.append(Text(f"Of {closed.share.n:,.0f} complaint cases: {steps}"))
    return Group(*notes)


def _unusual(unusual: Unusual) -> Text:
    direction = "above" if unusual.departure > 0 else "below"
    return Text.assemble(
        (f"{unusual.day} {unusual.label}", _STRONG),
        f": {unusual.count:,} where {unusual.usual:,.0f} are usual"
        f" ({abs(unusual.departure):.1f} robust deviations {direction}, {unusual.days} days)",
    )


def _small_print(card: Scorecard) -> str:
    nps = next((measure.estimate.method for measure in card.measures if measure.name == "NPS"), "")
    return (
        "\nIntervals: shares wilson, NPS "
        f"{nps.removeprefix('nps ')}. Change: the last seven whole days against the seven before; "
        "coloured when its interval leaves out zero. "
        f"{'' if card.case_figures is None else _CASES_PRINT}Record class and category are the classifier's unless the "
        "channel stated them."
    )


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:.1%}" if unit == "share" else f"{value:+.1f}"


def _interval(estimate: Estimate, unit: str) -> str:
    if estimate.lo is None or estimate.hi is None:
        return "no answers"
    if unit == "share":
        return f"{100 * estimate.lo:.1f} – {100 * estimate.hi:.1f} %"
    return f"{estimate.lo:+.1f} – {estimate.hi:+.1f}"


def _plain(name: str) -> str:
    return name.replace("_", " ")
