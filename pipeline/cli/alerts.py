"""`vidhuk alerts`: clocks that ran out, signals of control charts and topics that emerged."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from pipeline.cli.options import home_option, json_option

KINDS: Final = ("clock-breached", "chart-signal", "topic-emerged")


@click.command()
@click.option("--kind", type=click.Choice(KINDS), help="Only alerts of this kind.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many to show.")
@home_option
@json_option
def alerts(kind: str | None, limit: int, home: str | None, *, as_json: bool) -> None:
    """Show the newest alerts by when what they tell of came about, newest last; each once, however often it was sent.

    \b
    Examples:
      vidhuk alerts
      vidhuk alerts --kind topic-emerged
      vidhuk alerts --limit 100 --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.views import alerts_so_far
    from pipeline.settings import load_settings

    found = [each for each in alerts_so_far(load_settings(home=home)) if kind in (None, _kind(each))]
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
    table.add_column("since (UTC)", no_wrap=True)
    table.add_column("alert", no_wrap=True)
    table.add_column("about", overflow="fold")
    table.add_column("what", overflow="fold")
    for alert in shown:
        cells = (alert["time"][:16].replace("T", " "), _kind(alert), alert.get("subject") or "", _what(alert))
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    for alert in shown:
        if "topic" in alert.get("data", {}):
            console.print(Text(_said(alert["subject"], alert["data"])))
    console.print(f"{len(shown):,} of {len(found):,}", style="dim")


def _kind(alert: dict[str, Any]) -> str:
    return str(alert["type"]).removeprefix("vidhuk.alert.").removesuffix(".v1")


def _what(alert: dict[str, Any]) -> str:
    """The clock and its case in a word each; a chart's point against its limits."""
    data = alert.get("data", {})
    if "chart" in data:
        return f"{data['value']:.4g}, limits {data['lcl']:.4g} to {data['ucl']:.4g}: {data['rule']}, {data['side']}"
    return " · ".join(str(data[name]) for name in ("clock", "priority", "product") if data.get(name) is not None)


def _said(about: str, data: dict[str, Any]) -> str:
    """A topic in words: how many texts hold it, against what was ordinary, and the examples below."""
    shares = f"{data['value']:.1%} of those of a {data['grain']}, {data['centre']:.1%} before"
    texts = (f"  “{each}”" for each in data["examples"])
    return "\n".join((f"\n{about}, {data['period_start']}: {data['numerator']:,} texts, {shares}", *texts))
