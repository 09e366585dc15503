"""`vidhuk digest`, `rebuild` and `diff`: the same facts give the same lake."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import home_option, json_option

if TYPE_CHECKING:
    from warehouse.differences import Difference


@click.command()
@click.argument("folder", required=False, type=Path, metavar="[DIR]")
@home_option
@json_option
def digest(folder: Path | None, home: str | None, *, as_json: bool) -> None:
    """Print a digest of the lake's content: what was accepted and what was refused, in no particular order.

    Offsets, the moment of recording, duplicates and the layout of files are not in it, so two runs over the same
    input have the same digest, however often they were killed. DIR is a home; the one in force unless given.

    \b
    Example:
      vidhuk digest --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.homes import open_lake
    from pipeline.settings import load_settings
    from warehouse.digest import digest as digest_of
    from warehouse.digest import overall

    tables = digest_of(open_lake(load_settings(home=str(folder) if folder else home)))
    whole = overall(tables)
    if as_json:
        described = {name: {"rows": table.rows, "digest": table.digest} for name, table in tables.items()}
        click.echo(json.dumps({"digest": whole, "tables": described}))
        return
    for name, table in tables.items():
        click.echo(f"{name:14} {table.rows:>12,} rows  {table.digest}")
    click.echo(f"{'all':14} {'':>17}  {whole}")


@click.command()
@click.option("--into", "folder", required=True, type=Path, metavar="DIR", help="The new home; it must hold nothing.")
@home_option
@json_option
def rebuild(folder: Path, home: str | None, *, as_json: bool) -> None:
    """Fold the whole history again, from this home's lake into a new home's.

    Cases and their clocks are made anew from the events in the order in which they were landed, under the policies in
    force; events, duplicates and dead letters are taken over. `vidhuk diff` then says whether anything differs.

    \b
    Example:
      vidhuk rebuild --into /tmp/again
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.rebuilds import rebuild_home
    from pipeline.cli.reporter import Reporter
    from pipeline.settings import load_settings

    rebuilt = rebuild_home(load_settings(home=home), folder, Reporter(quiet=as_json))
    if as_json:
        click.echo(json.dumps({"rows": rebuilt.rows}))
        return
    for name, rows in rebuilt.rows.items():
        click.echo(f"{name:14} {rows:>12,} rows")


@click.command()
@click.argument("first", type=Path, metavar="A")
@click.argument("second", type=Path, metavar="B")
@click.option("--every-row", is_flag=True, help="Compare every row with where it stands and when it was recorded.")
@json_option
def diff(first: Path, second: Path, *, every_row: bool, as_json: bool) -> None:
    """Compare the lakes of two homes, A and B, by content; exit with 1 when they differ.

    As for the digest, neither offsets nor the moment of recording are content, and of cases only what holds counts.
    With --every-row all of it counts: so a rebuilt home is compared with the one it was made from.

    \b
    Examples:
      vidhuk diff .vidhuk /tmp/again
      vidhuk diff .vidhuk /tmp/again --every-row --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from dataclasses import asdict

    from pipeline.bootstrap.rebuilds import existing_lake
    from pipeline.settings import load_settings
    from warehouse.differences import differences

    lakes = [existing_lake(load_settings(home=str(each))) for each in (first, second)]
    tables = differences(*lakes, every_row=every_row)
    total = sum(table.differences for table in tables)
    if as_json:
        described = {table.table: {name: v for name, v in asdict(table).items() if name != "table"} for table in tables}
        click.echo(json.dumps({"differences": total, "tables": described}))
    else:
        for table in tables:
            _say_difference(table)
        click.echo(f"{total:,} {'difference' if total == 1 else 'differences'}")
    if total:
        sys.exit(1)


def _say_difference(table: Difference) -> None:
    counts = f"{table.both:>12,} in both  {table.only_a:>9,} only in A  {table.only_b:>9,} only in B"
    click.echo(f"{table.table:14} {counts}")
    for side, sample in (("A", table.sample_a), ("B", table.sample_b)):
        for row in sample:
            about = ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
            click.echo(f"{'':14} only in {side}: {about}")
