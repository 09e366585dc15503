"""Topics made as declared, and how far the broker and its groups are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from pipeline.domain.errors import DependencyError, UsageError
from pipeline.ports import Broker
from pipeline.settings import Settings
from streams.brokers.local.cluster import LocalBroker
from streams.brokers.memory import MemoryBroker
from streams.brokers.options import kafka_python_options
from streams.brokers.probe import QUIET
from streams.topics import INBOX, TOPICS

ANSWER_SECONDS: Final = 30.0
"""A broker that is started again after a crash reads its log first; draining waits for it."""
RETRY_SECONDS: Final = 0.2
Answer = TypeVar("Answer")


def create_topics(broker: Broker, settings: Settings) -> int:
    """Make those of our topics that are missing, as `streams/topics.py` declares them; the partitions each now has.

    Topics that exist keep their number of partitions, which the new ones take over. Raises `UsageError` when existing
    ones differ from one another or the inbox does not stamp records itself, `DependencyError` when the broker does not
    answer or refuses.
    """
    names = [settings.topic(topic.name) for topic in TOPICS]
    with Offsets(broker) as offsets:
        existing = {name: count for name in names if (count := offsets.partitions(name))}
    counts = set(existing.values())
    if len(counts) > 1:
        listed = ", ".join(f"{name} has {count}" for name, count in sorted(existing.items()))
        raise UsageError(
            f"Topics at {broker.bootstrap} differ in their number of partitions ({listed}), so a record cannot "
            "keep its partition. Give them equal numbers, or take another VIDHUK_TOPIC_PREFIX."
        )
    partitions = counts.pop() if counts else settings.partitions
    missing = [topic for topic in TOPICS if settings.topic(topic.name) not in existing]
    if isinstance(broker, MemoryBroker):
        for topic in missing:
            broker.create_topic(settings.topic(topic.name), partitions)
        return partitions
    with _Admin(broker) as admin:
        admin.create(
            {
                settings.topic(topic.name): {
                    "num_partitions": partitions,
                    "replication_factor": _replication(broker, settings),
                    "configs": dict(topic.configs),
                }
                for topic in missing
            }
        )
        if settings.topic(INBOX) in existing:
            admin.require_append_time(settings.topic(INBOX))
    return partitions


def delete_topics(broker: Broker, settings: Settings) -> None:
    """Remove our topics with all they hold; those that are not there are as good. Raises `DependencyError`.

    An in-memory broker removes none: it forgets them all at its end.
    """
    if isinstance(broker, MemoryBroker):
        return
    with _Admin(broker) as admin:
        admin.delete([settings.topic(topic.name) for topic in TOPICS])


def end_offsets(broker: Broker, topic: str) -> dict[int, int]:
    """Next offset to be written, per partition of `topic`."""
    with Offsets(broker) as offsets:
        return offsets.ends(topic)


def committed(broker: Broker, group: str, topic: str) -> dict[int, int]:
    """Next offset that `group` has not finished, per partition of `topic` it has ever committed."""
    with Offsets(broker) as offsets:
        return offsets.committed(group, topic)


class Offsets:
    """How far a broker's topics and groups are; keeps its connections, so asking again is quick.

    Every call blocks for a moment and raises `DependencyError` when the broker does not answer.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._consumers: dict[str, Any] = {}
        self._partitions: dict[str, int] = {}

    def partitions(self, topic: str) -> int:
        """How many partitions `topic` has; 0 when there is no such topic."""
        if topic not in self._partitions:
            found = self._ask(lambda consumer, timeout: consumer.list_topics(topic, timeout=timeout)).topics.get(topic)
            if found is None or found.error is not None or not found.partitions:
                return 0
            self._partitions[topic] = len(found.partitions)
        return self._partitions[topic]

    def ends(self, topic: str) -> dict[int, int]:
        """Next offset to be written, per partition."""
        return {partition: high for partition, (_, high) in self._watermarks(topic).items()}

    def beginnings(self, topic: str) -> dict[int, int]:
        """Oldest offset still kept, per partition."""
        return {partition: low for partition, (low, _) in self._watermarks(topic).items()}

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Next offset that `group` has not finished, per partition it has ever committed."""
        from confluent_kafka import TopicPartition  # noqa: PLC0415 - a native library; only who connects loads it

        wanted = [TopicPartition(topic, partition) for partition in range(self.partitions(topic))]
        if not wanted:
            return {}
        found = self._ask(lambda consumer, timeout: consumer.committed(wanted, timeout=timeout), group)
        return {tp.partition: tp.offset for tp in found if tp.offset >= 0}

    def close(self) -> None:
        """Drop the connections."""
        for consumer in self._consumers.values():
            consumer.close()
        self._consumers.clear()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _watermarks(self, topic: str) -> dict[int, tuple[int, int]]:
        from confluent_kafka import TopicPartition  # noqa: PLC0415 - a native library; only who connects loads it

        def ask_of(tp: TopicPartition) -> Callable[[Any, float], tuple[int, int]]:
            return lambda consumer, timeout: consumer.get_watermark_offsets(tp, timeout=timeout, cached=False)

        partitions = range(self.partitions(topic))
        return {partition: self._ask(ask_of(TopicPartition(topic, partition))) for partition in partitions}

    def _ask(self, question: Callable[[Any, float], Answer], group: str = "vidhuk-looks-only") -> Answer:
        from confluent_kafka import Consumer, KafkaException  # noqa: PLC0415 - a native library

        if group not in self._consumers:
            self._consumers[group] = Consumer(
                {
                    "bootstrap.servers": self._broker.bootstrap,
                    "group.id": group,  # never joined: only its offsets are asked for
                    "enable.auto.commit": False,
                    "allow.auto.create.topics": False,
                    "reconnect.backoff.max.ms": 500,
                    **self._broker.client_options,
                    **QUIET,
                }
            )
        end = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                return question(self._consumers[group], max(1.0, end - time.monotonic()))
            except KafkaException as error:
                if time.monotonic() >= end:
                    raise DependencyError(
                        f"Kafka at {self._broker.bootstrap} did not answer a question about offsets "
                        f"({error.args[0].name()}); is it still running?"
                    ) from error
                time.sleep(RETRY_SECONDS)


class _Admin:
    """kafka-python's admin client, with its errors as sentences of ours."""

    def __init__(self, broker: Broker) -> None:
        from kafka import KafkaAdminClient  # noqa: PLC0415 - only who makes topics loads it
        from kafka.errors import KafkaError  # noqa: PLC0415 - only who asks loads it

        self._bootstrap = broker.bootstrap
        self._error: type[Exception] = KafkaError
        try:
            self._client = KafkaAdminClient(
                bootstrap_servers=broker.bootstrap.split(","), **kafka_python_options(broker.client_options)
            )
        except KafkaError as error:
            raise self._sentence("connect", error) from error

    def create(self, topics: Mapping[str, Mapping[str, Any]]) -> None:
        """Make `topics` and return when each has its leaders; one that somebody else made meanwhile is as good."""
        from kafka.errors import TopicAlreadyExistsError  # noqa: PLC0415 - only who asks loads it

        for name, topic in topics.items():
            try:
                self._client.create_topics({name: dict(topic)}, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                continue
            except self._error as error:
                raise self._sentence(f"make the topic {name}", error) from error

    def delete(self, names: Iterable[str]) -> None:
        """Remove topics, those that there are."""
        from kafka.errors import UnknownTopicOrPartitionError  # noqa: PLC0415 - only who asks loads it

        for name in names:
            try:
                self._client.delete_topics([name])
            except UnknownTopicOrPartitionError:
                continue
            except self._error as error:
                raise self._sentence(f"remove the topic {name}", error) from error

    def require_append_time(self, inbox: str) -> None:
        """Raise `UsageError` unless the broker stamps the inbox's records itself."""
        from kafka.admin import ConfigResource, ConfigResourceType  # noqa: PLC0415 - only who asks loads it

        try:
            resource = ConfigResource(ConfigResourceType.TOPIC, inbox)
            found = self._client.describe_configs([resource], config_filter="all")  # the broker's defaults count too
        except self._error:
            return  # not everybody may read a topic's settings; then we go by what was agreed
        stamped = _config(found, "message.timestamp.type")
        if stamped not in {None, "LogAppendTime"}:
            raise UsageError(
                f"{inbox} at {self._bootstrap} has message.timestamp.type={stamped}; the moment of recording must be "
                "the broker's. Set it to LogAppendTime."
            )

    def _sentence(self, what: str, error: Exception) -> DependencyError:
        return DependencyError(
            f"Kafka at {self._bootstrap} did not let us {what} ({type(error).__name__}). Check that it runs and that "
            "this user may."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()


def _config(found: object, name: str) -> str | None:
    """The value of one setting, wherever in kafka-python's answer it stands."""
    if isinstance(found, Mapping):
        if name in found:
            value = found[name]
            inner = value.get("value") if isinstance(value, Mapping) else value
            return None if inner is None else str(inner)
        if found.get("name") == name:
            return str(found.get("value"))
        return _first(_config(inner, name) for inner in found.values())
    if isinstance(found, (list, tuple)):
        return _first(_config(inner, name) for inner in found)
    return None


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _replication(broker: Broker, settings: Settings) -> int:
    """What the settings say; a local cluster of several nodes uses them."""
    if isinstance(broker, LocalBroker):
        return max(settings.replication, min(3, broker.nodes))
    return settings.replication
