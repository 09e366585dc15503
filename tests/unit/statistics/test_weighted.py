from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.proportions import wilson
from pipeline.statistics.surveys import PromoterCounts, nps
from pipeline.statistics.weighted import weighted_nps, weighted_share


def test_weights_widen_the_interval_to_the_effective_n() -> None:
    estimate = weighted_share([True] * 50 + [False] * 50, [1.0] * 50 + [3.0] * 50)
    at_80 = wilson(20, 80)
    assert (estimate.value, estimate.n, estimate.n_eff) == (0.25, 100, 80.0)
    assert (estimate.lo, estimate.hi) == pytest.approx((at_80.lo, at_80.hi))


@given(st.lists(st.integers(0, 10), min_size=1, max_size=80), st.floats(0.1, 9))
def test_equal_weights_change_nothing(scores: list[int], weight: float) -> None:
    plain, weighted = nps(PromoterCounts.of(scores)), weighted_nps(scores, [weight] * len(scores))
    assert (weighted.value, weighted.lo, weighted.hi) == pytest.approx((plain.value, plain.lo, plain.hi), abs=1e-6)
    assert weighted.n_eff == pytest.approx(len(scores))


@given(st.lists(st.tuples(st.integers(0, 10), st.floats(0.1, 9)), min_size=1, max_size=80))
def test_a_weighted_score_lies_within_its_interval(answers: list[tuple[int, float]]) -> None:
    scores, weights = [score for score, _ in answers], [weight for _, weight in answers]
    for estimate, low, high in (
        (weighted_nps(scores, weights), -100, 100),
        (weighted_share([score > 8 for score in scores], weights), 0, 1),
    ):
        assert estimate.value is not None
        assert estimate.lo is not None
        assert estimate.hi is not None
        assert low <= estimate.lo <= estimate.value + 1e-9
        assert estimate.value - 1e-9 <= estimate.hi <= high


def test_nobody_is_unknown_and_a_missing_weight_refused() -> None:
    assert weighted_share([], []).value is None
    assert weighted_nps([], []).value is None
    with pytest.raises(ValueError, match="as many weights"):
        weighted_share([True], [])
    with pytest.raises(ValueError, match=r"0\.\.10"):
        weighted_nps([11], [1])
