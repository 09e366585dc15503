"""What a text model says of stored feedback: the lake table `enrichments`, which is appended to and never changed."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from pipeline.domain.lake_tables import INSTANT, column
from pipeline.domain.privacy import Privacy

INTAKE: Final = "intake"
"""The enrichment that the intake gave each event as it came: what marts take unless told otherwise."""
OFF: Final = "off"
"""No enrichment: what channels stated, and nothing else."""

STATED: Final = ("record_class", "category")
"""What a channel may state itself; no model overrules it."""

ENRICHMENTS: Final = pa.schema(
    [
        column("event_key", pa.int64(), Privacy.IDENTIFIER, required=True),
        column("model", pa.string(), required=True),  # the id: name, version and hash
        column("heads", pa.string(), required=True),  # what the model was asked, names between spaces
        column("language", pa.string()),
        column("record_class", pa.string()),  # null where the model does not know, or was not asked
        column("category", pa.string()),
        column("sentiment", pa.string()),
        column("severity", pa.int8()),
        column("safety", pa.bool_()),
        column("confidence", pa.string()),  # whole percents in the order of `CONFIDENCE_HEADS`, between spaces
        column("enriched_at", INSTANT, required=True),
    ]
)
"""One row per event and model; (event_key, model) is unique."""

ENRICHMENT_STATISTICS: Final = ("model", "enriched_at")
"""Columns whose minimum and maximum may stand in the table's log."""
