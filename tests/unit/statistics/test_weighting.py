from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.weighting import Margin, design_effect, effective_n, post_stratify, rake, rake_table

REGION = Margin("region", {"north": 60, "south": 40}, "census", "2025-12-31")
AGE = Margin("age", {"old": 0.5, "young": 0.5}, "census", "2025-12-31")
CELLS = {("north", "old"): 40, ("north", "young"): 10, ("south", "old"): 30, ("south", "young"): 20}


def respondents() -> dict[str, list[str]]:
    pairs = [pair for pair, count in CELLS.items() for _ in range(count)]
    return {"region": [region for region, _ in pairs], "age": [age for _, age in pairs]}


def test_raking_respondents_equals_raking_their_table() -> None:
    raked = rake(respondents(), [REGION, AGE])
    table = rake_table([[40, 10], [30, 20]], [60, 40], [50, 50]).ravel()
    places = np.cumsum([0, *CELLS.values()])
    sums = [raked.weights[start:end].sum() for start, end in pairwise(places)]
    assert sums == pytest.approx(table.tolist(), abs=1e-6)
    assert (raked.converged, raked.capped) == (True, 0)
    assert raked.largest_gap < 1e-9


def test_a_cap_holds_and_says_that_the_margins_are_missed() -> None:
    answers = {"region": ["north"] * 98 + ["south"] * 2}
    raked = post_stratify(answers["region"], Margin("region", {"north": 0.5, "south": 0.5}, "census", "2025"), cap=5)
    assert raked.weights.max() <= 5 * (1 + 1e-9)
    assert (raked.converged, raked.capped) == (False, 2)
    assert raked.largest_gap == pytest.approx(0.4)


def test_post_stratification_gives_each_stratum_its_share_and_costs_precision() -> None:
    made = post_stratify(["north"] * 80 + ["south"] * 20, REGION)
    assert made.weights[0] == pytest.approx(0.75)
    assert made.weights[-1] == pytest.approx(2.0)
    assert made.n_eff == pytest.approx(80)
    assert made.design_effect == pytest.approx(1.25)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"region": ["north", "north"], "age": ["old", "young"]}, "nobody answered in south of the margin `region`"),
        ({"region": ["north", "south"]}, "no answers by age"),
        ({"region": ["north", "east"], "age": ["old", "young"]}, "no target for east"),
        ({"region": [], "age": []}, "at least one"),
    ],
)
def test_what_cannot_be_weighted_is_refused_by_name(answers: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        rake(answers, [REGION, AGE])


def test_a_category_without_a_target_above_zero_and_with_answers_is_refused() -> None:
    with pytest.raises(ValueError, match="no target for south"):
        post_stratify(["north", "south"], Margin("region", {"north": 1, "south": 0}, "census", "2025"))


def test_a_margin_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="all zero"):
        Margin("region", {"north": 0}, "census", "2025")
    with pytest.raises(ValueError, match="cap"):
        rake(respondents(), [REGION], cap=1)


def test_zero_cells_that_forbid_the_totals_are_refused() -> None:
    with pytest.raises(ValueError, match="zero cells"):
        rake_table([[1, 0], [0, 1]], [60, 40], [50, 50])
    with pytest.raises(ValueError, match="without counts"):
        rake_table([[0, 0], [1, 1]], [60, 40], [50, 50])
    with pytest.raises(ValueError, match="sum to"):
        rake_table([[1, 1], [1, 1]], [60, 40], [50, 60])


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=200))
def test_effective_n_lies_between_one_and_n(weights: list[float]) -> None:
    n_eff, effect = effective_n(weights), design_effect(weights)
    assert 1 - 1e-9 <= n_eff <= len(weights) * (1 + 1e-9)
    assert effect is not None
    assert effect == pytest.approx(1 + np.var(weights) / np.mean(weights) ** 2)


def test_nobody_has_no_design_effect() -> None:
    assert (effective_n([]), design_effect([])) == (0.0, None)
    with pytest.raises(ValueError, match="weights"):
        effective_n([1, -1])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy")), min_size=8, max_size=60))
def test_raking_keeps_the_mean_weight_at_one(pairs: list[tuple[str, str]]) -> None:
    everyone = [*pairs, ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]
    raked = rake(
        {"one": [one for one, _ in everyone], "two": [two for _, two in everyone]},
        [Margin("one", {"a": 3, "b": 2}, "s", "d"), Margin("two", {"x": 1, "y": 1}, "s", "d")],
        cap=50,
    )
    assert raked.weights.mean() == pytest.approx(1.0)
    assert raked.converged
