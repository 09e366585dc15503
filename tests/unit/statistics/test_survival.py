from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from pipeline.statistics.survival import PERCENTILES, duration_quantiles, kaplan_meier

durations = st.lists(st.integers(1, 500), min_size=1, max_size=120)


@given(durations, st.sampled_from([*PERCENTILES, 0.25, 0.333]))
def test_with_nothing_open_it_is_the_plain_percentile(lengths: list[int], share: float) -> None:
    estimate = duration_quantiles(lengths, [True] * len(lengths), [share])[share]
    assert estimate.value == np.quantile(lengths, share, method="inverted_cdf")


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=2, max_size=120))
def test_the_curve_is_that_of_statsmodels(cases: list[tuple[int, bool]]) -> None:
    lengths, ended = [length for length, _ in cases], [over for _, over in cases]
    curve, known = kaplan_meier(lengths, ended), SurvfuncRight(lengths, np.array(ended, dtype=int))
    at = {float(time): share for time, share in zip(curve.times, curve.still_open, strict=True)}
    assert [at[float(time)] for time in known.surv_times] == pytest.approx(list(known.surv_prob), abs=1e-9)


def test_the_interval_of_the_median_is_that_of_statsmodels() -> None:
    chance = np.random.default_rng(7)
    lengths = np.round(chance.exponential(30, 400)) + 1
    limits = np.round(chance.exponential(60, 400)) + 1
    ended = lengths <= limits
    seen = np.minimum(lengths, limits)
    estimate = duration_quantiles(seen, ended, [0.5])[0.5]
    known = SurvfuncRight(seen, ended.astype(int)).quantile_ci(0.5, method="cloglog")
    # statsmodels takes the ends where the band is strictly inside, we where it touches: at most one time apart
    assert estimate.lo == pytest.approx(known[0], abs=2)
    assert estimate.hi == pytest.approx(known[1], abs=2)


def test_open_cases_push_the_percentile_up() -> None:
    closed_alone = duration_quantiles([1, 2, 3, 4], [True] * 4)[0.5].value
    with_open = duration_quantiles([1, 2, 3, 4, 9, 9, 9], [True] * 4 + [False] * 3)[0.5].value
    assert closed_alone == 2
    assert with_open == 4


def test_a_percentile_that_is_not_reached_is_unknown() -> None:
    estimate = duration_quantiles([1, 5, 5, 5], [True, False, False, False])[0.9]
    assert (estimate.value, estimate.hi, estimate.n) == (None, None, 4)
    assert duration_quantiles([], [])[0.5].value is None
    assert duration_quantiles([3.0, 4.0], [False, False])[0.5].value is None


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=80), st.floats(0.02, 0.98))
def test_the_interval_encloses_the_quantile(cases: list[tuple[int, bool]], share: float) -> None:
    estimate = duration_quantiles([length for length, _ in cases], [over for _, over in cases], [share])[share]
    if estimate.value is not None:
        assert estimate.lo is not None
        assert estimate.lo <= estimate.value
        assert estimate.hi is None or estimate.value <= estimate.hi


def test_impossible_durations_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        kaplan_meier([-1.0], [True])
    with pytest.raises(ValueError, match="one `ended`"):
        kaplan_meier([1.0], [True, False])
    with pytest.raises(ValueError, match="quantile"):
        duration_quantiles([1.0], [True], [1.0])
