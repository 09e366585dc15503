"""The five topics: what each keeps, for how long, and how large a record may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

DAY_MS: Final = 86_400_000
FOR_EVER: Final = {"retention.ms": "-1", "retention.bytes": "-1"}
ANY_FUTURE: Final = {"message.timestamp.after.max.ms": str(2**63 - 1)}
"""Kafka refuses records dated more than an hour ahead; event times come from channels with wrong clocks."""

INBOX: Final = "inbox"
EVENTS: Final = "events"
DEAD_LETTERS: Final = "dead-letters"
METRICS: Final = "metrics"
ALERTS: Final = "alerts"

MAX_INBOX_BYTES: Final = 2 * 1024 * 1024
"""Largest record batch that the inbox takes, hence nearly the largest single record."""
MAX_ONWARD_BYTES: Final = MAX_INBOX_BYTES + 64 * 1024
"""Room for everything the inbox took and what we add to it: attributes, or the headers of a dead letter."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic by its short name, with the settings that differ from the broker's own."""

    name: str
    configs: Mapping[str, str] = field(default_factory=dict)


TOPICS: Final = (
    Topic(
        INBOX,
        {
            # the record's timestamp is the moment the broker took it, so a replayed intake reads the same moment again
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": str(7 * DAY_MS),
            "segment.ms": str(DAY_MS),
            "max.message.bytes": str(MAX_INBOX_BYTES),
        },
    ),
    Topic(EVENTS, {**FOR_EVER, **ANY_FUTURE, "max.message.bytes": str(MAX_ONWARD_BYTES)}),
    Topic(DEAD_LETTERS, {**FOR_EVER, **ANY_FUTURE, "max.message.bytes": str(MAX_ONWARD_BYTES)}),
    Topic(METRICS, {**ANY_FUTURE, "cleanup.policy": "compact"}),
    Topic(ALERTS, {**ANY_FUTURE, "retention.ms": str(30 * DAY_MS)}),
)
