"""What a run did, as a table for people or one JSON document for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click
from rich.table import Table

from pipeline.cli.reporter import stdout_console
from pipeline.ports import Receipt
from pipeline.services.running import Outcome


def report(outcome: Outcome, warehouse_version: int, *, as_json: bool) -> None:
    """Print the account of a run; raises the first error of a file that could not be read, for the exit code."""
    counts = outcome.counts
    if as_json:
        click.echo(
            json.dumps(
                {
                    "read": counts.read,
                    "accepted": counts.accepted,
                    "duplicates": counts.duplicates,
                    "dead_letters": counts.dead_letters,
                    "warehouse": warehouse_version,
                }
            )
        )
    else:
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column()
        table.add_column(justify="right")
        table.add_row("read", f"{counts.read:,}", style="bold")
        table.add_row("accepted", f"{counts.accepted:,}")
        table.add_row("duplicates", f"{counts.duplicates:,}")
        table.add_row("dead letters", f"{counts.dead_letters:,}")
        console = stdout_console()
        console.print(table)
        if counts.dead_letters:
            console.print("See them with: vidhuk dead-letters list", style="dim")
        console.print(f"Published warehouse {warehouse_version}", style="dim", soft_wrap=True)
    for error in outcome.unreadable[1:]:
        click.echo(f"Error: {error}", err=True)
    if outcome.unreadable:
        raise outcome.unreadable[0]


def report_published(receipts: Sequence[Receipt], *, as_json: bool) -> None:
    """Print how many events and unmappable rows were sent."""
    events = sum(receipt.events for receipt in receipts)
    unmappable = sum(receipt.unmappable for receipt in receipts)
    if as_json:
        click.echo(json.dumps({"read": events + unmappable, "events": events, "unmappable": unmappable}))
    else:
        click.echo(f"{events:,} events are on the inbox; {unmappable:,} rows could not be mapped (dead letters).")
