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
        column("severity", pa.int8()),  # 1 to 5, as the classifier sees it
        column("confidence", pa.string()),  # whole percents in the order of `CONFIDENCE_HEADS`, between spaces
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

TRANSITIONS: Final = pa.schema(
    [
        column("event_key", pa.int64(), Privacy.IDENTIFIER, required=True),  # of the event that this row is about
        column("case_id", pa.string(), Privacy.QUASI_IDENTIFIER, required=True),
        column("case_key", pa.int64(), Privacy.QUASI_IDENTIFIER, required=True),  # 64-bit hash of `case_id`
        column("step", pa.string(), required=True),  # `received`, or the verb of `vidhuk.complaint.<verb>.v1`
        column("time", INSTANT, required=True),
        column("sequence", pa.int64(), required=True),  # CloudEvents `sequence` as a number; -1 where absent
        column("outcome", pa.string(), required=True),  # applied, repeat or refused
        column("reason", pa.string()),  # why a step was no more than a repeat, or refused
        column("state_from", pa.string(), required=True),
        column("state_to", pa.string(), required=True),  # this and all below: the case after the event
        column("product", pa.string()),
        column("channel", pa.string()),
        column("priority", pa.string()),  # null before an assessment
        column("priority_first", pa.string()),
        column("severity", pa.int8()),
        column("safety", pa.bool_(), required=True),
        column("immediate_action", pa.bool_(), required=True),
        column("vulnerable", pa.bool_(), required=True),
        column("reportable", pa.bool_(), required=True),
        column("escalated", pa.bool_(), required=True),
        column("decision", pa.string()),  # null before a decision
        column("acceptance", pa.string()),  # accepted or rejected: the complainant's own word
        column("closed_by_organization", pa.bool_(), required=True),
        column("recourse_told", pa.bool_(), required=True),
        column("reopens", pa.int32(), required=True),  # how often the case was reopened so far
        column("reclassified_as", pa.string()),
        column("merged_into", pa.string(), Privacy.QUASI_IDENTIFIER),
        column("known_at", INSTANT, required=True),  # `recordedtime` of the record that made this row be written
        column("log", pa.string(), required=True),  # and that record's place in feedback.events
        column("partition", pa.int32(), required=True),
        column("offset", pa.int64(), required=True),
    ]
)
"""One row per event of a case, and again, as a correction, for each event that a late one came before.

The truth about an event is its newest row: within a log that of the greatest offset,
between logs the one known later. As known at a moment, it is the newest among rows with `known_at` up to then.
"""

CLOCKS: Final = pa.schema(
    [
        column("event_key", pa.int64(), Privacy.IDENTIFIER, required=True),  # of the event at which it was noticed
        column("case_id", pa.string(), Privacy.QUASI_IDENTIFIER, required=True),
        column("case_key", pa.int64(), Privacy.QUASI_IDENTIFIER, required=True),
        column("clock", pa.string(), required=True),  # acknowledge, first_response, decision, close, or a policy's own
        column("cycle", pa.int32(), required=True),  # 0, and one more each time a reopening starts the clock again
        column("policy", pa.string(), required=True),
        column("policy_version", pa.int32(), required=True),
        column("change", pa.string(), required=True),  # activate, pause, resume, fulfil, breach or cancel
        column("at", INSTANT, required=True),  # when it took effect; of a breach, when the clock fell due
        column("due_at", INSTANT),  # after the change; null while paused
        column("target_us", pa.int64()),  # time allowed, in the clock's own kind of time
        column("elapsed_us", pa.int64(), required=True),  # of that kind of time, spent up to `at`
        column("wall_us", pa.int64(), required=True),  # all time from the activation to `at`
        column("paused_us", pa.int64(), required=True),  # of which paused
        column("breached_at", INSTANT),  # null where it did not breach so far
        column("ordinal", pa.int32(), required=True),  # counts the changes of one cycle of a clock: their order
        column("known_at", INSTANT, required=True),
        column("log", pa.string(), required=True),
        column("partition", pa.int32(), required=True),
        column("offset", pa.int64(), required=True),
    ]
)
"""One row per change of one clock of one case. It holds while the newest transition of its `event_key` has its place;
the last that holds by `ordinal` of a case, clock and cycle tells all about that clock."""

TABLES: Final = {
    "events": EVENTS,
    "duplicates": DUPLICATES,
    "dead_letters": DEAD_LETTERS,
    "transitions": TRANSITIONS,
    "clocks": CLOCKS,
}
"""Every table by name; `events` is first because it is the last that the ledger commits (`warehouse.published`)."""

STATISTICS: Final = {
    "events": ("time", "recordedtime", "type", "channel", "partition", "offset", "inbox_partition", "inbox_offset"),
    "duplicates": ("recordedtime", "partition", "offset", "inbox_partition", "inbox_offset"),
    "dead_letters": ("recordedtime", "reason", "partition", "offset", "inbox_partition", "inbox_offset"),
    "transitions": ("time", "known_at", "step", "partition", "offset"),
    "clocks": ("at", "known_at", "clock", "partition", "offset"),
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
    "transitions": (
        "step",
        "sequence",
        "outcome",
        "reason",
        "state_from",
        "state_to",
        "product",
        "channel",
        "priority",
        "priority_first",
        "severity",
        "decision",
        "acceptance",
        "reopens",
        "reclassified_as",
        "known_at",
        "log",
        "partition",
    ),
    "clocks": (
        "clock",
        "cycle",
        "policy",
        "policy_version",
        "change",
        "target_us",
        "paused_us",
        "ordinal",
        "known_at",
        "log",
        "partition",
    ),
}
"""Columns of few distinct values: files keep each value once. For the others that would be work in vain."""
