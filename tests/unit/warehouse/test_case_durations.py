"""Kaplan-Meier in SQL gives what the Python function gives, and the plain percentile where nothing is open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.survival import PERCENTILES, duration_quantiles
from tests.cases import day
from warehouse.models import load_models

HOUR_US = 3_600_000_000
# few different lengths, so that many cases end at one moment
lives = st.lists(st.tuples(st.integers(min_value=0, max_value=12), st.booleans()), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def sql() -> Iterator[duckdb.DuckDBPyConnection]:
    models = {each.name: each for each in load_models()}
    waits, model = models["fct_case_wait"], models["agg_case_duration"]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'").fetchall()
        connection.execute("create table lake_snapshot as select ?::timestamptz as as_known_at", [day(0)]).fetchall()
        connection.execute(
            "create table fct_case (case_id varchar, product varchar, channel varchar, category varchar, "
            "priority varchar, received_at timestamptz, received_date date, "
            "ended_at timestamptz, ack_us bigint, first_response_us bigint, decision_us bigint, first_close_us bigint, "
            "close_us bigint)"
        ).fetchall()
        connection.execute(f"create view fct_case_wait as {waits.sql}").fetchall()
        connection.execute(f"create view asked as {model.sql}").fetchall()
        yield connection


def quantiles(sql: duckdb.DuckDBPyConnection, cases: list[tuple[int, bool]]) -> dict[float, tuple[float | None, ...]]:
    """What the model says of cases that were closed, or are still open, so many hours after their receipt."""
    sql.execute("delete from fct_case").fetchall()
    sql.executemany(
        "insert into fct_case (received_at, received_date, close_us) values ($1, $1::date, $2)",
        [[day(0) - timedelta(hours=hours), hours * HOUR_US if is_closed else None] for hours, is_closed in cases],
    )
    found = sql.execute(
        "select quantile, value, lo, hi, n, events from asked where cohort = 'all' and metric = 'time_to_close'"
    ).fetchall()
    return {share: tuple(rest) for share, *rest in found}


@given(cases=lives)
def test_sql_and_python_agree_on_random_censored_cases(
    sql: duckdb.DuckDBPyConnection, cases: list[tuple[int, bool]]
) -> None:
    expected = duration_quantiles([float(hours) for hours, _ in cases], [is_closed for _, is_closed in cases])
    assert quantiles(sql, cases) == {
        share: (each.value, each.lo, each.hi, len(cases), sum(is_closed for _, is_closed in cases))
        for share, each in expected.items()
    }


@given(cases=lives)
def test_without_open_cases_it_is_the_plain_percentile(
    sql: duckdb.DuckDBPyConnection, cases: list[tuple[int, bool]]
) -> None:
    hours = [hours for hours, _ in cases]
    found = quantiles(sql, [(each, True) for each in hours])
    for share in PERCENTILES:
        assert found[share][0] == np.quantile(hours, share, method="inverted_cdf")


def test_leaving_open_cases_out_would_look_faster(sql: duckdb.DuckDBPyConnection) -> None:
    closed, still_open = [(hours, True) for hours in range(1, 6)], [(10, False)] * 5
    assert quantiles(sql, closed)[0.5][0] == 3
    assert quantiles(sql, closed + still_open)[0.5][0] == 5
    assert quantiles(sql, closed + still_open)[0.9][0] is None
