"""`vidhuk compare`: two figures of one metric, and whether their difference means anything."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import home_option, json_option
from pipeline.domain.errors import UsageError

if TYPE_CHECKING:
    from pipeline.metrics.comparison import Comparison, Side
    from pipeline.metrics.metric import Metric


@click.command()
@click.argument("name")
@click.option("--a", "first", metavar="SIDE", required=True, help="period=2026-Q1,channel=email …")
@click.option("--b", "second", metavar="SIDE", required=True, help="The other side, written alike.")
@home_option
@json_option
def compare(name: str, first: str, second: str, home: str | None, *, as_json: bool) -> None:
    """Say whether two figures of the metric NAME may be compared and why, and only then how they differ.

    A side narrows the metric: period= (2026, 2026-Q1, 2026-03, 2026-W10, 2026-03-05 or FIRST..END), any dimension, or
    one custom attribute; channel= with nothing after it means: not stated. Not comparable is an answer, not an error:
    the exit code is 0, and with --json `comparable` is false.

    \b
    vidhuk compare csat --a period=2026-Q1 --b period=2026-Q2
    vidhuk compare nps --a survey=relation,wave=7 --b survey=relation,wave=8
    vidhuk compare complaint_share --a period=2026-03,product=parcel --b period=2026-04,product=parcel --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    import msgspec

    from pipeline.metrics.registry import METRICS, metrics_named
    from pipeline.services.comparing import compare_sides
    from pipeline.settings import load_settings

    if len(metrics_named(name)) > 1:
        members = ", ".join(metric.name for metric in metrics_named(name))
        raise UsageError(f"{name} stands for several metrics; compare one of them: {members}.")
    metric = METRICS[name]
    comparison, a, b = compare_sides(load_settings(home=home), metric, first, second)
    if as_json:
        click.echo(msgspec.json.encode(_document(metric, comparison, a, b)).decode())
        return
    from pipeline.cli.metric_view import show_comparison
    from pipeline.cli.reporter import stdout_console

    show_comparison(stdout_console(), metric, comparison, a, b)


def _document(metric: Metric, comparison: Comparison, a: Side, b: Side) -> dict[str, object]:
    difference = None if comparison.difference is None else asdict(comparison.difference)
    return {
        "metric": metric.name,
        "comparable": comparison.comparable,
        "checks": [asdict(check) for check in comparison.checks],
        "a": list(a.figures),
        "b": list(b.figures),
        "difference": difference,
    }
