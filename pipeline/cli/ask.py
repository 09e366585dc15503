"""`vidhuk sql` and `vidhuk metric`: questions to the published warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import home_option, json_option
from pipeline.domain.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.metrics.registry import Metric
    from warehouse.queries import Answer

ASIDE = ("standard_error", "method", "definition_version", "as_known_at")
"""Columns that a terminal has no room for; `--json` has them all."""


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
            _print_table(answer.columns, (row for batch in answer.batches for row in batch))


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
    rows = [row for each in chosen for row in metric_rows(file, each, dimensions, first, last)]
    if as_json:
        click.echo(msgspec.json.encode(rows).decode())
        return
    _explain(chosen)
    if rows:
        click.echo(f"As known at {rows[0]['as_known_at']}.")
        shown = [name for name in rows[0] if name not in ASIDE]
        _print_table(shown, (tuple(row[name] for name in shown) for row in rows))
    else:
        click.echo("Nothing was observed in this period.")


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


def _print_table(columns: Iterable[str], rows: Iterator[tuple[object, ...]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from pipeline.cli.reporter import stdout_console

    table = Table(*columns)
    for row in rows:
        # text from outside is never read as markup
        table.add_row(*(Text(_shown(value)) for value in row))
    stdout_console().print(table)


def _explain(chosen: Iterable[Metric]) -> None:
    for each in chosen:
        click.echo(
            f"{each.name} ({each.unit}): {each.definition} Population: {each.population}"
            f" Interval: {each.method}, 95 %; definition {each.definition_version}."
        )


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.5g}" if isinstance(value, float) else str(value)
