"""`vidhuk doctor`: the effective settings and the health of every dependency."""

from __future__ import annotations

import json
import sys

import click

from pipeline.cli.options import home_option, json_option


@click.command()
@home_option
@json_option
def doctor(home: str | None, *, as_json: bool) -> None:
    """Print the effective settings, secrets masked, and check every dependency; exits 3 if one is not well.

    \b
    Example:
      vidhuk doctor
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.checks import health_checks
    from pipeline.cli import EXIT_DEPENDENCY
    from pipeline.services.health import effective, examine
    from pipeline.settings import load_settings

    settings = load_settings(home=home)
    findings = examine(health_checks(settings))
    shown = effective(settings)
    if as_json:
        checks = [{"name": f.name, "ok": f.ok, "sentence": f.sentence} for f in findings]
        click.echo(json.dumps({"settings": shown, "checks": checks}))
    else:
        from rich.table import Table

        from pipeline.cli.reporter import stdout_console

        console = stdout_console()
        table = Table(box=None, pad_edge=False, show_header=False)
        for name, value in shown.items():
            table.add_row(name, value, style="dim")
        console.print(table)
        console.print()
        table = Table(box=None, pad_edge=False, show_header=False)
        for finding in findings:
            mark = "[green]ok[/]" if finding.ok else "[red]not well[/]"
            table.add_row(mark, finding.name, finding.sentence)
        console.print(table)
    if not all(finding.ok for finding in findings):
        sys.exit(EXIT_DEPENDENCY)
