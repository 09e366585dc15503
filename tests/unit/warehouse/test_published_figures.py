"""No rate or score is published without its n, its interval and the version of its definition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from pipeline.metrics.registry import METRICS
from tests.cases import a_change, a_life, day, known_until
from tests.lakes import an_answer, an_event
from warehouse.metric_queries import Question, answered

REQUIRED = {"n", "lo", "hi", "method", "definition_version", "as_known_at"}
PREFIXES = ("agg_", "pub_")
RATE_WORDS = ("_rate", "_share", "_score", "_mean", "_percent")
ALONE = {"ces_mean"}
"""Metrics whose figure of one single answer has no interval, because one answer says nothing of the spread."""

WHOLE = "'csat' as metric, 0.5 as value, 3 as n, 0.9 as hi, 'wilson' as method, now() as as_known_at"

Run = Callable[[str], list[tuple[Any, ...]]]


def unexplained(run: Run) -> list[str]:
    """Every published figure that says too little of itself, in a sentence; walks the schema as it was built."""
    columns: dict[str, set[str]] = {}
    for table, column in run(
        "select table_name, column_name from duckdb_columns() where not internal and schema_name = 'main' "
        "and table_name in (select table_name from duckdb_tables() where not temporary)"
    ):
        columns.setdefault(table, set()).add(column)
    said = []
    for table, names in sorted(columns.items()):
        if not table.startswith(PREFIXES):
            continue
        rates = sorted(name for name in names if name == "value" or name.endswith(RATE_WORDS))
        if rates and not names >= REQUIRED:
            said.append(f"{table}.{rates[0]} is published without {', '.join(sorted(REQUIRED - names))}")
        elif "value" in names:
            said += _rows_unexplained(run, table, names)
    return said


def _rows_unexplained(run: Run, table: str, names: set[str]) -> Iterator[str]:
    """Figures of a well-formed table that lack something: full counts alone need no interval."""
    metric = "metric" if "metric" in names else "null"
    counts = [name for name, each in METRICS.items() if not each.has_interval]
    query = f"""
        select {metric}, count(*) from {table}
        where value is not null and (
            n is null or method is null or definition_version is null or as_known_at is null
            or ((lo is null or hi is null) and not (n = 1 and coalesce({metric}, '') in {(*ALONE, "")})
                and coalesce({metric}, '') not in {tuple(counts)}
                and not (method like 'kaplan-meier%' and hi is null and lo is not null))
        ) group by all having count(*) > 0
    """
    for name, rows in run(query):
        yield f"{table}: {rows} figures of {name} lack n, interval, method, version or moment"


@pytest.fixture
def run(built: Any) -> Run:
    events = [an_answer(n, "csat", 1 + n % 5, (1, 5), attributes={"market": "UA"}) for n in range(20)]
    events += [an_answer(20 + n, "nps", n % 11, (0, 10), channel="web") for n in range(30)]
    events += [an_answer(50 + n, "ces", 1 + n % 7, (1, 7)) for n in range(30)]
    events += [an_answer(79, "ces", 5, (1, 7), time=day(-20))]
    events += [
        an_event(80 + n, record_class=("complaint", "inquiry")[n % 2], rating=float(1 + n % 5), rating_scale="1-5")
        for n in range(40)
    ]
    told = {
        "unit": "orders",
        "count": 900,
        "period_start": "2026-09-01T00:00:00Z",
        "period_end": "2026-10-01T00:00:00Z",
    }
    items = ("overall_satisfaction", "against_expectation", "against_ideal")
    events += [an_answer(130 + n, items[n % 3], 6 + n % 4, (1, 10)) for n in range(30)]
    events.append(an_event(120, type="vidhuk.exposure.reported.v1", record_class=None, channel=None, data=told))
    lives = [
        a_life(f"L{n}", ("received", 0), ("acknowledged", 1), ("decision-communicated", 2 + n % 3, {"decision": each}),
               ("accepted", 6), ("closed", 7), *([("reopened", 9)] if n % 4 == 0 else []))
        for n, each in enumerate(("upheld", "partly_upheld", "rejected", "other") * 3)
    ]  # fmt: skip
    clocks = [a_change(life[0], "acknowledge", "activate", due_at=day(2) + timedelta(hours=1)) for life in lives]
    made: Run = built(
        events=events,
        transitions=[row for life in lives for row in life],
        clocks=clocks,
        duplicates=known_until(day(60)),
    )
    return made


def test_every_published_figure_says_all_of_itself(run: Run) -> None:
    assert unexplained(run) == []


def test_the_walk_meets_every_table_with_figures(run: Run) -> None:
    """Otherwise the rule above could hold because nothing was looked at."""
    tables = [row[0] for row in run("select table_name from duckdb_columns() where column_name = 'value'")]
    filled = {table for table in tables if run(f"select count(value) from {table}")[0][0]}
    assert {metric.table for metric in METRICS.values() if metric.kind not in ("stock", "count", "quantile")} <= filled
    assert {"agg_satisfaction_attribute_daily", "agg_case_duration", "pub_metric_monthly"} <= filled


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("0.5 as value, 3 as n", "agg_bad.value is published without as_known_at, definition_version, hi, lo"),
        ("0.5 as complaint_rate", "agg_bad.complaint_rate is published without"),
        (f"{WHOLE}, null::double as lo, 1 as definition_version", "agg_bad: 1 figures of csat lack"),
        (f"{WHOLE}, 0.1 as lo, null::integer as definition_version", "agg_bad: 1 figures of csat lack"),
    ],
)
def test_a_figure_that_says_too_little_is_found(run: Run, bad: str, says: str) -> None:
    run(f"create table agg_bad as select {bad}")
    (found,) = unexplained(run)
    assert found.startswith(says)


def test_every_answer_of_the_registry_has_n_interval_method_and_version(run: Any) -> None:
    connection: duckdb.DuckDBPyConnection = run.__closure__[0].cell_contents
    answers = {name: answered(connection, metric, Question()) for name, metric in METRICS.items()}
    assert {name for name, rows in answers.items() if not rows} <= {"reopen_rate", "recourse_told_rate"} | {
        name for name in answers if name.startswith("incorrect")
    }
    for name, rows in answers.items():
        for row in rows:
            assert isinstance(row["n"], int), name
            assert row["method"], name
            assert row["definition_version"] == METRICS[name].definition_version
            if METRICS[name].has_interval and row["value"] is not None:
                assert row["lo"] is not None, name
                assert row["hi"] is not None or METRICS[name].kind == "quantile"
