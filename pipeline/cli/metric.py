"""`vidhuk metric` and `vidhuk metrics`: figures with their n and interval, and what each means."""

from __future__ import annotations

import click

from pipeline.cli.moments import day_option, instant_option
from pipeline.cli.options import home_option, json_option
from pipeline.domain.errors import UsageError


@click.command()
@click.argument("name")
@click.option("--by", metavar="LIST", default="", help="Dimensions, comma-separated: channel,product,month …")
@click.option("--from", "start", metavar="DAY", help="First day, YYYY-MM-DD (UTC).")
@click.option("--to", "end", metavar="DAY", help="Day after the last, YYYY-MM-DD (UTC).")
@click.option(
    "--as-known-at",
    metavar="T",
    help="As known then: 2026-03-31T18:00:00Z, or a day, which is its end.",
)
@home_option
@json_option
def metric(
    name: str, by: str, start: str | None, end: str | None, as_known_at: str | None, home: str | None, *, as_json: bool
) -> None:
    """Print the metric NAME with its n and interval, from whole counts at the grain asked for.

    A dimension may be a custom attribute of the answers or the feedback, such as a market. With --as-known-at the
    figure is made anew from what was recorded up to then: an `as_known_at` that an earlier answer printed gives that
    answer again.

    \b
    vidhuk metric csat --by channel
    vidhuk metric nps --by quarter,market
    vidhuk metric complaint_share --by product,month --from 2026-01-01 --to 2026-07-01 --json
    vidhuk metric csat --by month --as-known-at 2026-03-31
    """  # noqa: D301 - click's own mark for "do not wrap"
    import msgspec

    from pipeline.metrics.registry import metrics_named
    from pipeline.services.measuring import measure
    from pipeline.settings import load_settings
    from warehouse.metric_queries import Question

    chosen = metrics_named(name)
    first, last = day_option(start, "--from"), day_option(end, "--to")
    if first and last and first >= last:
        raise UsageError(f"--from {first} is not before --to {last}; --to is the day after the last.")
    dimensions = tuple(part.strip() for part in by.split(",") if part.strip())
    question = Question(dimensions, first, last)
    moment = instant_option(as_known_at, "--as-known-at")
    settings = load_settings(home=home)
    answers = [(each, measure(settings, each, question, moment)) for each in chosen]
    if as_json:
        click.echo(msgspec.json.encode([row for _, rows in answers for row in rows]).decode())
        return
    from pipeline.cli.metric_view import show_metric
    from pipeline.cli.reporter import stdout_console

    for each, rows in answers:
        if rows:
            show_metric(stdout_console(), each, rows, dimensions)
        else:
            click.echo(f"{each.name}: nothing was observed in this period.")


@click.group()
def metrics() -> None:
    """What can be measured, and what each figure means.

    \b
    vidhuk metrics list
    """  # noqa: D301 - click's own mark for "do not wrap"


@metrics.command("list")
@json_option
def list_metrics(*, as_json: bool) -> None:
    """Print every metric with what it means; with --json, its whole definition.

    \b
    vidhuk metrics list
    vidhuk metrics list --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    import msgspec

    from pipeline.metrics.registry import FAMILIES, METRICS, described

    if as_json:
        click.echo(msgspec.json.encode([described(metric) for metric in METRICS.values()]).decode())
        return
    from pipeline.cli.metric_view import list_view
    from pipeline.cli.reporter import stdout_console

    list_view(stdout_console(), METRICS.values(), FAMILIES)
