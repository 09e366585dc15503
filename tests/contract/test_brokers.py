"""What every broker of ours does, asked of the real local Kafka and of the one in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import msgspec
import pytest
from confluent_kafka import Consumer, TopicPartition

from pipeline.domain.errors import FatalError, UsageError
from pipeline.ports import ImportChunk, Span, Unmappable
from pipeline.settings import Settings
from streams.admin import Offsets, committed, create_topics, delete_topics, end_offsets
from streams.brokers.local.cluster import LocalBroker
from streams.brokers.memory import MemoryBroker
from streams.brokers.open import AnyBroker
from streams.partitioning import partitions_of
from streams.publisher import MAX_RECORD_BYTES, KafkaPublisher
from streams.topics import DEAD_LETTERS, EVENTS, INBOX, TOPICS
from tests.kafka import local_kafka, topic_prefix

__all__ = ["local_kafka", "topic_prefix"]

PARTITIONS = 3


@dataclass(frozen=True, slots=True)
class World:
    """A broker with our topics made."""

    broker: AnyBroker
    settings: Settings

    def publisher(self, **others: Any) -> KafkaPublisher:
        paced = {
            "landed": lambda: end_offsets(self.broker, self.settings.topic(INBOX)),
            "landed_dead_letters": lambda: end_offsets(self.broker, self.settings.topic(DEAD_LETTERS)),
            **others,
        }
        return KafkaPublisher(self.broker, self.settings, partitions=PARTITIONS, **paced)

    def read(self, name: str) -> list[Any]:
        """Every record of a topic, partition by partition, in offset order."""
        topic = self.settings.topic(name)
        ends = end_offsets(self.broker, topic)
        consumer = _consumer(self.broker)
        found: list[Any] = []
        for partition, end in ends.items():
            consumer.assign([TopicPartition(topic, partition, 0)])
            until = time.monotonic() + 20
            seen = 0
            while seen < end:
                assert time.monotonic() < until, f"{topic}/{partition}: {seen} of {end} records came"
                batch = consumer.consume(10_000, 0.2)
                assert all(record.error() is None for record in batch)
                found += batch
                seen += len(batch)
        consumer.close()
        return found


def _consumer(broker: AnyBroker) -> Any:
    return Consumer(
        {
            "bootstrap.servers": broker.bootstrap,
            "group.id": "reader",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 10,
        }
    )


@pytest.fixture(params=["local", "memory"])
def world(request: pytest.FixtureRequest, topic_prefix: str) -> Iterator[World]:
    settings = Settings(topic_prefix=topic_prefix, partitions=PARTITIONS)
    if request.param == "local":
        broker: AnyBroker = request.getfixturevalue("local_kafka")
        assert create_topics(broker, settings) == PARTITIONS
        yield World(broker, settings)
        return
    with MemoryBroker() as broker:
        assert create_topics(broker, settings) == PARTITIONS
        yield World(broker, settings)


def _chunk(*numbers: int, keyed: bool = True) -> ImportChunk:
    return ImportChunk(
        keys=[b"case-%d" % (number % 97) if keyed else None for number in numbers],
        values=[b'{"n":%d}' % number for number in numbers],
    )


def test_every_topic_has_the_declared_number_of_partitions(world: World) -> None:
    with Offsets(world.broker) as offsets:
        assert {offsets.partitions(world.settings.topic(topic.name)) for topic in TOPICS} == {PARTITIONS}


def test_making_topics_again_keeps_the_partitions_they_have(world: World) -> None:
    if isinstance(world.broker, MemoryBroker):
        assert world.broker.create_topic(world.settings.topic(INBOX), 9) == PARTITIONS
    other = Settings(topic_prefix=world.settings.topic_prefix, partitions=9)
    assert create_topics(world.broker, other) == PARTITIONS


def test_an_empty_topic_begins_and_ends_at_zero(world: World) -> None:
    zero = dict.fromkeys(range(PARTITIONS), 0)
    with Offsets(world.broker) as offsets:
        assert offsets.ends(world.settings.topic(EVENTS)) == zero
        assert offsets.beginnings(world.settings.topic(EVENTS)) == zero
        assert offsets.ends("no-such-topic-anywhere") == {}


def test_what_is_published_can_be_read_and_the_receipt_says_where(world: World) -> None:
    chunks = [_chunk(*range(start, start + 1_000)) for start in range(0, 5_000, 1_000)]
    receipt = world.publisher().publish(iter(chunks), "a-file")
    records = world.read(INBOX)
    assert sorted(record.value() for record in records) == sorted(value for chunk in chunks for value in chunk.values)
    assert receipt.events == 5_000
    ends = end_offsets(world.broker, world.settings.topic(INBOX))
    assert receipt.inbox == {partition: [Span(0, end)] for partition, end in ends.items() if end}


def test_records_go_where_the_default_partitioner_sends_their_key(world: World) -> None:
    world.publisher().publish(iter([_chunk(*range(300))]), "a-file")
    for record in world.read(INBOX):
        assert [record.partition()] == partitions_of([record.key()], PARTITIONS)


def test_records_of_one_key_keep_their_order(world: World) -> None:
    world.publisher().publish(iter([_chunk(*range(2_000)), _chunk(*range(2_000, 4_000))]), "a-file")
    by_key: dict[bytes, list[int]] = {}
    for record in world.read(INBOX):
        by_key.setdefault(record.key(), []).append(int(record.value()[5:-1]))
    assert len(by_key) == 97
    assert all(numbers == sorted(numbers) for numbers in by_key.values())


def test_records_without_a_key_use_every_partition(world: World) -> None:
    chunk = ImportChunk(keys=[None] * 3_000, values=[b"x" * 1_000] * 3_000)
    receipt = world.publisher().publish(iter([chunk]), "a-file")
    assert set(receipt.inbox) == set(range(PARTITIONS))


def test_rows_that_could_not_be_mapped_go_to_the_dead_letters_with_their_line(world: World) -> None:
    row = Unmappable(line=17, original=b"a;b;\xff", reason="invalid_date", sentence="The field received is no date.")
    receipt = world.publisher().publish(iter([ImportChunk(unmappable=[row])]), "mine.csv")
    (record,) = world.read(DEAD_LETTERS)
    headers = dict(record.headers())
    assert record.value() == b"a;b;\xff"
    assert headers["vidhuk_reason"] == b"invalid_date"
    assert headers["vidhuk_sentence"] == b"The field received is no date."
    assert (headers["vidhuk_file"], headers["vidhuk_line"]) == (b"mine.csv", b"17")
    assert abs(int(headers["vidhuk_recordedtime"]) / 1000 - time.time()) < 60
    assert receipt.unmappable == 1
    assert receipt.dead_letters == {record.partition(): [Span(0, 1)]}
    assert receipt.inbox == {}


def test_an_event_too_large_for_the_inbox_becomes_a_dead_letter_and_its_neighbours_pass(world: World) -> None:
    large, fits = b"l" * (3 * 1024 * 1024), b"f" * (MAX_RECORD_BYTES - 1)
    chunk = ImportChunk(keys=[b"k", b"k", b"k"], values=[large, fits, b"small"])
    receipt = world.publisher().publish(iter([chunk]), "mine.jsonl")
    assert [record.value() for record in world.read(INBOX)] == [fits, b"small"]
    (dead,) = world.read(DEAD_LETTERS)
    headers = dict(dead.headers())
    assert headers["vidhuk_reason"] == b"too_large"
    assert headers["vidhuk_truncated"] == str(len(large)).encode()
    assert large.startswith(dead.value())
    assert len(dead.value()) > 2_000_000
    assert dead.key() == b"k"
    assert receipt.events == 3


def test_incompressible_records_at_the_limit_still_fit(world: World) -> None:
    import os

    value = os.urandom(MAX_RECORD_BYTES)
    world.publisher().publish(iter([ImportChunk(keys=[None], values=[value])]), "a-file")
    assert [record.value() for record in world.read(INBOX)] == [value]


def test_publishing_nothing_gives_an_empty_receipt(world: World) -> None:
    receipt = world.publisher().publish(iter([]), "a-file")
    assert (receipt.events, receipt.unmappable, receipt.inbox, receipt.dead_letters) == (0, 0, {}, {})


def test_an_error_of_the_reader_passes_through_as_it_is(world: World) -> None:
    def broken() -> Iterator[ImportChunk]:
        yield _chunk(1)
        raise UsageError("line 2 is no CSV")

    with pytest.raises(UsageError, match="line 2"):
        world.publisher().publish(broken(), "a-file")


def test_progress_counts_events_and_bytes_up_to_all_of_them(world: World) -> None:
    said: list[tuple[int, int]] = []
    chunk = _chunk(*range(100))
    world.publisher(progress=lambda events, size: said.append((events, size))).publish(iter([chunk]), "a-file")
    assert said == sorted(said)
    assert said[-1] == (100, sum(map(len, chunk.values)) + sum(len(key or b"") for key in chunk.keys))


def test_a_groups_offsets_are_those_it_committed(world: World) -> None:
    topic = world.settings.topic(INBOX)
    world.publisher().publish(iter([_chunk(*range(100))]), "a-file")
    group = f"{topic}-group"
    assert committed(world.broker, group, topic) == {}
    consumer = Consumer({"bootstrap.servers": world.broker.bootstrap, "group.id": group, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, 1, 7)], asynchronous=False)
    consumer.close()
    assert committed(world.broker, group, topic) == {1: 7}


def test_the_inbox_of_a_real_kafka_is_stamped_by_the_broker(local_kafka: LocalBroker, topic_prefix: str) -> None:
    from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, Producer

    settings = Settings(topic_prefix=topic_prefix, partitions=1)
    create_topics(local_kafka, settings)
    world = World(local_kafka, settings)
    producer = Producer({"bootstrap.servers": local_kafka.bootstrap})
    for name in (INBOX, EVENTS):
        producer.produce(settings.topic(name), b"x", timestamp=1_000)
    producer.flush(20)
    (inbox,), (event,) = world.read(INBOX), world.read(EVENTS)
    assert inbox.timestamp()[0] == TIMESTAMP_LOG_APPEND_TIME
    assert abs(inbox.timestamp()[1] / 1000 - time.time()) < 60
    assert event.timestamp() == (TIMESTAMP_CREATE_TIME, 1_000)


def test_removed_topics_are_gone_and_can_be_made_anew(local_kafka: LocalBroker, topic_prefix: str) -> None:
    settings = Settings(topic_prefix=topic_prefix, partitions=2)
    create_topics(local_kafka, settings)
    delete_topics(local_kafka, settings)
    _until(lambda: end_offsets(local_kafka, settings.topic(INBOX)) == {})
    delete_topics(local_kafka, settings)
    assert create_topics(local_kafka, msgspec.structs.replace(settings, partitions=5)) == 5


def test_topics_of_unequal_partitions_are_refused_by_name(local_kafka: LocalBroker, topic_prefix: str) -> None:
    from kafka import KafkaAdminClient

    settings = Settings(topic_prefix=topic_prefix)
    admin = KafkaAdminClient(bootstrap_servers=local_kafka.bootstrap)
    admin.create_topics({settings.topic(INBOX): {"num_partitions": 2}, settings.topic(EVENTS): {"num_partitions": 3}})
    admin.close()
    with pytest.raises(UsageError, match=r"events has 3, .*inbox has 2"):
        create_topics(local_kafka, settings)


def test_an_inbox_that_believes_its_senders_clocks_is_refused(local_kafka: LocalBroker, topic_prefix: str) -> None:
    from kafka import KafkaAdminClient

    settings = Settings(topic_prefix=topic_prefix)
    admin = KafkaAdminClient(bootstrap_servers=local_kafka.bootstrap)
    admin.create_topics({settings.topic(INBOX): {"num_partitions": 2}})
    admin.close()
    with pytest.raises(UsageError, match="LogAppendTime"):
        create_topics(local_kafka, settings)


def test_every_setting_of_a_topic_is_the_declared_one(local_kafka: LocalBroker, topic_prefix: str) -> None:
    from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

    settings = Settings(topic_prefix=topic_prefix)
    create_topics(local_kafka, settings)
    admin = AdminClient({"bootstrap.servers": local_kafka.bootstrap})
    for topic in TOPICS:
        resource = ConfigResource(ResourceType.TOPIC, settings.topic(topic.name))
        found = admin.describe_configs([resource])[resource].result(20)
        assert {name: found[name].value for name in topic.configs} == dict(topic.configs)


def test_a_broker_that_drops_is_not_published_to_blindly() -> None:
    with MemoryBroker() as broker, pytest.raises(FatalError, match="what has landed"):
        KafkaPublisher(broker, Settings(), partitions=1)


@pytest.mark.slow
def test_half_a_gigabyte_passes_through_memory_without_loss() -> None:
    """Five MiB a partition is all it keeps, so this loses most records unless publishing waits for landing."""
    import os

    settings = Settings(partitions=PARTITIONS)
    block = os.urandom(4_000_000)  # incompressible, so that every byte counts
    size, each, chunks = 2_000, 1_000, 250
    with MemoryBroker() as broker:
        create_topics(broker, settings)
        with _Lander(broker, settings.topic(INBOX)) as lander:

            def made() -> Iterator[ImportChunk]:
                for number in range(chunks):
                    starts = range(number, number + each)
                    yield ImportChunk(
                        keys=[b"%d" % start for start in starts],
                        values=[block[start * 7 : start * 7 + size] for start in starts],
                    )

            publisher = KafkaPublisher(
                broker, settings, partitions=PARTITIONS, landed=lander.landed, landed_dead_letters=lander.landed
            )
            receipt = publisher.publish(made(), "a-file")
            assert receipt.events == each * chunks
            lander.wait_for(each * chunks)
        assert lander.gaps == 0
        assert lander.bytes == each * chunks * size


class _Lander:
    """Reads a topic as fast as it can and says how far it is: what the ledger does, without the work."""

    def __init__(self, broker: AnyBroker, topic: str) -> None:
        self._consumer = _consumer(broker)
        self._consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        self._next: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self.records = self.bytes = self.gaps = 0

    def landed(self) -> Mapping[int, int]:
        return dict(self._next)

    def wait_for(self, records: int) -> None:
        _until(lambda: self.records >= records or self.gaps > 0)

    def _read(self) -> None:
        while not self._stop.is_set():
            for record in self._consumer.consume(1_000, 0.05):
                if record.error() is not None or record.offset() != self._next.get(record.partition(), 0):
                    self.gaps += 1
                    return
                self._next[record.partition()] = record.offset() + 1
                self.records += 1
                self.bytes += len(record.value())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._consumer.close()


def _until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)
