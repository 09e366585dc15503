"""`vidhuk sql` and `vidhuk metric`: questions to the published warehouse."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import home_option, json_option
from pipeline.domain.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.queries import Answer


@click.command()
@click.argument("query")
@home_option
@json_option
def sql(query: str, home: str | None, *, as_json: bool) -> None:
    """Run one QUERY on the published warehouse, read-only.

    \b
    vidhuk sql "select channel, count(*) as n from fct_feedback group by all order by n desc"
    vidhuk sql "from dim_metric" --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from warehouse.queries import asking

    with asking(_published_file(home), query) as answer:
        if as_json:
            _print_json(answer)
        else:
            from pipeline.cli.reporter import stdout_console
            from pipeline.cli.tables import print_rows

            print_rows(stdout_console(), answer.columns, (row for batch in answer.batches for row in batch))


@click.command()
@click.argument("name")
@click.option("--by", metavar="LIST", default="", help="Dimensions, comma-separated: channel,product,month …")
@click.option("--from", "start", metavar="DAY", help="First day, YYYY-MM-DD (UTC).")
@click.option("--to", "end", metavar="DAY", help="Day after the last, YYYY-MM-DD (UTC).")
@home_option
@json_option
def metric(name: str, by: str, start: str | None, end: str | None, home: str | None, *, as_json: bool) -> None:
    """Print the metric NAME with its n and interval, from whole counts at the grain asked for.

    \b
    vidhuk metric csat --by channel
    vidhuk metric complaint_share --by product,month --from 2026-01-01 --to 2026-07-01 --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    import msgspec

    from pipeline.metrics.registry import check_dimensions, metrics_named
    from warehouse.queries import metric_rows

    chosen = metrics_named(name)
    dimensions = tuple(part.strip() for part in by.split(",") if part.strip())
    for each in chosen:
        check_dimensions(each, dimensions)
    first, last = _day(start, "--from"), _day(end, "--to")
    if first and last and first >= last:
        raise UsageError(f"--from {first} is not before --to {last}; --to is the day after the last.")
    file = _published_file(home)
    answers = [(each, metric_rows(file, each, dimensions, first, last)) for each in chosen]
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


def _published_file(home: str | None) -> Path:
    from pipeline.settings import load_settings
    from warehouse.published import required

    return required(load_settings(home=home).published_path)[1]


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    with suppress(ValueError):
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day in UTC has no time of its own
    raise UsageError(f"{option} takes a day as YYYY-MM-DD, not `{text}`.")


def _print_json(answer: Answer) -> None:
    """One JSON array, a batch at a time, so that a long answer needs little memory."""
    import msgspec

    encoder = msgspec.json.Encoder()
    click.echo("[", nl=False)
    separator = ""
    for batch in answer.batches:
        for row in batch:
            text = encoder.encode(dict(zip(answer.columns, row, strict=True))).decode()
            click.echo(separator + text, nl=False)
            separator = ",\n"
    click.echo("]")
