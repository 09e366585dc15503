"""Which log an offset counts: a topic's own id, because its name and its offsets outlive it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import xxhash

from pipeline.domain.errors import DependencyError
from pipeline.ports import Broker
from streams.brokers.probe import QUIET

ANSWER_SECONDS: Final = 10.0
IN_MEMORY: Final = "mockCluster"
"""How librdkafka's own cluster calls itself; it is new with every process and knows no topic ids."""


def log_ids(broker: Broker, topics: Collection[str]) -> dict[str, str]:
    """A short id for each topic that changes when the topic is made anew or another Kafka answers.

    It is the topic's id where the broker has such, else the cluster's. Raises `DependencyError` when nobody answers.
    """
    from confluent_kafka import KafkaException, TopicCollection  # noqa: PLC0415 - a native library
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - the same

    client = AdminClient({"bootstrap.servers": broker.bootstrap, **broker.client_options, **QUIET})
    try:
        cluster = str(client.list_topics(timeout=ANSWER_SECONDS).cluster_id)
        if cluster.startswith(IN_MEMORY):
            return {topic: _short(cluster, broker.bootstrap, topic) for topic in topics}
        described = client.describe_topics(TopicCollection(sorted(topics)), request_timeout=ANSWER_SECONDS)
        ids = {topic: str(answer.result().topic_id) for topic, answer in described.items()}
    except KafkaException as error:
        raise DependencyError(
            f"Kafka at {broker.bootstrap} did not say which topics it has ({error.args[0].name()}); is it running, and "
            "were the topics made?"
        ) from error
    return {topic: _short(cluster, ids[topic], topic) for topic in topics}


def _short(*parts: str) -> str:
    """Sixteen hexadecimal digits: enough to tell apart the few logs that one home ever meets."""
    return xxhash.xxh3_64_hexdigest("\0".join(parts).encode())
