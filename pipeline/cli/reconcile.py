"""`vidhuk reconcile`: the account of cases adds up, or says where it does not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import home_option, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.services.case_account import CaseAccount

SHOWN = 10


@click.command()
@home_option
@json_option
def reconcile(home: str | None, *, as_json: bool) -> None:
    """Check that opening + received + reopened - closed - merged - withdrawn - reclassified = closing.

    For every product and UTC day of the published warehouse. What came and went is counted from the steps of the
    cases, what was open from their states. Exit code 1 when a day does not add up.

    \b
    Examples:
      vidhuk reconcile
      vidhuk reconcile --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.views import case_account_of
    from pipeline.settings import load_settings

    account = case_account_of(load_settings(home=home))
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(account).decode())
    else:
        from pipeline.cli.reporter import stdout_console

        _show(stdout_console(), account)
    if not account.holds:
        click.echo(f"Check failed: {account.violation_count:,} of {account.checked:,} do not add up.", err=True)
        sys.exit(1)


def _show(console: Console, account: CaseAccount) -> None:
    from rich.text import Text

    if not account.checked and account.holds:
        console.print("There are no cases yet, so there is nothing to reconcile.")
        return
    if account.holds:
        totals = account.totals
        console.print(
            Text.assemble(
                ("Every day adds up: ", "bold green"),
                f"{account.checked:,} product-days, {account.cases:,} cases, {account.first_day} … {account.last_day}.",
            )
        )
        console.print(
            f"{totals['received']:,} received + {totals['reopened']:,} reopened - {totals['closed']:,} closed - "
            f"{totals['merged']:,} merged - {totals['withdrawn']:,} withdrawn - {totals['reclassified']:,} "
            f"reclassified = {totals['closing']:,} open now."
        )
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("day", no_wrap=True)
    table.add_column("product", overflow="fold")
    table.add_column("what does not add up", overflow="fold")
    for violation in account.violations[:SHOWN]:
        product = Text("not stated", style="dim") if violation.product is None else Text(violation.product)
        table.add_row("now" if violation.day is None else str(violation.day), product, Text(violation.sentence))
    console.print(table)
    if account.violation_count > SHOWN:
        console.print(f"… and {account.violation_count - SHOWN:,} more; --json lists them.", style="dim")
