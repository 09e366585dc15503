from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.surveys import (
    TOP_TWO_OF_FIVE,
    TOP_TWO_OF_SEVEN,
    BoxRule,
    PromoterCounts,
    acsi_style,
    csat,
    csat_of_counts,
    nps,
    nps_difference,
)
from tests.unit.statistics.golden import golden

counts = st.builds(PromoterCounts, st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))


@pytest.mark.parametrize(
    ("promoters", "passives", "detractors", "error"), [(500, 300, 200, 2.46982), (50, 30, 20, 7.81025)]
)
def test_nps_meets_the_known_values(promoters: int, passives: int, detractors: int, error: float) -> None:
    score = nps(PromoterCounts(promoters, passives, detractors))
    assert score.value == pytest.approx(30.0, abs=1e-9)
    assert score.standard_error == pytest.approx(error, abs=5e-6)
    assert score.variance == pytest.approx(error**2, abs=1e-3)
    assert score.n == promoters + passives + detractors


def test_nps_meets_the_shared_golden_values() -> None:
    for case in golden("nps"):
        score = nps(PromoterCounts(case["promoters"], case["passives"], case["detractors"]))
        assert score.value == pytest.approx(case["nps"], abs=1e-9)
        assert score.standard_error == pytest.approx(case["standard_error"], abs=5e-6)


def test_nps_difference_meets_the_known_values() -> None:
    result = nps_difference(PromoterCounts(500, 300, 200), PromoterCounts(460, 300, 240))
    assert result.value == pytest.approx(8.0, abs=1e-9)
    assert result.standard_error == pytest.approx(3.5519, abs=5e-5)
    assert result.z == pytest.approx(2.252, abs=5e-4)
    assert result.p == pytest.approx(0.0243, abs=5e-4)
    assert result.n == 2000


def test_nps_difference_meets_the_shared_golden_values() -> None:
    case = golden("nps_difference")
    result = nps_difference(PromoterCounts(*case["a"]), PromoterCounts(*case["b"]))
    assert result.value == pytest.approx(case["difference"], abs=1e-9)
    assert result.standard_error == pytest.approx(case["standard_error"], abs=5e-5)
    assert result.z == pytest.approx(case["z"], abs=5e-4)


@given(counts, st.floats(0.05, 0.9999))
def test_nps_interval_encloses_the_score_within_its_bounds(answers: PromoterCounts, confidence: float) -> None:
    score = nps(answers, confidence)
    if answers.n == 0:
        assert (score.value, score.lo, score.hi, score.standard_error) == (None, None, None, None)
        return
    assert score.value is not None
    assert score.lo is not None
    assert score.hi is not None
    assert -100 <= score.lo <= score.value <= score.hi <= 100


def test_unanimous_answers_keep_a_width() -> None:
    score = nps(PromoterCounts(12, 0, 0))
    assert score.standard_error == 0
    assert score.value == 100
    assert score.lo is not None
    assert score.lo < 80


def test_unanimous_sides_have_no_z() -> None:
    result = nps_difference(PromoterCounts(5, 0, 0), PromoterCounts(0, 0, 5))
    assert (result.value, result.z, result.p) == (200, None, None)


def test_a_difference_with_an_empty_side_is_unknown() -> None:
    result = nps_difference(PromoterCounts(5, 1, 1), PromoterCounts(0, 0, 0))
    assert (result.value, result.lo, result.hi, result.z) == (None, None, None, None)


def test_scores_fall_into_promoters_passives_and_detractors() -> None:
    assert PromoterCounts.of([0, 6, 7, 8, 9, 10, 10]) == PromoterCounts(3, 2, 2)


@pytest.mark.parametrize("score", [-1, 11, float("nan")])
def test_a_score_of_another_scale_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match=r"0\.\.10"):
        PromoterCounts.of([5, score])


def test_csat_counts_the_top_two_boxes_of_its_scale() -> None:
    assert csat([1, 2, 3, 4, 5], TOP_TWO_OF_FIVE).value == pytest.approx(0.4)
    assert csat([4, 5, 6, 7], TOP_TWO_OF_SEVEN).value == pytest.approx(0.5)


def test_csat_of_80_in_100_has_wilsons_interval_and_names_its_rule() -> None:
    estimate = csat_of_counts(80, 100, TOP_TWO_OF_FIVE)
    assert (estimate.value, estimate.lo, estimate.hi) == pytest.approx((0.8, 0.71117, 0.86663), abs=5e-6)
    assert estimate.method == "wilson, top 2 of 1-5"


def test_unanswered_questions_count_nowhere() -> None:
    estimate = csat([None, 5, None, 1], TOP_TWO_OF_FIVE)
    assert (estimate.value, estimate.n) == (0.5, 2)
    assert csat([None], TOP_TWO_OF_FIVE).value is None


def test_csat_refuses_an_answer_of_another_scale() -> None:
    with pytest.raises(ValueError, match="scale 1-5"):
        csat([5, 7], TOP_TWO_OF_FIVE)


@pytest.mark.parametrize("boxes", [0, 5])
def test_a_box_rule_that_counts_nobody_or_everybody_is_refused(boxes: int) -> None:
    with pytest.raises(ValueError, match="box rule"):
        BoxRule(1, 5, boxes)


@pytest.mark.parametrize(("items", "index"), [((1, 1, 1), 0), ((10, 10, 10), 100), ((8, 7.5, 7), 72.2222)])
def test_acsi_style_index_meets_the_known_values(items: tuple[float, ...], index: float) -> None:
    assert acsi_style(items) == pytest.approx(index, abs=5e-5)


def test_acsi_style_index_meets_the_shared_golden_values() -> None:
    for case in golden("acsi_style_equal_weights"):
        assert acsi_style(case["items"]) == pytest.approx(case["value"], abs=5e-5)


def test_acsi_style_weights_need_not_sum_to_one() -> None:
    assert acsi_style([10, 1], [3, 1]) == pytest.approx(75)
    with pytest.raises(ValueError, match="weights"):
        acsi_style([5, 5], [1, -1])
    with pytest.raises(ValueError, match="items"):
        acsi_style([0, 5])
