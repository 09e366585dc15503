"""`vidhuk dead-letters`: what could not be accepted, and why."""

from __future__ import annotations

import json

import click

from pipeline.cli.options import home_option, json_option


@click.group("dead-letters")
def dead_letters() -> None:
    """Look at what could not be accepted, and why."""


@dead_letters.command("list")
@click.option("--reason", metavar="REASON", help="Only letters of this reason.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many to show.")
@home_option
@json_option
def list_command(reason: str | None, limit: int, home: str | None, *, as_json: bool) -> None:
    """Show the newest letters: reason, origin and a sentence; the original stays in the lake.

    \b
    Examples:
      vidhuk dead-letters list
      vidhuk dead-letters list --reason missing_field --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.homes import open_lake
    from pipeline.settings import load_settings
    from warehouse.letters import count_letters, list_letters

    lake = open_lake(load_settings(home=home))
    letters = list_letters(lake, reason=reason, limit=limit)
    if as_json:
        click.echo(json.dumps(letters, default=lambda moment: moment.isoformat()))
        return
    from rich.table import Table

    from pipeline.cli.reporter import stdout_console

    console = stdout_console()
    if not letters:
        console.print("There are no dead letters." if reason is None else f"There are no dead letters of {reason}.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("recorded (UTC)", "reason", "origin", "what is wrong"):
        table.add_column(name, overflow="fold")
    for letter in letters:
        at = f"{letter['recorded_at']:%Y-%m-%d %H:%M:%S}"
        table.add_row(at, letter["reason"], letter["origin"], letter["sentence"])
    console.print(table)
    counts = count_letters(lake, reason=reason)
    said = ", ".join(f"{name} {n:,}" for name, n in counts.items())
    console.print(f"{len(letters):,} of {sum(counts.values()):,} shown: {said}", style="dim")
