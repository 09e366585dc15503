"""The SQL macros give what the Python formulas give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.charts import Kind, control_chart, ewma, freeze
from pipeline.statistics.dispositions import Dispositions, response_rate_1, response_rate_3
from pipeline.statistics.proportions import wilson
from pipeline.statistics.rates import margin_of_error, rate
from pipeline.statistics.surveys import PromoterCounts, nps, nps_difference
from pipeline.statistics.weighting import design_effect, effective_n
from tests.unit.statistics.golden import golden
from warehouse.models import MACROS

counts = st.integers(min_value=0, max_value=1_000_000)
answers = st.builds(PromoterCounts, counts, counts, counts)
Sql = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def sql() -> Iterator[Sql]:
    with duckdb.connect() as connection:
        connection.execute(MACROS.read_text(encoding="utf-8")).fetchall()
        yield connection


def one(sql: Sql, query: str, **values: Any) -> tuple[Any, ...]:
    row = sql.execute(query, values).fetchone()
    assert row is not None
    return row


def same(got: Sequence[float | None], expected: Sequence[float | None], tolerance: float = 1e-9) -> None:
    assert [value is None for value in got] == [value is None for value in expected]
    known = [value for value in got if value is not None]
    assert known == pytest.approx([value for value in expected if value is not None], rel=tolerance, abs=tolerance)


@given(successes=counts, others=counts)
def test_wilson_is_the_same_in_sql(sql: Sql, successes: int, others: int) -> None:
    ours = wilson(successes, successes + others)
    got = one(sql, "select wilson_lo($k, $n), wilson_hi($k, $n)", k=successes, n=successes + others)
    same(got, (ours.lo, ours.hi), 1e-12)


@given(answered=answers)
def test_nps_is_the_same_in_sql(sql: Sql, answered: PromoterCounts) -> None:
    ours = nps(answered)
    got = one(
        sql,
        "select net_score($p, $d, $n), net_lo($p, $d, $n), net_hi($p, $d, $n), net_standard_error($p, $d, $n)",
        p=answered.promoters,
        d=answered.detractors,
        n=ours.n,
    )
    same(got, (ours.value, ours.lo, ours.hi, ours.standard_error), 1e-6)


@given(a=answers, b=answers)
def test_a_difference_of_nps_is_the_same_in_sql(sql: Sql, a: PromoterCounts, b: PromoterCounts) -> None:
    ours = nps_difference(a, b)
    sides = "$p1, $d1, $n1, $p2, $d2, $n2"
    got = one(
        sql,
        f"select net_difference({sides}), net_difference_standard_error({sides}), net_difference_z({sides})",
        p1=a.promoters,
        d1=a.detractors,
        n1=a.n,
        p2=b.promoters,
        d2=b.detractors,
        n2=b.n,
    )
    if a.n and b.n:
        same(got, (ours.value, ours.standard_error, ours.z), 1e-6)
    else:
        assert got == (None, None, None)


@given(events=counts, exposure=st.one_of(st.just(0.0), st.floats(0.5, 1e9)), per=st.sampled_from([1, 100, 1000]))
def test_rates_are_the_same_in_sql(sql: Sql, events: int, exposure: float, per: int) -> None:
    ours = rate(events, exposure, per)
    got = one(
        sql, "select rate_value($k, $n, $p), rate_lo($k, $n, $p), rate_hi($k, $n, $p)", k=events, n=exposure, p=per
    )
    same(got, (ours.value, ours.lo, ours.hi))


@given(weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=60))
def test_the_cost_of_weighting_is_the_same_in_sql(sql: Sql, weights: list[float]) -> None:
    got = one(sql, "select effective_n(w), design_effect(w) from (select unnest($w) as w)", w=weights)
    same(got, (effective_n(weights), design_effect(weights)))


@given(people=st.lists(st.integers(0, 10_000), min_size=8, max_size=8))
def test_response_rates_are_the_same_in_sql(sql: Sql, people: list[int]) -> None:
    asked = Dispositions(*people)
    names = ("i", "p", "r", "nc", "o", "uh", "uo", "x")
    got = one(
        sql,
        "select response_rate_1($i, $p, $r, $nc, $o, $uh, $uo), eligible_share($i, $p, $r, $nc, $o, $x), "
        "response_rate_3($i, $p, $r, $nc, $o, $uh, $uo, $x)",
        **dict(zip(names, people, strict=True)),
    )
    same(got, (response_rate_1(asked).value, asked.eligibility, response_rate_3(asked).value))


@given(share=st.floats(0, 1), n=st.integers(1, 10_000), more=st.one_of(st.none(), st.integers(0, 10**6)))
def test_margins_of_error_are_the_same_in_sql(sql: Sql, share: float, n: int, more: int | None) -> None:
    population = None if more is None else n + more
    got = one(sql, "select margin_of_error($s, $n, $p::bigint)", s=share, n=n, p=population)
    same(got, (margin_of_error(share, n, population, projectable=True),))


points = st.lists(st.tuples(st.integers(0, 500), st.integers(500, 3_000)), min_size=2, max_size=40)


@pytest.mark.parametrize("kind", ["p", "u", "laney_p", "laney_u"])
@given(series=points)
def test_control_limits_are_the_same_in_sql(sql: Sql, kind: Kind, series: list[tuple[int, int]]) -> None:
    events, sizes = [float(k) for k, _ in series], [float(n) for _, n in series]
    frozen = freeze(kind, events, sizes)
    chart = control_chart(kind, events, sizes, baseline=frozen)
    rows = sql.execute(
        "select chart_lcl($kind, $c, n, $s), chart_ucl($kind, $c, n, $s) from (select unnest($n) as n)",
        {"kind": kind, "c": frozen.centre, "s": frozen.sigma_z, "n": sizes},
    ).fetchall()
    assert np.array(rows) == pytest.approx(np.column_stack([chart.lcl, chart.ucl]), abs=1e-9)
    has_spread = frozen.centre > 0 and (kind != "laney_p" or frozen.centre < 1)  # else z is 0 by 0
    if kind.startswith("laney") and has_spread:
        got = one(
            sql,
            "select laney_sigma_z(list_transform(range(1, len($k) + 1), "
            "lambda i: ($k[i] / $n[i] - $c) / chart_sigma($kind, $c, $n[i])))",
            k=events,
            n=sizes,
            c=frozen.centre,
            kind=kind,
        )
        same(got, (frozen.observed_sigma_z,))


@given(weight=st.floats(0.05, 1), sigma=st.floats(0.1, 10), points=st.integers(1, 50))
def test_ewma_limits_are_the_same_in_sql(sql: Sql, weight: float, sigma: float, points: int) -> None:
    chart = ewma([0.0] * points, 0.0, sigma, weight=weight)
    got = one(sql, "select ewma_reach($s, $w, 3, $t)", s=sigma, w=weight, t=points)
    same(got, (float(chart.ucl[-1]),))


def test_a_point_without_a_size_has_no_limits_in_sql(sql: Sql) -> None:
    assert one(sql, "select chart_lcl('u', 5, 0, 1), chart_ucl('p', 0.5, 0, 1)") == (None, None)


GOLDEN: dict[str, Callable[[Any], tuple[str, list[Any], float, float]]] = {
    "wilson_95": lambda each: ("select wilson_lo(?, ?)", [each[0]["k"], each[0]["n"]], each[0]["lo"], 5e-6),
    "nps": lambda each: ("select net_standard_error(500, 200, 1000)", [], each[0]["standard_error"], 5e-6),
    "nps_difference": lambda each: ("select net_difference_z(500, 200, 1000, 460, 240, 1000)", [], each["z"], 5e-4),
    "complaints_per_1000_byar_95": lambda each: (
        "select rate_hi(?, ?, 1000)",
        [each["complaints"], each["exposure"]],
        each["hi"],
        5e-4,
    ),
    "aapor": lambda each: ("select response_rate_3(300, 20, 80, 350, 10, 200, 40, 90)", [], each["RR3"], 5e-5),
    "kish_n_eff": lambda each: (
        "select effective_n(case when i < 50 then 1.0 else 3.0 end) from range(100) as t(i)",
        [],
        each["n_eff"],
        1e-9,
    ),
    "p_chart": lambda each: ("select chart_ucl('p', 0.077, 210, 1)", [], each["ucl_4"], 5e-5),
    "u_chart": lambda each: ("select chart_ucl('u', 38 / 4.2, 1.1, 1)", [], each["ucl_4"], 6e-4),
    "laney_p": lambda each: ("select chart_ucl('laney_p', 0.077, 210, ?)", [each["sigma_z"]], each["ucl_4"], 5e-5),
    "ewma": lambda each: ("select ewma_reach(1, 0.2, 3, 5)", [], each["limits"]["5"], 5e-6),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_values_are_met_in_sql(sql: Sql, name: str) -> None:
    query, values, expected, tolerance = GOLDEN[name](golden(name))
    row = sql.execute(query, values).fetchone()
    assert row is not None
    assert row[0] == pytest.approx(expected, abs=tolerance, rel=0)
