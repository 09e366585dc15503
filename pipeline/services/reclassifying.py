"""One use case: ask a text model about every stored text, and keep its answers beside those that are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyarrow as pa

from pipeline.domain.enrichment import ENRICHMENTS
from pipeline.domain.errors import UsageError
from pipeline.ports import Classifier
from pipeline.settings import Settings
from warehouse.enrichments import EnrichmentTable
from warehouse.lake import DeltaLake
from warehouse.stored_texts import unanswered_texts

BATCH: Final = 20_000


@dataclass(frozen=True, slots=True)
class Reclassified:
    """How many stored texts a model has answered now, and how many before."""

    model: str
    answered: int
    answered_before: int


def reclassify(
    settings: Settings,
    classifier: Classifier,
    heads: Sequence[str],
    now: datetime,
    said: Callable[[int, int], None] = lambda _done, _all: None,
) -> Reclassified:
    """Append the classifier's answers for every stored text that it has not answered yet, one commit per batch.

    `heads` are the questions that it answers. Run again, it answers what came since, and never twice. `said` is told
    how many are done, of how many.

    Raises:
        UsageError: there is no lake.
        RetryableError: another reclassification was under way.
    """
    files = DeltaLake(settings.lake_path).files("events")
    if not files:
        raise UsageError(f"there are no stored texts in {settings.lake_path}")
    table = EnrichmentTable(settings.lake_path)
    done = 0
    area = settings.state_path / "reclassifying"
    with unanswered_texts(files, table.files, classifier.model, area, BATCH) as texts:
        for batch in texts.batches:
            table.append(_rows(classifier, heads, batch, now))
            done += batch.num_rows
            said(done, texts.unanswered)
    return Reclassified(classifier.model, done, texts.answered)


def _rows(classifier: Classifier, heads: Sequence[str], batch: pa.RecordBatch, now: datetime) -> pa.Table:
    """Rows of `ENRICHMENTS` for a batch of `event_key`, `text` and `language`."""
    said = classifier.classify(batch.column("text").to_pylist(), batch.column("language").to_pylist())
    columns = {
        "event_key": batch.column("event_key").to_pylist(),
        "model": [classifier.model] * batch.num_rows,
        "heads": [" ".join(heads)] * batch.num_rows,
        "enriched_at": [now] * batch.num_rows,
    }
    return pa.table(
        [
            pa.array(columns[field.name] if field.name in columns else getattr(said, field.name), field.type)
            for field in ENRICHMENTS
        ],
        ENRICHMENTS,
    )
