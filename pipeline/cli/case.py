"""`vidhuk case`: one complaint from its receipt to its end."""

from __future__ import annotations

import click

from pipeline.cli.options import home_option, json_option


@click.group()
def case() -> None:
    """Look at one case."""


@case.command()
@click.argument("case_id", metavar="ID")
@home_option
@json_option
def show(case_id: str, home: str | None, *, as_json: bool) -> None:
    """Show the life of the case ID: its steps, what became of each and why, and its clocks.

    It reads the published warehouse, so it shows what was known when that was built.

    \b
    Examples:
      vidhuk case show C-2026-0001
      vidhuk case show C-2026-0001 --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.views import case_story_of
    from pipeline.settings import load_settings

    story = case_story_of(load_settings(home=home), case_id)
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(story).decode())
        return
    from pipeline.cli.case_view import show_story
    from pipeline.cli.reporter import stdout_console

    show_story(stdout_console(), story)
