"""What is shared gives no small cell away, to somebody who holds all of it and can add and subtract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from warehouse.metric_definitions import attach_metrics
from warehouse.models import MACROS, load_models

THRESHOLD = 5
Joint = Mapping[tuple[str, str], tuple[int, int, int]]
"""Complaints, other feedback and feedback of no known class, by channel and product."""

CELL = st.tuples(*[st.one_of(st.integers(0, 8), st.integers(0, 60))] * 3)
JOINT = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), CELL, min_size=1, max_size=10)


@pytest.fixture(scope="module")
def sql() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(MACROS.read_text(encoding="utf-8")).fetchall()
        attach_metrics(connection, THRESHOLD)
        connection.execute("create table dim_metric as from metric_definition").fetchall()
        connection.execute("create table lake_snapshot as select timestamptz '2026-10-01' as as_known_at").fetchall()
        yield connection


def shared(sql: duckdb.DuckDBPyConnection, joint: Joint) -> list[dict[str, Any]]:
    """The rows of pub_metric_monthly that the cells of one month give."""
    rows: list[tuple[Any, ...]] = []
    for dimension, at in (("all", None), ("channel", 0), ("product", 1)):
        for value in sorted({None if at is None else key[at] for key in joint}, key=str):
            inside = [cell for key, cell in joint.items() if at is None or key[at] == value]
            complaints, others, unknown = (sum(cell[place] for cell in inside) for place in range(3))
            known, everything = complaints + others, complaints + others + unknown
            for metric, k, n in (
                ("complaint_share", complaints, known),
                ("complaint_count", complaints, complaints),
                ("feedback_count", everything, everything),
            ):
                rows.append((metric, "feedback", dimension, value, k, n))
    sql.execute(
        "create or replace table unit_month (metric varchar, cells varchar, dimension varchar, "
        "dimension_value varchar, k bigint, n bigint, month date, series varchar, d bigint, t double, q double, "
        "is_weighted boolean)"
    ).fetchall()
    sql.executemany(
        "insert into unit_month by position select ?, ?, ?, ?, ?, ?, date '2026-09-01', null, 0, 0, 0, false", rows
    )
    model = next(each for each in load_models() if each.name == "pub_metric_monthly")
    cursor = sql.execute(model.sql)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Attacker:
    """Knows every shared row, that no count is negative and that a suppressed row counts somebody; knows no more."""

    keys: Sequence[tuple[str, str]]
    known: list[tuple[np.ndarray, float]]
    somebody: list[np.ndarray]

    @classmethod
    def holding(cls, rows: Sequence[Mapping[str, Any]]) -> Attacker:
        values = {
            name: sorted({row["dimension_value"] for row in rows if row["dimension"] == name})
            for name in ("channel", "product")
        }
        keys = [(a, b) for a in values["channel"] or [""] for b in values["product"] or [""]]
        found = cls(keys, [], [])
        for row in rows:
            if row["is_suppressed"]:
                found.somebody.append(found.counted(row))
            else:
                found.known.append((found.counted(row), row["n"]))
                if row["metric"] == "complaint_share":
                    found.known.append((found.counted(row, "complaint_count"), row["numerator"]))
        return found

    def counted(self, row: Mapping[str, Any], metric: str | None = None) -> np.ndarray:
        """Which of the joint cells' three counts a row adds."""
        parts = {"complaint_count": (1, 0, 0), "complaint_share": (1, 1, 0), "feedback_count": (1, 1, 1)}
        place = {"channel": 0, "product": 1}.get(row["dimension"])
        inside = [place is None or key[place] == row["dimension_value"] for key in self.keys]
        return np.array([part * here for here in inside for part in parts[metric or row["metric"]]], dtype=float)

    def span(self, counts: np.ndarray) -> float:
        """How far apart the smallest and the largest possible value are."""
        exact = {"A_eq": [row for row, _ in self.known], "b_eq": [n for _, n in self.known]} if self.known else {}
        some = {"A_ub": [-row for row in self.somebody], "b_ub": [-1.0] * len(self.somebody)} if self.somebody else {}
        ends = [linprog(sign * counts, **exact, **some, bounds=(0, 1e6), method="highs") for sign in (1, -1)]
        assert all(end.status == 0 for end in ends)
        return float(-ends[1].fun - ends[0].fun)


@settings(max_examples=40, deadline=None)
@given(JOINT)
def test_adding_and_subtracting_leaves_every_suppressed_count_a_span_of_the_threshold(
    sql: duckdb.DuckDBPyConnection, joint: Joint
) -> None:
    rows = shared(sql, joint)
    attacker = Attacker.holding(rows)
    for row in rows:
        if row["is_suppressed"]:
            assert row["n"] is row["numerator"] is row["value"] is None
            assert attacker.span(attacker.counted(row)) >= THRESHOLD - 1e-6, (row, joint)
        else:
            assert row["n"] not in range(1, THRESHOLD)
            assert row["numerator"] not in range(1, THRESHOLD)


def test_one_small_cell_takes_the_smallest_other_with_it(sql: duckdb.DuckDBPyConnection) -> None:
    joint = {("a", "x"): (1, 2, 0), ("b", "x"): (20, 40, 0), ("c", "x"): (10, 10, 0), ("d", "y"): (40, 60, 0)}
    rows = [row for row in shared(sql, joint) if row["metric"] == "feedback_count" and row["is_suppressed"]]
    assert sorted((row["dimension"], row["dimension_value"]) for row in rows) == [("channel", "a"), ("channel", "c")]


def test_where_no_other_cell_can_go_with_it_the_total_goes(sql: duckdb.DuckDBPyConnection) -> None:
    assert all(row["is_suppressed"] for row in shared(sql, {("a", "x"): (0, 3, 0), ("b", "x"): (0, 1, 0)}))


def test_a_difference_of_two_shared_counts_is_a_cell_too(sql: duckdb.DuckDBPyConnection) -> None:
    joint = {("a", "x"): (20, 20, 2), ("b", "x"): (20, 30, 0), ("c", "x"): (50, 50, 60)}
    hidden = {row["dimension_value"] for row in shared(sql, joint) if row["is_suppressed"]}
    assert {"a", "b"} <= hidden


def test_hiding_the_small_cell_alone_would_give_it_away() -> None:
    counts = {("all", None): 153, ("channel", "a"): None, ("channel", "b"): 60, ("channel", "c"): 90}
    rows = [
        {
            "metric": "feedback_count",
            "dimension": dimension,
            "dimension_value": value,
            "n": n,
            "is_suppressed": n is None,
        }
        for (dimension, value), n in counts.items()
    ]
    attacker = Attacker.holding(rows)
    assert attacker.span(attacker.counted(rows[1])) < 1e-6
