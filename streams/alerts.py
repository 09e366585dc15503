"""What stands on `feedback.alerts`, read once from its oldest record to its end."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from pipeline.domain.errors import DependencyError
from pipeline.ports import Broker
from pipeline.settings import Settings
from streams.admin import Offsets
from streams.brokers.probe import QUIET
from streams.topics import ALERTS

SILENCE_SECONDS: Final = 30.0
"""A broker that gives nothing for so long, though it says there is more, counts as not answering."""


def read_alerts(settings: Settings, broker: Broker) -> list[dict[str, Any]]:
    """All alerts as of now, each id once, by `time` and id.

    Raises `DependencyError` when the broker does not answer.
    """
    topic = settings.topic(ALERTS)
    with Offsets(broker) as offsets:
        beginnings, ends = offsets.beginnings(topic), offsets.ends(topic)
    wanted = {partition: end for partition, end in ends.items() if end > beginnings[partition]}
    found: dict[str, dict[str, Any]] = {}
    for value in _values(broker, topic, {partition: beginnings[partition] for partition in wanted}, wanted):
        alert = msgspec.json.decode(value, type=dict[str, Any])
        found[alert["id"]] = alert
    return sorted(found.values(), key=lambda alert: (alert["time"], alert["id"]))


def _values(broker: Broker, topic: str, begins: dict[int, int], ends: dict[int, int]) -> list[bytes]:
    """The values of these stretches of a topic."""
    from confluent_kafka import Consumer, TopicPartition  # noqa: PLC0415 - a native library; only who reads loads it

    if not ends:
        return []
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap,
            "group.id": "vidhuk-looks-only",  # never joined
            "enable.auto.commit": False,
            "enable.partition.eof": False,
            **broker.client_options,
            **QUIET,
        }
    )
    values: list[bytes] = []
    try:
        consumer.assign([TopicPartition(topic, partition, begin) for partition, begin in begins.items()])
        left = set(ends)
        while left:
            records = consumer.consume(10_000, timeout=SILENCE_SECONDS)
            if not records:
                raise DependencyError(f"Kafka at {broker.bootstrap} stopped giving alerts; is it still running?")
            for record in records:
                if record.error() is not None:
                    raise DependencyError(
                        f"Kafka at {broker.bootstrap} did not give the alerts ({record.error().name()})."
                    )
                values.append(record.value())
                if record.offset() + 1 >= ends[record.partition()]:
                    left.discard(record.partition())
    finally:
        consumer.close()
    return values
