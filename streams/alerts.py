"""`feedback.alerts`, read once from its oldest record to its end, and written by whoever is no worker."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

import msgspec

from pipeline.domain.errors import DependencyError
from pipeline.ports import Broker, OutgoingRecords
from pipeline.settings import Settings
from streams.admin import Offsets
from streams.brokers.probe import QUIET
from streams.partitioning import partitions_of
from streams.sender import BatchSender
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
        heard = time.monotonic()
        while left:
            # a longer wait would be waited out whenever fewer records are there than asked for
            records = consumer.consume(1_000, timeout=0.1)
            if records:
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENCE_SECONDS:
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


def send_alerts(settings: Settings, broker: Broker, partitions: int, records: OutgoingRecords) -> None:
    """Send alerts to the partitions of their keys; returns when the broker has acknowledged all of them.

    Raises `DependencyError` when it does not.
    """
    topic = settings.topic(ALERTS)
    by_partition: dict[int, OutgoingRecords] = {}
    for partition, key, value in zip(
        partitions_of([key or b"" for key in records.keys], partitions), records.keys, records.values, strict=True
    ):
        chosen = by_partition.setdefault(partition, OutgoingRecords())
        chosen.keys.append(key)
        chosen.values.append(value)

    async def send() -> None:
        async with BatchSender(broker) as sender:
            for partition, chosen in by_partition.items():
                await sender.send(topic, partition, chosen)

    from aiokafka.errors import KafkaError  # noqa: PLC0415 - heavy; only who sends loads it

    try:
        asyncio.run(send())
    except KafkaError as error:
        raise DependencyError(
            f"Kafka at {broker.bootstrap} did not take the alerts ({type(error).__name__}); they are sent next time."
        ) from error
