"""A metric as people read it: value, interval and n side by side, what it is in one line below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.tables import shown
from pipeline.metrics.comparison import Comparison, Side
from pipeline.metrics.explanation import CAUSES, Explanation
from pipeline.metrics.metric import PERIODS, Metric

Row = Mapping[str, object]

_STANDINGS: Final = {"holds": "yes", "caution": "but", "broken": "no "}


def show_metric(console: Console, metric: Metric, rows: Sequence[Row], by: Sequence[str]) -> None:
    """Print the rows of one metric and a line that says how to read them."""
    dimensions = [name for name in by if name not in PERIODS]
    period = next((name for name in by if name in PERIODS), None)
    scaled = any(row["scale"] is not None for row in rows)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    dimensions = [*(name for name in _apart(metric, rows) if name not in dimensions), *dimensions]
    for name in [*([period] if period else []), *dimensions, *(["scale"] if scaled else [])]:
        table.add_column(name, overflow="fold")
    counted = not metric.has_interval
    numbers = (metric.name,) if counted else (metric.name, "95 % interval", "n", "of which")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            *([Text(str(row["period_start"]))] if period else []),
            *(shown(row[name]) for name in dimensions),
            *([shown(row["scale"])] if scaled else []),
            Text(_value(metric, row["value"]) + _marks(row), style="bold"),
            *([] if counted else [_interval(metric, row), _count(row["n"]), _count(row["numerator"])]),
        )
    console.print(table)
    first, last = min(str(row["period_start"]) for row in rows), max(str(row["period_end"]) for row in rows)
    method = ", ".join(sorted({str(row["method"]) for row in rows}))
    versions = ", ".join(sorted({str(row["definition_version"]) for row in rows}))
    of_which = "" if counted else f" Of which: {metric.numerator}"
    console.print(
        Text(
            f"{metric.definition} {metric.population}{of_which} From {first} up to {last} (UTC), as known at"
            f" {rows[0]['as_known_at']}. Method: {method}; definition {versions}.",
            style="dim",
        )
    )
    for sentence in _cautions(metric, rows):
        console.print(Text(sentence, style="yellow"))


def _apart(metric: Metric, rows: Sequence[Row]) -> list[str]:
    """Columns that tell rows apart which are never summed; series and version only where there are two."""
    if metric.aggregate.series == "clock":
        return ["clock"]
    several = [
        name
        for name in ("series", "definition_version")
        if len({(row.get(name), row["scale"]) for row in rows}) > len({row["scale"] for row in rows})
    ]
    if metric.aggregate.series and not metric.aggregate.is_surveyed:
        return [metric.aggregate.series]
    return several


def list_view(console: Console, metrics: Iterable[Metric], families: Mapping[str, Sequence[str]]) -> None:
    """Print each metric's name, kind of measure and definition, then the names that stand for several."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("metric", no_wrap=True)
    table.add_column("measure", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    for metric in metrics:
        table.add_row(Text(metric.name), Text(metric.nature), Text(metric.definition))
    for name, members in families.items():
        table.add_row(Text(name), Text("several"), Text(f"All of {', '.join(members)}, each by its own name."))
    console.print(table)


def show_comparison(console: Console, metric: Metric, comparison: Comparison, a: Side, b: Side) -> None:
    """Print both figures, each check in a sentence, and the difference where there is one."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("side", overflow="fold")
    for name in (metric.name, "95 % interval", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    for mark, side in (("a", a), ("b", b)):
        for row in side.figures:
            table.add_row(
                Text(f"{mark}: {side.said}"),
                Text(_value(metric, row["value"])),
                _interval(metric, row),
                _count(row["n"]),
            )
    console.print(table)
    for check in comparison.checks:
        console.print(Text(f"{_STANDINGS[check.standing]} {check.check}: {check.says}"))
    if comparison.difference is None:
        console.print(
            Text("Not comparable." if not comparison.comparable else "No difference can be taken."), style="bold"
        )
        return
    found = comparison.difference
    by = _difference(metric, found.value)
    test = "" if found.z is None or found.p is None else f"; z {found.z:.3f}, p {found.p:.4f}"
    console.print(
        Text(
            f"Comparable. a - b: {by} ({_difference(metric, found.lo)} to {_difference(metric, found.hi)}){test}."
            f" Method: {found.method}."
        ),
        style="bold",
    )


def show_explanation(
    console: Console, metric: Metric, version: int, explanation: Explanation, caveat: str | None
) -> None:
    """Print the figure then and now, and between them what each cause added."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", overflow="fold")
    for name in (metric.name, "numerator", "n", "contributions"):
        table.add_column(name, justify="right", no_wrap=True)
    then, now = explanation.published_value, explanation.now_value
    published = _value(metric, None if then is None else float(then))
    table.add_row(f"published in version {version}", published, "", _count(explanation.published.n), "")
    for part in explanation.parts:
        if not part.units and not part.value:
            continue
        value = "–" if part.value is None else _difference(metric, float(part.value))
        table.add_row(part.cause, value, f"{float(part.numerator):+,.0f}", f"{part.n:+,}", f"{part.units:,}")
    table.add_row(
        "as known now", _value(metric, None if now is None else float(now)), "", _count(explanation.now.n), ""
    )
    console.print(table)
    for part in explanation.parts:
        if part.units:
            console.print(Text(f"{part.cause}: {CAUSES[part.cause]}", style="dim"))
    if caveat:
        console.print(Text(caveat, style="yellow"))


def _difference(metric: Metric, value: float) -> str:
    return f"{100 * value:+.1f} points" if metric.kind == "share" else f"{value:+.2f}"


def _cautions(metric: Metric, rows: Sequence[Row]) -> list[str]:
    """What a reader must know before acting on these figures."""
    said = []
    if any(row["is_below_floor"] for row in rows):
        said.append(f"* fewer than {metric.floor}: read the interval, not the value.")
    if any(row["is_mature"] is False for row in rows):
        said.append(f"~ not yet mature: such figures still move for {metric.maturity_days} days after a period's end.")
    if any(row.get("n_eff") not in (None, row["n"]) for row in rows) and metric.kind != "index":
        worst = max(float(str(row["design_effect"])) for row in rows)
        said.append(f"Weighted: intervals are at Kish's n_eff; weighting widens variances up to {worst:.2f} times.")
    if metric.kind == "index" and len({row["definition_version"] for row in rows}) > 1:
        said.append("Other weights are another version: the series breaks, and figures of two versions do not compare.")
    if any(str(row["projectable"]).startswith("no: ") for row in rows):
        said.append("Not projectable: people chose themselves, so the interval is about them, never about customers.")
    if metric.projectable == "no":
        said.append("Not projectable: who speaks unasked says nothing of those who keep silent.")
    return said


def _marks(row: Row) -> str:
    return ("*" if row["is_below_floor"] else "") + ("~" if row["is_mature"] is False else "")


def _value(metric: Metric, value: object) -> str:
    if not isinstance(value, (int, float)):
        return "–"
    match metric.kind:
        case "share":
            return f"{value:.1%}"
        case "net":
            return f"{value:+.1f}"
        case "mean" | "rate" | "index":
            return f"{value:.2f}"
        case "quantile":
            return f"{value:,.1f} h"
        case _:
            return f"{value:,.0f}"


def _interval(metric: Metric, row: Row) -> str:
    if row["lo"] is None or row["hi"] is None:
        return "–"
    return f"{_value(metric, row['lo'])} – {_value(metric, row['hi'])}"


def _count(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, (int, float)) else "–"
