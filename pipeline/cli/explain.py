"""`vidhuk explain-diff`: why today's figure for a past period is not what was published."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import click

from pipeline.cli.moments import instant_option
from pipeline.cli.options import home_option, json_option
from pipeline.domain.errors import UsageError

if TYPE_CHECKING:
    from pipeline.metrics.explanation import Explanation


@click.command("explain-diff")
@click.argument("name")
@click.option("--period", metavar="P", help="2026-Q1, 2026-03 … or FIRST..END; everything unless given.")
@click.option("--where", metavar="LIST", default="", help="channel=email,product=parcel …")
@click.option("--published", metavar="T", help="As published at this moment: 2026-03-31T18:00:00Z, or a day's end.")
@click.option("--from-version", metavar="N", type=int, help="As published in this version; else the first one.")
@home_option
@json_option
def explain_diff(
    name: str,
    period: str | None,
    where: str,
    published: str | None,
    from_version: int | None,
    home: str | None,
    *,
    as_json: bool,
) -> None:
    """Say why the metric NAME is not what was published any more: parts that add up to the difference exactly.

    Each contribution is compared between the two publications: what was recorded later, what was reclassified, steps
    that came late, what happened since, and a changed definition. Where models have changed and the old file is gone,
    that is said.

    \b
    vidhuk explain-diff csat --period 2026-Q1 --published 2026-04-03
    vidhuk explain-diff uphold_rate --period 2026-03 --where channel=email --from-version 7 --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    import msgspec

    from pipeline.metrics.registry import METRICS, metrics_named
    from pipeline.metrics.sides import days_of, side_of
    from pipeline.services.explaining import explain, publication_of
    from pipeline.settings import load_settings
    from warehouse.metric_queries import Question

    if len(metrics_named(name)) > 1:
        raise UsageError(f"{name} stands for several metrics; explain one of them.")
    metric, settings = METRICS[name], load_settings(home=home)
    start, end = days_of(period) if period else (None, None)
    question = Question((), start, end, tuple(side_of(where)[2].items()))
    publication = publication_of(settings, version=from_version, moment=instant_option(published, "--published"))
    explanation, caveat = explain(settings, metric, question, publication)
    if as_json:
        document = {"metric": name, "from_version": publication.version, "caveat": caveat, **_document(explanation)}
        click.echo(msgspec.json.encode(document).decode())
        return
    from pipeline.cli.metric_view import show_explanation
    from pipeline.cli.reporter import stdout_console

    show_explanation(stdout_console(), metric, publication.version, explanation, caveat)


def _document(explanation: Explanation) -> dict[str, object]:
    """Values as numbers, and as the fractions that add up exactly."""
    return {
        "published": _number(explanation.published_value),
        "now": _number(explanation.now_value),
        "parts": [
            {
                "cause": part.cause,
                "units": part.units,
                "numerator": float(part.numerator),
                "n": part.n,
                "value": _number(part.value),
                "exact_value": None if part.value is None else str(part.value),
            }
            for part in explanation.parts
        ],
    }


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
