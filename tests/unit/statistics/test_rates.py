from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.rates import margin_of_error, rate, sample_size
from tests.unit.statistics.golden import golden


def test_complaints_per_thousand_meet_the_known_values() -> None:
    estimate = rate(12, 8000)
    assert (estimate.value, estimate.lo, estimate.hi) == pytest.approx((1.5, 0.774, 2.620), abs=5e-4)
    assert (estimate.n, estimate.method) == (8000, "byar")


def test_complaints_per_thousand_meet_the_shared_golden_values() -> None:
    case = golden("complaints_per_1000_byar_95")
    estimate = rate(case["complaints"], case["exposure"])
    assert (estimate.value, estimate.lo, estimate.hi) == pytest.approx(
        (case["value"], case["lo"], case["hi"]), abs=5e-4
    )


def test_no_complaints_leave_an_upper_limit_near_three_events() -> None:
    estimate = rate(0, 1000)
    assert (estimate.value, estimate.lo) == (0, 0)
    assert estimate.hi == pytest.approx(3.69, abs=0.05)  # the exact Poisson limit is 3.689


def test_no_exposure_is_unknown() -> None:
    estimate = rate(3, 0)
    assert (estimate.value, estimate.lo, estimate.hi) == (None, None, None)


@given(st.integers(0, 10**6), st.floats(0.5, 1e9), st.floats(0.05, 0.9999))
def test_byars_interval_encloses_the_rate(events: int, exposure: float, confidence: float) -> None:
    estimate = rate(events, exposure, confidence=confidence)
    assert estimate.value is not None
    assert estimate.lo is not None
    assert estimate.hi is not None
    assert 0 <= estimate.lo <= estimate.value <= estimate.hi


@pytest.mark.parametrize(("events", "exposure", "per"), [(-1, 10.0, 1.0), (1, -1.0, 1.0), (1, 1.0, 0.0)])
def test_impossible_rates_are_refused(events: int, exposure: float, per: float) -> None:
    with pytest.raises(ValueError, match="negative"):
        rate(events, exposure, per)


@pytest.mark.parametrize(
    ("margin", "population", "n"), [(0.05, None, 385), (0.05, 1000, 278), (0.05, 1, 1), (0.1, None, 97)]
)
def test_sample_size_meets_the_known_values(margin: float, population: int | None, n: int) -> None:
    assert sample_size(margin, population) == n


def test_sample_size_meets_the_shared_golden_values() -> None:
    for case in golden("sample_size_95"):
        assert sample_size(case["margin"], case["population"]) == case["n"]


@given(st.floats(0.001, 0.5), st.integers(1, 10**7))
def test_sample_size_never_exceeds_the_population(margin: float, population: int) -> None:
    assert 1 <= sample_size(margin, population) <= min(population, sample_size(margin))


def test_an_impossible_margin_is_refused() -> None:
    with pytest.raises(ValueError, match="margin"):
        sample_size(5)


def test_a_margin_of_error_shrinks_to_nothing_as_everybody_answers() -> None:
    assert margin_of_error(0.5, 385, projectable=True) == pytest.approx(0.05, abs=1e-4)
    assert margin_of_error(0.5, 278, 1000, projectable=True) == pytest.approx(0.05, abs=1e-4)
    assert margin_of_error(0.5, 1000, 1000, projectable=True) == 0
    assert margin_of_error(0.5, 1, 1, projectable=True) == 0


@given(st.floats(0.01, 0.4), st.integers(50, 10**6))
def test_the_sample_size_for_a_margin_has_that_margin(margin: float, population: int) -> None:
    n = sample_size(margin, population)
    assert margin_of_error(0.5, n, population, projectable=True) <= margin + 1e-9


def test_answers_of_volunteers_have_no_margin_of_error() -> None:
    with pytest.raises(ValueError, match="not projectable"):
        margin_of_error(0.5, 10**6, projectable=False)


@pytest.mark.parametrize(("share", "n", "population"), [(1.5, 10, None), (0.5, 0, None), (0.5, 11, 10)])
def test_an_impossible_sample_is_refused(share: float, n: int, population: int | None) -> None:
    with pytest.raises(ValueError, match=r"margin of error|cannot come"):
        margin_of_error(share, n, population, projectable=True)
