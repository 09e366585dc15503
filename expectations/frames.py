"""Bounded pandas frames of published marts, without text and with masked personal keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from expectations.rules import NoneFound, Predicate, SameCount, Suite, columns_needed
from expectations.sql import quoted

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS: Final = 200_000
_ASIDE: Final = ("lake_", "sharing_rule")
"""What stands only beside the marts while they are built."""


@contextmanager
def read_only(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads `published` and nothing else."""
    with duckdb.connect(published, read_only=True, config={"enable_external_access": False}) as connection:
        connection.execute("set TimeZone = 'UTC'").fetchall()
        yield connection


def lake_alone(predicate: Predicate) -> bool:
    """Whether a rule counts the lake or reads a setting, which a published file does not hold."""
    return isinstance(predicate, SameCount) or (
        isinstance(predicate, NoneFound) and any(source in predicate.counted for source in _ASIDE)
    )


def frame(connection: duckdb.DuckDBPyConnection, suite: Suite, max_rows: int = MAX_ROWS) -> pd.DataFrame:
    """At most about `max_rows` rows of a mart with all its columns; those that no rule looks at are empty."""
    found = [
        str(name)
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where table_name = ? and not internal order by column_index",
            [suite.mart],
        ).fetchall()
    ]
    needed = {name for each in suite.expectations for name in columns_needed(each.predicate)} | set(suite.key)
    listed = ", ".join(_column(name, suite, needed) for name in found)
    counted = connection.execute(f"select count(*) from {quoted(suite.mart)}").fetchone()  # noqa: S608 - ours, quoted
    share = -(-(counted[0] if counted else 0) // max_rows)
    keys = ", ".join(quoted(name) for name in suite.key if name in found)
    sample = f"where hash({keys}) % {share} = 0" if share > 1 and keys else ""
    return connection.execute(f"select {listed} from {quoted(suite.mart)} {sample}").df()  # noqa: S608 - the same


def cross_check(connection: duckdb.DuckDBPyConnection, predicate: NoneFound) -> float | None:
    """What a rule across marts finds; None when its query does not run."""
    try:
        row = connection.execute(predicate.counted).fetchone()
    except duckdb.Error:
        return None
    return None if row is None else float(row[0])


def _column(name: str, suite: Suite, needed: set[str]) -> str:
    if name not in needed:
        return f"null as {quoted(name)}"
    if name in suite.private:
        return f"left(sha256({quoted(name)}::varchar), 12) as {quoted(name)}"
    return quoted(name)
