"""One use case: answer a question about a metric, from the published warehouse or as known at a past moment."""

from __future__ import annotations

from datetime import datetime

from pipeline.domain.errors import UsageError
from pipeline.metrics.metric import Metric
from pipeline.settings import Settings
from warehouse.as_known import rows_as_known
from warehouse.history import known_at
from warehouse.lake import DeltaLake
from warehouse.metric_queries import Question, Row, metric_rows
from warehouse.published import required, snapshot


def measure(settings: Settings, metric: Metric, question: Question, moment: datetime | None = None) -> list[Row]:
    """The rows of `warehouse.metric_queries.answered`: of the published warehouse, or as known at `moment`.

    Raises `UsageError` where nothing is published, or nothing was ever recorded.
    """
    if moment is None:
        return metric_rows(required(settings.published_path)[1], metric, question)
    taken = snapshot(DeltaLake(settings.lake_path), settings.enrichment)
    if not any(taken.files.values()):
        raise UsageError(f"There is no lake in {settings.lake_path}: nothing was known at {moment.isoformat()}.")
    known = known_at(settings.published_path, moment)
    return rows_as_known(taken, metric, question, known, settings.state_path / "asking")
