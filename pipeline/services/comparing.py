"""One use case: put two sides of a metric beside one another, and say whether they may be compared."""

from __future__ import annotations

from pathlib import Path

from pipeline.metrics.comparison import Comparison, Side, compare
from pipeline.metrics.metric import Metric
from pipeline.metrics.sides import side_of
from pipeline.settings import Settings
from warehouse.metric_queries import Question, metric_rows, values_among
from warehouse.published import required


def compare_sides(settings: Settings, metric: Metric, a: str, b: str) -> tuple[Comparison, Side, Side]:
    """The judgement and both sides, of the published warehouse.

    Raises `UsageError` on a side that cannot be read, a dimension the metric does not have, or nothing published.
    """
    path = required(settings.published_path)[1]
    first, second = _side(path, metric, a), _side(path, metric, b)
    return compare(metric, first, second), first, second


def _side(path: Path, metric: Metric, text: str) -> Side:
    start, end, where = side_of(text)
    question = Question((), start, end, tuple(where.items()))
    figures = metric_rows(path, metric, question)
    surveys, channels = (
        frozenset(values_among(path, metric, question, name)) if "survey_id" in metric.dimensions else frozenset[str]()
        for name in ("survey_id", "channel")
    )
    return Side(text or "everything", start, end, where, figures, surveys, channels)
