"""The SQL macros give what the Python formulas give."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.proportions import wilson
from pipeline.statistics.surveys import PromoterCounts, nps
from warehouse.models import MACROS

counts = st.integers(min_value=0, max_value=1_000_000)


@pytest.fixture(scope="module")
def sql() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(MACROS.read_text(encoding="utf-8")).fetchall()
        yield connection


@given(successes=counts, others=counts)
def test_wilson_is_the_same_in_sql(sql: duckdb.DuckDBPyConnection, successes: int, others: int) -> None:
    ours = wilson(successes, successes + others)
    got = sql.execute(
        "select wilson_lo($k, $n), wilson_hi($k, $n)", {"k": successes, "n": successes + others}
    ).fetchone()
    assert got == (None, None) if ours.lo is None else got == pytest.approx((ours.lo, ours.hi), abs=1e-12)


@given(promoters=counts, passives=counts, detractors=counts)
def test_nps_is_the_same_in_sql(sql: duckdb.DuckDBPyConnection, promoters: int, passives: int, detractors: int) -> None:
    ours = nps(PromoterCounts(promoters, passives, detractors))
    got = sql.execute(
        "select net_score($p, $d, $n), net_lo($p, $d, $n), net_hi($p, $d, $n), net_standard_error($p, $d, $n)",
        {"p": promoters, "d": detractors, "n": ours.n},
    ).fetchone()
    expected = (ours.value, ours.lo, ours.hi, ours.standard_error)
    assert got == expected if ours.value is None else got == pytest.approx(expected, abs=1e-6)
