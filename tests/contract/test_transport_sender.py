"""What is sent in batches arrives, in order, readable by any client; and live views show the metrics topic."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka
import pytest

from pipeline.domain.errors import DependencyError
from pipeline.ports import OutgoingRecords
from pipeline.settings import Settings
from streams.live import LiveView, read_live_windows
from streams.sender import BatchSender
from streams.worker import leave
from tests.contract.transport_setup import Topics, topics_on
from tests.contract.transport_worker import Address

pytestmark = pytest.mark.kafka

PATIENCE_SECONDS = 120
"""How long a view may take on a machine that has much else to do; what is waited for mostly comes within a second."""


@pytest.fixture(scope="module")
def topics(request: pytest.FixtureRequest) -> Iterator[Topics]:
    yield from topics_on("kafka", request)


def read(bootstrap: str, topic: str, partition: int, count: int) -> list[confluent_kafka.Message]:
    """The first `count` records of a partition, by a client that is not ours."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": bootstrap, "group.id": "reader"})
    try:
        consumer.assign([confluent_kafka.TopicPartition(topic, partition, 0)])
        found: list[confluent_kafka.Message] = []
        while len(found) < count:
            messages = consumer.consume(count - len(found), timeout=10)
            assert messages, f"only {len(found)} of {count} records"
            found += messages
        return found
    finally:
        consumer.close()


def send(bootstrap: str, *jobs: tuple[str, int, OutgoingRecords]) -> None:
    async def main() -> None:
        async with BatchSender(Address(bootstrap)) as sender:
            await asyncio.gather(*(sender.send(*job) for job in jobs))

    asyncio.run(main())


def test_all_records_arrive_in_order_in_the_partition_they_were_meant_for(topics: Topics) -> None:
    topic = topics.new(3)
    rows = {
        partition: OutgoingRecords(
            keys=[b"k%d" % n for n in range(5_000)],
            values=[b"%d-%d " % (partition, n) + b"x" * 400 for n in range(5_000)],
        )
        for partition in (0, 2)
    }
    send(topics.bootstrap, *((topic, partition, records) for partition, records in rows.items()))
    for partition, records in rows.items():
        found = read(topics.bootstrap, topic, partition, 5_000)
        assert [message.value() for message in found] == records.values
        assert [message.key() for message in found] == records.keys


def test_headers_times_tombstones_and_absent_keys_arrive(topics: Topics) -> None:
    topic = topics.new(1)
    records = OutgoingRecords(
        keys=[b"a", None, b"c"],
        values=[None, b"v", b"w"],
        headers=[[], [("vidhuk_reason", b"not_json")], [("h", b"1"), ("h", b"2")]],
        timestamps_ms=[1_000, 2_000, 3_000],
    )
    send(topics.bootstrap, (topic, 0, records))
    found = read(topics.bootstrap, topic, 0, 3)
    assert [message.value() for message in found] == [None, b"v", b"w"]
    assert [message.key() for message in found] == [b"a", None, b"c"]
    assert [message.headers() for message in found][1:] == [
        [("vidhuk_reason", b"not_json")],
        [("h", b"1"), ("h", b"2")],
    ]
    assert [message.timestamp()[1] for message in found] == [1_000, 2_000, 3_000]


def test_a_record_larger_than_a_batch_goes_alone(topics: Topics) -> None:
    topic = topics.new(1, {"max.message.bytes": str(2 * 1024 * 1024 + 65_536)})
    large = bytes(range(256)) * 8_000
    send(topics.bootstrap, (topic, 0, OutgoingRecords([None] * 3, [b"before", large, b"after"])))
    assert [message.value() for message in read(topics.bootstrap, topic, 0, 3)] == [b"before", large, b"after"]


def test_nothing_to_send_is_no_error(topics: Topics) -> None:
    send(topics.bootstrap, (topics.new(1), 0, OutgoingRecords()))


def test_a_record_that_the_broker_refuses_is_an_error(topics: Topics) -> None:
    import random

    topic = topics.new(1, {"max.message.bytes": "1000"})
    with pytest.raises(Exception, match=r"(?i)size|large"):
        send(topics.bootstrap, (topic, 0, OutgoingRecords([None], [random.Random(1).randbytes(5_000)])))  # noqa: S311 - noise


def test_a_broker_that_cannot_be_reached_is_named() -> None:
    with pytest.raises(DependencyError, match=r"127\.0\.0\.1:1"):
        send("127.0.0.1:1")


# Live views ----------------------------------------------------------------------------------------------------------


def cells(partition: int, events: int) -> OutgoingRecords:
    """What the ledger sends for one partition: totals so far of two windows."""
    records = OutgoingRecords()
    for start in (0, 3_600_000_000):
        identity = {"window_start_us": start, "window_end_us": start + 1, "channel": "email", "category": "delivery"}
        records.keys.append(json.dumps([start, "email", "delivery", partition]).encode())
        records.values.append(json.dumps({**identity, "partition": partition, "events": events}).encode())
    return records


def settings_for(topics: Topics, home: Path) -> Settings:
    settings = Settings(home=str(home), kafka=topics.bootstrap, topic_prefix=f"live-{home.name.replace('_', '-')}")
    topics.new(2, {"cleanup.policy": "compact"}, name=settings.topic("metrics"))
    return settings


def test_live_windows_are_recovered_from_the_topic_and_added_up(topics: Topics, tmp_path: Path) -> None:
    settings = settings_for(topics, tmp_path)
    for events in (1, 5):  # the last total of a partition is the one that counts
        send(topics.bootstrap, *((settings.topic("metrics"), number, cells(number, events)) for number in range(2)))
    windows = asyncio.run(read_live_windows(settings, Address(topics.bootstrap)))
    assert [(row["window_start_us"], row["events"]) for row in windows] == [(0, 10), (3_600_000_000, 10)]


def test_a_view_that_runs_follows_the_topic(topics: Topics, tmp_path: Path) -> None:
    settings = settings_for(topics, tmp_path)
    topic = settings.topic("metrics")
    send(topics.bootstrap, (topic, 0, cells(0, 1)))

    async def main() -> None:
        view = LiveView(settings, Address(topics.bootstrap))
        view.app.conf.datadir.mkdir(parents=True)
        try:
            await view.app.start()
            async with BatchSender(Address(topics.bootstrap)) as sender:
                for events in (2, 3):
                    await view.app.consumer.perform_seek()  # while a fetch is under way, as when a recovery ends
                    await sender.send(topic, 1, cells(1, events))
            for _ in range(10 * PATIENCE_SECONDS):
                if [row["events"] for row in view.live_windows()] == [4, 4]:
                    break
                await asyncio.sleep(0.1)
            assert [row["events"] for row in view.live_windows()] == [4, 4]
        finally:  # a view that is left running keeps the whole process
            await leave(view.app)

    asyncio.run(main())
