"""One use case: ask a text model about every stored text, and keep its answers beside those that are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyarrow as pa

from pipeline.classify.model import TextModel
from pipeline.domain.enrichment import ENRICHMENTS, HEADS
from pipeline.domain.errors import UsageError
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
    settings: Settings, model: TextModel, now: datetime, said: Callable[[int, int], None] = lambda _done, _all: None
) -> Reclassified:
    """Append the model's answers for every stored text that it has not answered yet, one commit per batch.

    Run again, it answers what came since, and never twice. `said` is told how many are done, of how many.

    Raises:
        UsageError: the model answers nothing that events have, or there is no lake.
        RetryableError: another reclassification was under way.
    """
    heads = [head.name for head in model.heads if head.name in HEADS]
    if not heads:
        has = ", ".join(f"`{head.name}`" for head in model.heads)
        raise UsageError(
            f"the model {model.id} answers {has} and none of {', '.join(f'`{head}`' for head in HEADS)}; "
            "train it with --label naming a column of that name"
        )
    lake = DeltaLake(settings.lake_path)
    files = lake.files("events")
    if not files:
        raise UsageError(f"there are no stored texts in {settings.lake_path}")
    table = EnrichmentTable(settings.lake_path)
    done = 0
    with unanswered_texts(files, table.files, model.id, settings.state_path / "reclassifying", BATCH) as texts:
        for batch in texts.batches:
            table.append(_rows(model, heads, batch, now))
            done += batch.num_rows
            said(done, texts.unanswered)
    return Reclassified(model.id, done, texts.answered)


def _rows(model: TextModel, heads: list[str], batch: pa.RecordBatch, now: datetime) -> pa.Table:
    """Rows of `ENRICHMENTS` for a batch of `event_key` and `text`."""
    answers = model.predict(batch.column("text"))
    count = batch.num_rows
    labels = {head: answers[head].labels() for head in heads}
    percents = [[int(sure * 100) for sure in answers[head].confidence.tolist()] for head in heads]
    columns: dict[str, object] = dict.fromkeys(ENRICHMENTS.names, pa.nulls(count))
    columns |= labels
    if "severity" in labels:
        columns["severity"] = [None if level is None else int(level) for level in labels["severity"]]
    if "safety" in labels:
        columns["safety"] = [None if flag is None else flag == "true" for flag in labels["safety"]]
    columns |= {
        "event_key": batch.column("event_key"),
        "model": [model.id] * count,
        "heads": [" ".join(heads)] * count,
        "confidence": [" ".join(map(str, row)) for row in zip(*percents, strict=True)],
        "enriched_at": [now] * count,
    }
    return pa.table([_column(columns[field.name], field.type) for field in ENRICHMENTS], ENRICHMENTS)


def _column(values: object, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values.cast(kind)
    return pa.array(values, kind)
