"""A warehouse in memory, built from a few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pytest

from pipeline.domain.lake_tables import TABLES
from pipeline.domain.taxonomies.taxonomy import Taxonomy
from pipeline.metrics.indices import Index
from tests.lakes import a_table
from warehouse.case_words import attach_case_words
from warehouse.category_words import attach_categories
from warehouse.emerging_topics import attach_no_topics
from warehouse.metric_definitions import attach_metrics
from warehouse.models import build, load_models
from warehouse.survey_words import attach_survey_words

Build = Callable[..., Callable[[str], list[tuple[Any, ...]]]]


@pytest.fixture
def built() -> Iterator[Build]:
    """`built(events=[…], transitions=[…], …)`, a table each, gives a function that runs SQL on the marts.

    `indices=…` are other indices than the registry's, `taxonomy=…` another one than ours.
    """
    connection = duckdb.connect()

    def run(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    def make(
        indices: tuple[Index, ...] | None = None,
        taxonomy: Taxonomy | None = None,
        **tables: Sequence[Mapping[str, Any]],
    ) -> Callable[[str], list[tuple[Any, ...]]]:
        connection.execute("set TimeZone = 'UTC'")
        for table in TABLES:
            rows = a_table(table, tables.get(table, []))
            connection.register("rows", rows)
            run(f"create or replace temp table lake_{table} as select * from rows")
            connection.unregister("rows")
        run(
            "create or replace temp table lake_snapshot as select max(recordedtime) as as_known_at from "
            "(select recordedtime from lake_events union all select recordedtime from lake_duplicates)"
        )
        attach_metrics(connection)
        attach_case_words(connection)
        attach_survey_words(connection, indices)
        attach_categories(connection, taxonomy)
        attach_no_topics(connection)
        build(connection, load_models())
        return run

    yield make
    connection.close()
