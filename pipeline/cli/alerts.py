"""`vidhuk alerts`: what the ledger told of."""

from __future__ import annotations

import json
from typing import Any

import click

from pipeline.cli.options import home_option, json_option


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many to show.")
@home_option
@json_option
def alerts(limit: int, home: str | None, *, as_json: bool) -> None:
    """Show the newest alerts by when what they tell of came about, newest last; each once, however often it was sent.

    \b
    Examples:
      vidhuk alerts
      vidhuk alerts --limit 100 --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.views import alerts_so_far
    from pipeline.settings import load_settings

    found = alerts_so_far(load_settings(home=home))
    shown = found[-limit:]
    if as_json:
        click.echo(json.dumps(shown))
        return
    from rich.table import Table
    from rich.text import Text

    from pipeline.cli.reporter import stdout_console

    console = stdout_console()
    if not shown:
        console.print("No alert: nothing ran out, or nothing has landed from this broker.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("since (UTC)", "alert", "about", "clock", "priority", "product"):
        table.add_column(name)
    for alert in shown:
        data = alert.get("data", {})
        kind = alert["type"].removeprefix("vidhuk.alert.").removesuffix(".v1")
        since = alert["time"][:16].replace("T", " ")
        about = (alert.get("subject") or "", data.get("clock"), data.get("priority"), data.get("product"))
        cells = (since, kind, *(str(each) if each is not None else "" for each in about))
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    for alert in shown:
        if "topic" in alert.get("data", {}):
            console.print(Text(_said(alert["subject"], alert["data"])))
    console.print(f"{len(shown):,} of {len(found):,}", style="dim")


def _said(about: str, data: dict[str, Any]) -> str:
    """A topic in words: how many texts hold it, against what was ordinary, and the examples below."""
    shares = f"{data['value']:.1%} of those of a {data['grain']}, {data['centre']:.1%} before"
    texts = (f"  “{each}”" for each in data["examples"])
    return "\n".join((f"\n{about}, {data['period_start']}: {data['numerator']:,} texts, {shares}", *texts))
