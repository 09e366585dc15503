"""What could not be accepted, and the account of every input."""

from __future__ import annotations

from typing import Final

from expectations.rules import Expectation, NoneFound, SameCount, Severity, columns, not_null, suite, unique

ENDED_TWICE: Final = """
    select count(*) from (
        select inbox_log, inbox_partition, inbox_offset from (
            select inbox_log, inbox_partition, inbox_offset from lake_events
            union all
            select inbox_log, inbox_partition, inbox_offset from lake_duplicates
            union all
            select inbox_log, inbox_partition, inbox_offset from lake_dead_letters where inbox_offset is not null
        ) group by all having count(*) > 1
    )
"""
"""Inbox records with more than one row. The log is part of their place: another one counts its offsets anew."""

ORPHANED_DUPLICATES: Final = """
    with landed as (
        select "partition", max(recordedtime) as newest from lake_events group by "partition"
    )
    select count(*) from lake_duplicates join landed using ("partition")
    where recordedtime < newest and event_key not in (select event_key from lake_events)
"""
"""Only before the newest event of the partition: the ledger commits duplicates a moment before their events."""


FCT_DEAD_LETTER: Final = suite(
    "fct_dead_letter",
    ("letter_key",),
    columns(
        letter_key="BIGINT",
        recorded_at="TIMESTAMP WITH TIME ZONE",
        recorded_date="DATE",
        reason="VARCHAR",
        field="VARCHAR",
        sentence="VARCHAR",
        file="VARCHAR",
        line="BIGINT",
        inbox_partition="INTEGER",
        inbox_offset="BIGINT",
    ),
    *not_null("letter_key", "recorded_at", "recorded_date", "reason", "sentence"),
    unique("letter_key"),
    Expectation(
        "as many rows as the lake has letters",
        SameCount("select count(distinct letter_key) from lake_dead_letters"),
    ),
    Expectation("every inbox record ended in one place", NoneFound(ENDED_TWICE)),
    Expectation("no duplicate without the event that it repeats", NoneFound(ORPHANED_DUPLICATES), Severity.WARNING),
)
