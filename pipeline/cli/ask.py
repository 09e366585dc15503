"""`vidhuk sql`: free questions to the published warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.options import home_option, json_option

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

    with asking(published_file(home), query) as answer:
        if as_json:
            _print_json(answer)
        else:
            from pipeline.cli.reporter import stdout_console
            from pipeline.cli.tables import print_rows

            print_rows(stdout_console(), answer.columns, (row for batch in answer.batches for row in batch))


def published_file(home: str | None) -> Path:
    """The home's current warehouse; `UsageError` where there is none."""
    from pipeline.settings import load_settings
    from warehouse.published import required

    return required(load_settings(home=home).published_path)[1]


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
