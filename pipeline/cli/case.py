"""`vidhuk case`: which complaints wait, and one from its receipt to its end."""

from __future__ import annotations

import click

from pipeline.cli.options import home_option, json_option


@click.group()
def case() -> None:
    """Look at open cases, or at one."""


@case.command("list")
@click.option("--overdue", is_flag=True, help="Only cases with a clock that ran out and is not met yet.")
@click.option("--product", metavar="NAME", help="Only cases about this product.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many to show.")
@home_option
@json_option
def list_(product: str | None, limit: int, home: str | None, *, overdue: bool, as_json: bool) -> None:
    """List open cases, the most urgent first: dangers, then what is late, then by priority and the time that is left.

    It reads the published warehouse, so it shows what was known when that was built.

    \b
    Examples:
      vidhuk case list
      vidhuk case list --overdue --product kettle --limit 50
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.views import open_cases_of
    from pipeline.settings import load_settings

    found = open_cases_of(load_settings(home=home), limit=limit, only_overdue=overdue, product=product)
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(found).decode())
        return
    from pipeline.cli.case_list_view import show_cases
    from pipeline.cli.reporter import stdout_console

    show_cases(stdout_console(), found)


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
