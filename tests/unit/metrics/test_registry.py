from __future__ import annotations

import pytest

from pipeline.domain.errors import UsageError
from pipeline.metrics.metric import Metric
from pipeline.metrics.registry import FAMILIES, METRICS, attribute_of, described, metrics_named, require_one_nature

EVERY = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)


def test_effort_has_three_scores_and_no_single_one() -> None:
    assert [metric.name for metric in metrics_named("ces")] == ["ces_agree", "ces_net", "ces_mean"]


def test_an_unknown_metric_lists_the_valid_ones() -> None:
    with pytest.raises(UsageError, match=r"no metric `happiness`.*csat, nps"):
        metrics_named("happiness")


@pytest.mark.parametrize("by", [("colour",), ("channel", "channel"), ("day", "month"), ("market", "region")])
def test_what_a_metric_cannot_be_split_by_is_refused(by: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        attribute_of(METRICS["csat"], by, ("market", "region"))


def test_a_dimension_wins_over_an_attribute_of_its_name_and_the_prefix_reaches_the_attribute() -> None:
    assert attribute_of(METRICS["csat"], ("channel",), ("channel",)) is None
    assert attribute_of(METRICS["csat"], ("attributes.channel", "month"), ("channel",)) == "channel"


@EVERY
def test_every_metric_says_all_of_itself(metric: Metric) -> None:
    said = described(metric)
    needed = ("definition", "population", "numerator", "denominator", "method", "source", "cohort", "nature", "cells")
    assert [name for name in needed if not said[name]] == []
    assert metric.traps, "every figure can be misread somehow"
    assert metric.definition_version >= 1
    assert metric.kind in ("count", "stock") or metric.floor >= 10


@EVERY
def test_a_maturing_metric_says_so_among_its_traps(metric: Metric) -> None:
    assert metric.maturity_days is None or any("mature" in trap for trap in metric.traps)


def test_direct_measures_and_indirect_indicators_are_never_averaged() -> None:
    with pytest.raises(UsageError, match="never averaged"):
        require_one_nature([METRICS["csat"], METRICS["rating_top_two_box"]])
    require_one_nature([METRICS["csat"], METRICS["nps"]])


def test_no_family_and_no_set_of_cells_mixes_the_two_natures() -> None:
    for members in FAMILIES.values():
        require_one_nature([METRICS[name] for name in members])
    for word in {metric.cells for metric in METRICS.values()}:
        require_one_nature([metric for metric in METRICS.values() if metric.cells == word])
