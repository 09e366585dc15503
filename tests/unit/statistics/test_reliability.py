from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.statistics.reliability import cronbach_alpha, mcdonald_omega


def items(seed: int, n: int, loadings: list[float]) -> NDArray[np.float64]:
    chance = np.random.default_rng(seed)
    factor, load = chance.normal(size=(n, 1)), np.array(loadings)
    answers: NDArray[np.float64] = factor * load + chance.normal(size=(n, len(loadings))) * np.sqrt(1 - load**2)
    return answers


def test_alpha_of_parallel_items_follows_spearman_and_brown() -> None:
    # four items that correlate 0.5 with one another: 4·0.5 / (1 + 3·0.5)
    estimate = cronbach_alpha(items(1, 20_000, [0.5**0.5] * 4))
    assert estimate.value == pytest.approx(0.8, abs=0.01)
    assert estimate.lo is not None
    assert estimate.hi is not None
    assert estimate.lo < 0.8 < estimate.hi


def test_identical_items_are_perfectly_reliable_and_opposed_ones_less_than_nothing() -> None:
    assert cronbach_alpha([[1, 1], [2, 2], [5, 5]]).value == pytest.approx(1.0)
    opposed = cronbach_alpha([[1, 5], [2, 3.5], [5, 1]]).value
    assert opposed is not None
    assert opposed < 0


def test_alphas_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(300):
        estimate = cronbach_alpha(items(seed, 60, [0.5**0.5] * 4))
        assert estimate.lo is not None
        assert estimate.hi is not None
        hits += estimate.lo <= 0.8 <= estimate.hi
    # 99.9 % of binomial(300, 0.95)
    assert 271 <= hits <= 297


def test_omega_allows_items_of_unequal_weight() -> None:
    loadings = [0.9, 0.8, 0.5, 0.4]
    expected = sum(loadings) ** 2 / (sum(loadings) ** 2 + sum(1 - load**2 for load in loadings))
    omega, alpha = mcdonald_omega(items(3, 20_000, loadings)), cronbach_alpha(items(3, 20_000, loadings)).value
    assert omega == pytest.approx(expected, abs=0.01)
    assert alpha is not None
    assert omega is not None
    assert alpha < omega


def test_what_says_nothing_is_unknown() -> None:
    assert cronbach_alpha([[1, 2]]).value is None
    assert cronbach_alpha([[3, 3], [3, 3]]).value is None
    assert mcdonald_omega([[1, 2], [2, 1], [1, 1]]) is None


def test_one_item_or_a_gap_is_refused() -> None:
    with pytest.raises(ValueError, match="two items"):
        cronbach_alpha([[1], [2]])
    with pytest.raises(ValueError, match="every item"):
        cronbach_alpha([[1, float("nan")], [2, 1]])
