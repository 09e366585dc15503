"""Options that many commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def home_option(command: Command) -> Command:
    """`--home DIR`, else `VIDHUK_HOME`, else `./.vidhuk`."""
    return click.option(
        "--home", metavar="DIR", help="Where everything is kept; VIDHUK_HOME or ./.vidhuk unless given."
    )(command)


def json_option(command: Command) -> Command:
    """`--json`: standard output is exactly one JSON document."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")(command)
