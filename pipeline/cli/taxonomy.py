"""`vidhuk taxonomy`: what feedback can be about, and whether a file that says so is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import home_option, json_option

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.domain.taxonomies.taxonomy import Taxonomy


@click.group()
def taxonomy() -> None:
    """Look at a taxonomy: the categories that feedback can have, as a TOML file."""


@taxonomy.command()
@click.argument("file", required=False, type=Path, metavar="[FILE]")
@home_option
@json_option
def show(file: Path | None, home: str | None, *, as_json: bool) -> None:
    """Print the categories of FILE, or of the taxonomy in force.

    In force is what the setting `taxonomy` names, else Vidhuk's own. "from" names the categories of the model that
    become each; what nothing names becomes the fallback.

    \b
    Examples:
      vidhuk taxonomy show
      vidhuk taxonomy show bank.toml --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.domain.taxonomies.loading import load_taxonomy
    from pipeline.settings import load_settings

    found = load_taxonomy(load_settings(home=home).taxonomy if file is None else str(file))
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(_document(found)).decode())
        return
    from pipeline.cli.reporter import stdout_console

    console = stdout_console()
    console.print(categories_table(found))
    console.print(f"{found.title}, {len(found.categories)} categories; {found.fallback} is the fallback", style="dim")


@taxonomy.command()
@click.argument("file", type=Path, metavar="FILE")
@json_option
def check(file: Path, *, as_json: bool) -> None:
    """Say all that is wrong with the taxonomy in FILE; exits 1 if anything is.

    \b
    Examples:
      vidhuk taxonomy check bank.toml
      vidhuk taxonomy check bank.toml --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    import sys

    from pipeline.cli import EXIT_CHECK_FAILED
    from pipeline.domain.errors import UsageError
    from pipeline.domain.taxonomies.documents import TaxonomyError
    from pipeline.domain.taxonomies.loading import load_taxonomy

    if not file.is_file():
        raise UsageError(f"{file}: there is no such file.")
    problems: tuple[str, ...] = ()
    said = ""
    try:
        found = load_taxonomy(str(file))
        said = f"{file}: {found.title} is right: {len(found.categories)} categories. {_of_models(found)}"
    except TaxonomyError as error:
        problems = error.problems
    if as_json:
        import msgspec

        document = {"file": str(file), "ok": not problems, "problems": problems}
        click.echo(msgspec.json.encode(document).decode())
    else:
        for sentence in problems or (said,):
            click.echo(sentence)
    if problems:
        sys.exit(EXIT_CHECK_FAILED)


def categories_table(found: Taxonomy) -> Table:
    """A row a category, in the file's order."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), header_style="bold")
    table.add_column("id", no_wrap=True)
    for name in ("label", "from", "description"):
        table.add_column(name, ratio=4 if name == "description" else 2)
    for each in found.categories:
        labels = f"{each.label_en}\n{each.label_uk}"
        taken = "\n".join((*each.takes, *(["whatever is left"] if _is_rest(found, each.id) else [])))
        table.add_row(Text(each.id), Text(labels), Text(taken), Text(each.description))
    return table


def _is_rest(found: Taxonomy, category: str) -> bool:
    """Whether categories of the model fall to this one that nothing names."""
    named = {name for each in found.categories for name in (each.id, *each.takes)}
    return category == found.fallback and not found.mapping.keys() <= named


def _of_models(found: Taxonomy) -> str:
    """For which models a taxonomy is."""
    from pipeline.domain.taxonomies.loading import shipped_taxonomy

    if found.mapping.keys() >= set(shipped_taxonomy().ids):
        return "It says what becomes of every category of Vidhuk's own models."
    return "It takes nothing from Vidhuk's own models, so it is for a model of yours whose categories are its ids."


def _document(found: Taxonomy) -> dict[str, object]:
    return {
        "name": found.name,
        "version": found.version,
        "id": found.id,
        "fallback": found.fallback,
        "categories": [
            {
                "id": each.id,
                "label": {"en": each.label_en, "uk": each.label_uk},
                "from": each.takes,
                "characteristic": each.characteristic,
                "description": each.description,
            }
            for each in found.categories
        ],
        "becomes": dict(found.mapping),
    }
