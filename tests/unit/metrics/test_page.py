from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.metrics.metric import Metric
from pipeline.metrics.page import page
from pipeline.metrics.registry import METRICS

COMMITTED = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_the_committed_page_is_that_of_the_registry() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == page(), "run python -m pipeline.metrics.page docs/metrics.md"


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_the_page_tells_definition_formula_source_and_traps_of_each(metric: Metric) -> None:
    section = page().partition(f"\n## {metric.name}\n")[2].partition("\n## ")[0]
    said = (metric.definition, metric.numerator, metric.denominator, metric.source, *metric.traps)
    assert [each for each in said if each not in section] == []
    assert f"version {metric.definition_version}" in section
