"""The lake's tables as Arrow schemas: what each row is, and how private each column is.

Every column carries its privacy class as field metadata (`privacy`); only `plain` columns that are listed in
`STATISTICS` may have file statistics, because statistics hold values.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from pipeline.domain.privacy import Privacy

INSTANT: Final = pa.timestamp("us", tz="UTC")


def column(name: str, kind: pa.DataType, privacy: Privacy = Privacy.PLAIN, *, required: bool = False) -> pa.Field:
    """One lake column with its privacy class."""
    return pa.field(name, kind, nullable=not required, metadata={"privacy": privacy.value})


EVENTS: Final = pa.schema(
    [
        column("event_key", pa.int64(), Privacy.IDENTIFIER, required=True),  # 64-bit hash of source and id
        column("id", pa.string(), Privacy.IDENTIFIER, required=True),
        column("source", pa.string(), required=True),
        column("type", pa.string(), required=True),
        column("time", INSTANT, required=True),  # when it happened; intake fills it from recordedtime if absent
        column("recordedtime", INSTANT, required=True),  # when the inbox took it
        column("subject", pa.string(), Privacy.IDENTIFIER),
        column("partitionkey", pa.string(), Privacy.QUASI_IDENTIFIER),
        column("correlationid", pa.string(), Privacy.QUASI_IDENTIFIER),
        column("causationid", pa.string(), Privacy.QUASI_IDENTIFIER),
        column("dataschema", pa.string()),
        column("extensions", pa.string(), Privacy.QUASI_IDENTIFIER),  # unknown CloudEvents attributes, JSON object
        column("channel", pa.string()),
        column("case_id", pa.string(), Privacy.QUASI_IDENTIFIER),  # stated, else derived for a complaint
        column("product", pa.string()),
        column("language", pa.string()),
        column("record_class", pa.string()),
        column("category", pa.string()),
        column("sentiment", pa.string()),
        column("safety", pa.bool_()),
        column("model", pa.string()),  # name and version of the classifier that answered
        column("rating", pa.float64()),
        column("rating_scale", pa.string()),
        column("text", pa.string(), Privacy.FREE_TEXT),
        column("data", pa.string(), Privacy.FREE_TEXT),  # the event's data as JSON, without `text`
        column("inbox_log", pa.string(), required=True),  # which log of the inbox its offsets count
        column("inbox_partition", pa.int32(), required=True),
        column("inbox_offset", pa.int64(), required=True),
        column("log", pa.string(), required=True),  # which log of feedback.events
        column("partition", pa.int32(), required=True),  # of feedback.events
        column("offset", pa.int64(), required=True),
    ]
)
"""One row per accepted event; `event_key` unique within a partition and the dedupe horizon."""

DUPLICATES: Final = pa.schema(
    [
        column("event_key", pa.int64(), Privacy.IDENTIFIER, required=True),
        column("id", pa.string(), Privacy.IDENTIFIER, required=True),
        column("source", pa.string(), required=True),
        column("recordedtime", INSTANT, required=True),
        column("inbox_log", pa.string(), required=True),
        column("inbox_partition", pa.int32(), required=True),
        column("inbox_offset", pa.int64(), required=True),
        column("log", pa.string(), required=True),
        column("partition", pa.int32(), required=True),
        column("offset", pa.int64(), required=True),
    ]
)
"""One row per inbox record whose identity was already accepted from another inbox record."""

DEAD_LETTERS: Final = pa.schema(
    [
        column("letter_key", pa.int64(), required=True),  # 64-bit hash of where it came from
        column("reason", pa.string(), required=True),
        column("field", pa.string()),
        column("sentence", pa.string(), required=True),
        column("recordedtime", INSTANT, required=True),
        column("inbox_log", pa.string()),  # null for a row of a file that never reached the inbox, as the next two
        column("inbox_partition", pa.int32()),
        column("inbox_offset", pa.int64()),
        column("file", pa.string(), Privacy.QUASI_IDENTIFIER),  # source named by the importer
        column("line", pa.int64()),
        column("key", pa.binary(), Privacy.IDENTIFIER),
        column("original", pa.binary(), Privacy.FREE_TEXT),
        column("log", pa.string(), required=True),  # which log of feedback.dead-letters
        column("partition", pa.int32(), required=True),  # of feedback.dead-letters
        column("offset", pa.int64(), required=True),
    ]
)
"""One row per input that could not be accepted. `letter_key` says which input: unique among inbox records, while a file
that is published again gives its rows again, each at an offset of its own and with the same key."""

TABLES: Final = {"events": EVENTS, "duplicates": DUPLICATES, "dead_letters": DEAD_LETTERS}

STATISTICS: Final = {
    "events": ("time", "recordedtime", "type", "channel", "partition", "offset", "inbox_partition", "inbox_offset"),
    "duplicates": ("recordedtime", "partition", "offset", "inbox_partition", "inbox_offset"),
    "dead_letters": ("recordedtime", "reason", "partition", "offset", "inbox_partition", "inbox_offset"),
}
"""Columns whose minimum and maximum may stand in the table's log."""

REPEATING: Final = {
    "events": (
        "source",
        "type",
        "recordedtime",
        "dataschema",
        "channel",
        "product",
        "language",
        "record_class",
        "category",
        "sentiment",
        "model",
        "rating",
        "rating_scale",
        "inbox_log",
        "inbox_partition",
        "log",
        "partition",
    ),
    "duplicates": ("source", "recordedtime", "inbox_log", "inbox_partition", "log", "partition"),
    "dead_letters": (
        "reason",
        "field",
        "sentence",
        "recordedtime",
        "inbox_log",
        "inbox_partition",
        "file",
        "log",
        "partition",
    ),
}
"""Columns of few distinct values: files keep each value once. For the others that would be work in vain."""
