"""A warehouse in memory, built from a few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pytest

from tests.lakes import a_table
from warehouse.metric_definitions import attach_metrics
from warehouse.models import build, load_models

Build = Callable[..., Callable[[str], list[tuple[Any, ...]]]]


@pytest.fixture
def built() -> Iterator[Build]:
    """`built(events=[…], duplicates=[…], dead_letters=[…])` gives a function that runs SQL on the marts."""
    connection = duckdb.connect()

    def run(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    def make(**tables: Sequence[Mapping[str, Any]]) -> Callable[[str], list[tuple[Any, ...]]]:
        connection.execute("set TimeZone = 'UTC'")
        for table in ("events", "duplicates", "dead_letters"):
            rows = a_table(table, tables.get(table, []))
            connection.register("rows", rows)
            run(f"create or replace temp table lake_{table} as select * from rows")
            connection.unregister("rows")
        run("create or replace temp table lake_snapshot as select max(recordedtime) as as_known_at from lake_events")
        attach_metrics(connection)
        build(connection, load_models())
        return run

    yield make
    connection.close()
