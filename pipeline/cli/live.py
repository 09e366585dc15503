"""`vidhuk live`: the windows that the ledger keeps while events come in."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from pipeline.cli.options import home_option, json_option


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
    from pipeline.settings import load_settings

    windows = live_windows(load_settings(home=home))[-limit:]
    if as_json:
        click.echo(json.dumps(windows))
        return
    from rich.table import Table

    from pipeline.cli.reporter import stdout_console

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("window from (UTC)", "channel", "category"):
        table.add_column(name)
    for name in ("feedback", "complaints", "unsafe"):
        table.add_column(name, justify="right")
    for window in windows:
        start = datetime.fromtimestamp(window["window_start_us"] / 1_000_000, UTC)
        figures = (f"{window[name]:,}" for name in ("feedback", "complaints", "safety"))
        table.add_row(f"{start:%Y-%m-%d %H:%M}", window["channel"], window["category"], *figures)
    console = stdout_console()
    if windows:
        console.print(table)
    else:
        console.print("No window yet: nothing has landed from this broker.")
