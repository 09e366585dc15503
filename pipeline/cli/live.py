"""`vidhuk live`: the windows that the ledger keeps while events come in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import home_option, json_option

if TYPE_CHECKING:
    from rich.table import Table


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many to show.")
@home_option
@json_option
def live(limit: int, home: str | None, *, as_json: bool) -> None:
    """Show the newest live windows by event time: what has landed, before any warehouse is published.

    \b
    Examples:
      vidhuk live
      vidhuk live --limit 100 --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.views import live_windows
    from pipeline.domain.taxonomies.loading import load_taxonomy
    from pipeline.settings import load_settings

    settings = load_settings(home=home)
    taxonomy = load_taxonomy(settings.taxonomy)
    windows = live_windows(settings)[-limit:]
    if as_json:
        click.echo(json.dumps(windows))
        return
    from pipeline.cli.reporter import stdout_console

    console = stdout_console()
    if windows:
        console.print(windows_table(windows, taxonomy.label))
    else:
        console.print("No window yet: nothing has landed from this broker.")


def windows_table(windows: Sequence[Mapping[str, Any]], label: Callable[[str], str]) -> Table:
    """The windows as a table, in their order; `label` says what people call a category."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("window from (UTC)", "channel", "category"):
        table.add_column(name)
    for name in ("feedback", "complaints", "unsafe"):
        table.add_column(name, justify="right")
    for window in windows:
        start = datetime.fromtimestamp(window["window_start_us"] / 1_000_000, UTC)
        figures = (f"{window[name]:,}" for name in ("feedback", "complaints", "safety"))
        # channels name themselves, so their names are never read as markup
        names = (Text(window["channel"]), Text(label(window["category"])))
        table.add_row(f"{start:%Y-%m-%d %H:%M}", *names, *figures)
    return table
