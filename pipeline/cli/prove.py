"""`vidhuk digest`: the same facts give the same digest."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.cli.options import home_option, json_option


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
