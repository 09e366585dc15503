"""What pages list is what there is: settings, reasons, tests, links, and an example for every command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline.cli import vidhuk
from pipeline.domain.rejection import Reason
from pipeline.settings import Settings
from tests.docs.documents import ROOT, documents

PROMISES = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "delivery.md").read_text(encoding="utf-8"))


def first_cells(page: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE)


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command under `command` that is no group, by the words that call it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        under = command.get_command(context, name)
        assert under is not None
        yield from commands(under, (*path, name))


EVERY_COMMAND = dict(commands(vidhuk, ("vidhuk",)))


def test_operating_lists_every_setting_once_with_its_default() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", text.partition("## Settings")[2], re.MULTILINE))
    expected = {name: getattr(Settings(), name) for name in Settings.__struct_fields__}
    assert table == {name: "" if value in (None, {}) else f"`{value}`" for name, value in expected.items()}


def test_contracts_list_every_reason_once() -> None:
    listed = [name for name in first_cells("contracts.md") if name in set(Reason)]
    assert sorted(listed) == sorted(Reason)
    section = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8").partition("## Why an event is refused")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(Reason)


@pytest.mark.parametrize(("file", "name"), PROMISES)
def test_every_promise_names_a_test_that_exists(file: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_there_are_promises() -> None:
    assert len(PROMISES) >= 12


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    files = [link.partition("#")[0] for link in links if not link.startswith(("http", "#"))]
    assert [link for link in files if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("path", EVERY_COMMAND, ids=" ".join)
def test_every_command_shows_an_example_of_itself(path: tuple[str, ...]) -> None:
    said = EVERY_COMMAND[path].help or ""
    assert re.search(rf"^\s*(Example: +|VIDHUK_\w+=\S+ )?{' '.join(path)}\b", said, re.MULTILINE)
