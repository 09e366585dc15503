"""Metrics of cases, asked of marts that are built from a few lives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.cases import KAPLAN_MEIER
from pipeline.metrics.registry import METRICS, metrics_named
from pipeline.statistics import survival
from tests.cases import a_change, a_life, day, known_until
from tests.lakes import an_event
from warehouse.metric_definitions import attach_metrics
from warehouse.metric_queries import Question, Row, answered
from warehouse.models import MACROS


@pytest.fixture
def ask(built: Any) -> Any:
    lives = [
        a_life("A", ("received", 0), ("acknowledged", 1), ("decision-communicated", 2, {"decision": "upheld"}),
               ("closed", 3)),
        a_life("B", ("received", 0), ("decision-communicated", 2, {"decision": "partly_upheld"}), ("closed", 4),
               ("reopened", 5), ("closed", 40)),
        a_life("C", ("received", 1), ("decision-communicated", 2, {"decision": "rejected"}), ("closed", 5),
               product="letter"),
        a_life("D", ("received", 2), channel="phone"),
    ]  # fmt: skip
    clocks = [
        a_change(lives[0][0], "acknowledge", "activate", due_at=day(2)),
        a_change(lives[0][1], "acknowledge", "fulfil", due_at=day(2), ordinal=1),
        a_change(lives[3][0], "acknowledge", "activate", due_at=day(4)),
        a_change(lives[3][0], "close", "activate", due_at=day(50)),
    ]
    run = built(transitions=[row for life in lives for row in life], clocks=clocks, duplicates=known_until(day(45)))
    connection = run.__closure__[0].cell_contents

    def asked(name: str, *by: str, **where: str) -> list[Row]:
        return answered(connection, METRICS[name], Question(by, where=tuple(where.items())))

    return asked


def counts(rows: list[Row]) -> list[tuple[object, object]]:
    return [(row["numerator"], row["n"]) for row in rows]


def test_upheld_in_full_or_in_part_and_in_full_alone_are_two_metrics(ask: Any) -> None:
    assert counts(ask("uphold_rate")) == [(2, 3)]
    assert counts(ask("full_uphold_rate")) == [(1, 3)]
    assert counts(ask("partial_uphold_rate")) == [(1, 3)]
    assert counts(ask("rejection_rate", product="letter")) == [(1, 1)]


def test_a_closing_not_long_ago_is_not_mature(ask: Any) -> None:
    rows = ask("uphold_rate", "month")
    assert [(row["period_start"], row["numerator"], row["n"], row["is_mature"]) for row in rows] == [
        ("2026-09-01", 1, 2, False),
        ("2026-10-01", 1, 1, False),
    ]
    assert ask("uphold_rate", "day")[0]["is_mature"] is True


def test_reopening_counts_cases_by_their_first_closing(ask: Any) -> None:
    assert counts(ask("reopen_rate")) == [(1, 3)]
    assert [row["value"] for row in ask("cases_reopened")] == [1]


def test_clocks_are_never_added_to_one_another(ask: Any) -> None:
    (row,) = ask("breach_rate")
    assert (row["clock"], row["numerator"], row["n"], row["scale"]) == ("acknowledge", 1, 2, None)
    assert counts(ask("acknowledged_in_time", "channel")) == [(1, 1), (0, 1)]


def test_a_stock_is_that_of_the_last_day_of_a_period(ask: Any) -> None:
    assert [(row["period_start"], row["value"]) for row in ask("backlog", "month")] == [
        ("2026-09-01", 2),
        ("2026-10-01", 1),
    ]
    assert [(row["product"], row["value"]) for row in ask("backlog", "product")] == [("letter", 0), ("parcel", 1)]
    assert ask("backlog")[0]["denominator"] is None


def test_a_case_that_still_waits_counts_as_taking_longer(ask: Any) -> None:
    (half,) = ask("time_to_resolve_p50")
    # three of four are closed: after 3, 4 and 40 days; the fourth has waited 43 days
    assert (half["value"], half["numerator"], half["n"]) == (4 * 24.0, 3, 4)
    assert ask("time_to_resolve_p90")[0]["value"] is None
    assert [row["n"] for row in ask("time_to_resolve_p50", "channel", "month")] == [3, 1]


def test_complaints_are_rated_by_the_exposure_of_their_own_grain(built: Any) -> None:
    months = (("2026-08-01T00:00:00Z", "2026-09-01T00:00:00Z"), ("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"))
    told = [(None, 8_000, *months[0]), (None, 4_000, *months[1]), ("parcel", 1_000, *months[1])]
    told_by: dict[str, Any] = {"type": "vidhuk.exposure.reported.v1", "record_class": None, "channel": None}
    events = [
        an_event(
            n,
            **told_by,
            product=product,
            data={"unit": "orders", "count": count, "period_start": start, "period_end": end},
        )
        for n, (product, count, start, end) in enumerate(told)
    ]
    events += [an_event(10 + n, product="parcel" if n < 3 else None) for n in range(12)]
    run = built(events=events)
    connection, metric = run.__closure__[0].cell_contents, METRICS["complaints_per_1000"]
    (whole,) = answered(connection, metric, Question())
    assert (whole["unit"], whole["numerator"], whole["n"], whole["value"]) == ("orders", 12, 12_000, 1.0)
    assert [row["n"] for row in answered(connection, metric, Question(("month",)))] == [8_000, 4_000]
    (parcel,) = answered(connection, metric, Question(("product",)))
    assert (parcel["product"], parcel["numerator"], parcel["n"]) == ("parcel", 3, 1_000)


def test_a_name_may_stand_for_its_percentiles() -> None:
    assert [metric.quantile for metric in metrics_named("time_to_resolve")] == [0.5, 0.9, 0.95]


@pytest.fixture(scope="module")
def waits() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(MACROS.read_text(encoding="utf-8")).fetchall()
        attach_metrics(connection)
        connection.execute("create table dim_metric as from metric_definition")
        yield connection


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=60),
    st.sampled_from(["time_to_decide_p50", "time_to_decide_p90", "time_to_decide_p95"]),
)
def test_percentiles_are_those_of_the_python_formula(
    waits: duckdb.DuckDBPyConnection, lengths: list[tuple[int, bool]], name: str
) -> None:
    values = ", ".join(
        f"('time_to_decision', date '2026-09-01', {hours}::bigint * 3600000000, {ended}, timestamptz '2026-10-01')"
        for hours, ended in lengths
    )
    waits.execute(
        "create or replace table fct_case_wait as "
        f"select * from (values {values}) as t(metric, received_date, us, is_event, as_known_at)"
    )
    metric = METRICS[name]
    curve = survival.kaplan_meier([hours for hours, _ in lengths], [ended for _, ended in lengths])
    expected = survival.quantile(curve, metric.quantile or 0)
    (row,) = answered(waits, metric, Question(start=date(2026, 9, 1)))
    got = (row["value"], row["hi"], row["n"])
    assert got == (expected.value, expected.hi, expected.n)
    if expected.value is not None:
        assert row["lo"] == expected.lo


def test_the_method_is_called_as_the_formula_calls_it() -> None:
    assert KAPLAN_MEIER == survival.KAPLAN_MEIER
