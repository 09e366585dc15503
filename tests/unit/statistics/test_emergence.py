from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pipeline.statistics.emergence import Emergence, benjamini_hochberg, emerging


def charted(counts: np.ndarray, sizes: np.ndarray) -> Emergence:
    """The test of dense counts, one row per thing, against 28 periods, of which 14 must be known."""
    things, periods = np.nonzero(counts)
    return emerging(
        things,
        periods,
        counts[things, periods],
        sizes.astype(float),
        looked_at=len(counts),
        baseline_periods=28,
        least_baseline=14,
        least_count=5,
    )


def test_the_p_value_is_that_of_the_conditional_binomial_test() -> None:
    counts = np.full((1, 30), 1)
    counts[0, 29] = 9
    found = charted(counts, np.full(30, 100))
    assert found.baseline_count.tolist() == [28.0]
    assert found.p_value[0] == pytest.approx(stats.binom.sf(8, 9 + 28, 100 / 2900))
    assert found.ucl[0] == pytest.approx(0.01 + 3 * np.sqrt(0.01 / 100))
    assert found.signal.tolist() == [True]


def test_a_thing_never_seen_before_needs_no_rate() -> None:
    counts = np.zeros((1, 30), np.int64)
    counts[0, 29] = 6
    found = charted(counts, np.full(30, 100))
    assert found.p_value[0] == pytest.approx((1 / 29) ** 6)
    assert found.signal.all()


def test_a_baseline_that_scatters_widens_the_limit() -> None:
    counts = np.zeros((1, 30), np.int64)
    counts[0, [2, 9, 16, 23, 29]] = 12
    found = charted(counts, np.full(30, 200))
    before = counts[0, 1:29]
    expected = ((before - before.mean()) ** 2 / before.mean()).sum() / 27
    assert found.dispersion[-1] == pytest.approx(expected)
    assert not found.signal[-1]


def test_nothing_is_tested_before_half_a_baseline_is_known() -> None:
    counts = np.zeros((1, 14), np.int64)
    counts[0, 13] = 50
    assert len(charted(counts, np.full(14, 100)).cells) == 0


def test_in_control_counts_seldom_signal() -> None:
    random = np.random.default_rng(1)
    sizes = random.integers(150, 250, 120)
    counts = random.poisson(random.gamma(0.5, 0.02, (2_000, 1)) * sizes)
    found = charted(counts, sizes)
    assert len(found.cells) > 5_000
    # at 1 % in each of about a hundred families no more than a few hold a false signal
    assert len(set((found.cells[found.signal]).tolist())) <= 4


def test_benjamini_hochberg_counts_the_tests_that_are_not_listed() -> None:
    q = benjamini_hochberg(np.array([0.001, 0.5, 0.0001, 0.002]), np.array([0, 0, 1, 0]), 10)
    assert q.tolist() == pytest.approx([0.01, 1.0, 0.001, 0.01])
