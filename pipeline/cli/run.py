"""`vidhuk run` and `vidhuk publish`: files in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.cli.options import home_option, json_option

Command = TypeVar("Command", bound=Callable[..., Any])


def file_options(command: Command) -> Command:
    """FILE…, `--as` and `--map`, which say what to read and how."""
    command = click.option("--map", "mapping", type=Path, metavar="M.toml", help="How columns become events (csv).")(
        command
    )
    command = click.option(
        "--as", "format_name", required=True, metavar="FORMAT", help="cloudevents, csv, cfpb or nyc311."
    )(command)
    return click.argument("files", nargs=-1, required=True, type=Path, metavar="FILE…")(command)


@click.command()
@file_options
@home_option
@json_option
def run(files: tuple[Path, ...], format_name: str, mapping: Path | None, home: str | None, *, as_json: bool) -> None:
    """Take FILEs through the whole pipeline and print what became of every row.

    Publishes their events, waits until all have landed in the lake, builds, audits and publishes the warehouse, and
    accounts for every input: accepted, duplicate or dead letter. Running the same file again lands nothing new.

    \b
    Examples:
      vidhuk run complaints.csv --as cfpb
      vidhuk run answers.csv --as csv --map answers.toml --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.lines import open_line
    from pipeline.bootstrap.sources import sources_of
    from pipeline.cli.reporter import Reporter
    from pipeline.cli.summary import report
    from pipeline.services.running import require_readable, run_sources
    from pipeline.settings import load_settings

    settings = load_settings(home=home)
    sources = sources_of(files, format_name, mapping)
    require_readable(sources)
    with open_line(settings, Reporter(quiet=as_json), fall_back=True) as line:
        outcome = run_sources(sources, line)
        published = line.publish_warehouse()
    report(outcome, published, as_json=as_json)


@click.command()
@file_options
@home_option
@json_option
def publish(
    files: tuple[Path, ...], format_name: str, mapping: Path | None, home: str | None, *, as_json: bool
) -> None:
    """Send the events of FILEs to the inbox and do no more; workers that run elsewhere take them from there.

    \b
    Example:
      VIDHUK_KAFKA=kafka.example:9092 vidhuk publish today.jsonl --as cloudevents
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.lines import open_publisher
    from pipeline.bootstrap.sources import sources_of
    from pipeline.cli.reporter import Reporter
    from pipeline.cli.summary import report_published
    from pipeline.services.running import require_readable
    from pipeline.settings import load_settings

    settings = load_settings(home=home)
    sources = sources_of(files, format_name, mapping)
    require_readable(sources)
    with open_publisher(settings, Reporter(quiet=as_json)) as publisher:
        receipts = [publisher.publish(source.chunks(), source.name) for source in sources]
    report_published(receipts, as_json=as_json)
