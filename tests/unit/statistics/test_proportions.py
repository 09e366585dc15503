from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.estimate import two_sided_z
from pipeline.statistics.proportions import wilson
from tests.unit.statistics.golden import golden


@pytest.mark.parametrize(
    ("k", "n", "lo", "hi"), [(80, 100, 0.71117, 0.86663), (0, 10, 0, 0.27753), (10, 10, 0.72247, 1)]
)
def test_wilson_meets_the_known_values(k: int, n: int, lo: float, hi: float) -> None:
    estimate = wilson(k, n)
    assert estimate.lo == pytest.approx(lo, abs=5e-6)
    assert estimate.hi == pytest.approx(hi, abs=5e-6)
    assert (estimate.value, estimate.n, estimate.method) == (k / n, n, "wilson")


def test_wilson_meets_the_shared_golden_values() -> None:
    for case in golden("wilson_95"):
        estimate = wilson(case["k"], case["n"])
        if case["lo"] is None:
            assert (estimate.lo, estimate.hi) == (None, None)
        else:
            assert (estimate.lo, estimate.hi) == pytest.approx((case["lo"], case["hi"]), abs=case["tolerance"])


def test_nothing_observed_is_unknown_and_not_zero() -> None:
    estimate = wilson(0, 0)
    assert (estimate.value, estimate.lo, estimate.hi, estimate.n) == (None, None, None, 0)


@given(n=st.integers(1, 10**7), data=st.data(), confidence=st.floats(0.01, 0.9999))
def test_wilson_encloses_the_share_and_stays_within_0_and_1(n: int, data: st.DataObject, confidence: float) -> None:
    k = data.draw(st.integers(0, n))
    estimate = wilson(k, n, confidence)
    assert estimate.value is not None
    assert estimate.lo is not None
    assert estimate.hi is not None
    assert 0 <= estimate.lo <= estimate.value <= estimate.hi <= 1
    assert (estimate.hi == 1) == (k == n) or estimate.hi > 1 - 1e-9
    mirrored = wilson(n - k, n, confidence)
    assert mirrored.lo == pytest.approx(1 - estimate.hi, abs=1e-9)


def test_all_successes_end_at_exactly_one() -> None:
    assert all(wilson(n, n).hi == 1.0 and wilson(0, n).lo == 0.0 for n in range(1, 2000))


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, float("nan")), (1, float("inf"))])
def test_impossible_counts_are_refused(k: float, n: float) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(k, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, -0.5])
def test_a_confidence_in_per_cent_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, confidence)


def test_the_normal_quantile_is_two_sided() -> None:
    assert two_sided_z() == pytest.approx(1.959964, abs=1e-6)
    assert two_sided_z(0.90) == pytest.approx(1.644854, abs=1e-6)
