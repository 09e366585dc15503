from __future__ import annotations

import pytest

from pipeline.domain.errors import UsageError
from pipeline.metrics.registry import METRICS, attribute_of, metrics_named


def test_effort_has_three_scores_and_no_single_one() -> None:
    assert [metric.name for metric in metrics_named("ces")] == ["ces_agree", "ces_net", "ces_mean"]


def test_an_unknown_metric_lists_the_valid_ones() -> None:
    with pytest.raises(UsageError, match=r"no metric `happiness`.*csat, nps"):
        metrics_named("happiness")


@pytest.mark.parametrize("by", [("colour",), ("channel", "channel"), ("day", "month")])
def test_what_a_metric_cannot_be_split_by_is_refused(by: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        attribute_of(METRICS["csat"], by)
