"""What is decided on held-out scores: the slope of confidence, and where a head is silent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify.calibration import slope_of, threshold_of


def test_the_slope_gives_back_the_one_that_labels_were_drawn_by() -> None:
    random = np.random.default_rng(1)
    scores = random.normal(size=(20_000, 4))
    odds = np.exp(3.0 * scores)
    chances = odds / odds.sum(axis=1, keepdims=True)
    targets = (random.random((len(scores), 1)) > chances.cumsum(axis=1)).sum(axis=1)
    assert slope_of(scores, targets) == pytest.approx(3.0, rel=0.05)


@given(
    texts=st.lists(st.tuples(st.floats(-3, 3), st.booleans()), min_size=1, max_size=60),
    lost_at_most=st.sampled_from([0.0, 0.01, 0.1, 0.5]),
)
def test_a_threshold_costs_no_more_right_answers_than_allowed(
    texts: list[tuple[float, bool]], lost_at_most: float
) -> None:
    sureness = np.array([sure for sure, _ in texts])
    right = np.array([is_right for _, is_right in texts])
    lost = right & (sureness < threshold_of(sureness, right, lost_at_most))
    assert lost.sum() <= lost_at_most * len(texts)


def test_a_threshold_is_as_high_as_it_may_be() -> None:
    sureness = np.arange(10.0)
    assert threshold_of(sureness, np.ones(10, np.bool_), 0.2) == 2.0
