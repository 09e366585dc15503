from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from pipeline.statistics.differences import normal_difference, share_difference
from pipeline.statistics.surveys import PromoterCounts, nps, nps_difference

sides = st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(sides, sides)
def test_shares_differ_as_statsmodels_says(a: tuple[int, int], b: tuple[int, int]) -> None:
    ours = share_difference(*a, *b)
    lo, hi = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff")
    assert (ours.lo, ours.hi) == pytest.approx((lo, hi), abs=1e-9)
    assert ours.lo <= ours.value <= ours.hi
    if ours.z is not None:
        z, p = proportions_ztest([a[0], b[0]], [a[1], b[1]])
        assert (ours.z, ours.p) == pytest.approx((z, p), abs=1e-9)


def test_net_scores_differ_as_the_golden_value_says() -> None:
    a, b = nps(PromoterCounts(500, 300, 200)), nps(PromoterCounts(460, 300, 240))
    ours = normal_difference(a.value or 0, a.standard_error or 0, b.value or 0, b.standard_error or 0)
    theirs = nps_difference(PromoterCounts(500, 300, 200), PromoterCounts(460, 300, 240))
    assert (round(ours.value, 1), round(ours.standard_error, 4), round(ours.z or 0, 3)) == (8.0, 3.5519, 2.252)
    assert (ours.lo, ours.hi, ours.p) == pytest.approx((theirs.lo, theirs.hi, theirs.p))


def test_two_sides_that_do_not_vary_have_no_test() -> None:
    assert share_difference(5, 5, 7, 7).p is None


def test_an_empty_side_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        share_difference(0, 0, 1, 2)
