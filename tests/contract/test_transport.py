"""One suite for the batch transport, on the real broker and on the one in memory."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest

from tests.contract.transport_setup import Topics, Workers, publish, topics_on, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.alone]


@pytest.fixture(scope="module", params=["kafka", "memory"])
def topics(request: pytest.FixtureRequest) -> Iterator[Topics]:
    yield from topics_on(request.param, request)


@pytest.fixture(scope="module")
def real_topics(request: pytest.FixtureRequest) -> Iterator[Topics]:
    yield from topics_on("kafka", request)


def maker(topics: Topics, scratch: Path) -> Callable[..., Workers]:
    def make(partitions: int = 2, config: dict[str, str] | None = None, **options: object) -> Workers:
        topic = topics.new(partitions, config)
        return Workers(topics.bootstrap, topic, scratch / topic, **options)

    return make


@pytest.fixture
def workers(topics: Topics, tmp_path: Path) -> Callable[..., Workers]:
    """Makes workers on a fresh topic; `partitions` and the topic's config can be given, and the worker's options."""
    return maker(topics, tmp_path)


@pytest.fixture
def real_workers(real_topics: Topics, tmp_path: Path) -> Callable[..., Workers]:
    """The same where only a whole Kafka will do."""
    return maker(real_topics, tmp_path)


def spread(count: int, partitions: int, size: int = 20) -> list[tuple[int, bytes | None, bytes | None]]:
    """Records of `size` bytes over all partitions; values say their number."""
    return [(n % partitions, b"k%d" % n, (b"%d " % n).ljust(size, b"x")) for n in range(count)]


def test_every_record_comes_once_in_order_as_columns(workers: Callable[..., Workers]) -> None:
    began_ms = int(time.time() * 1000) - 1
    with workers(partitions=3, values=1) as group:
        rows = spread(300, 3)
        rows[5] = (2, None, b"without a key")
        rows[8] = (2, b"tombstone", None)
        publish(group.bootstrap, group.topic, rows, headers=[("h", b"1")])
        worker = group.start()
        group.wait_for(300)
        group.leave(worker)
        seen: dict[int, list[Any]] = defaultdict(list)
        for batch in group.finished():
            assert [record[0] for record in batch.records] == batch.offsets
            seen[batch.partition] += batch.records
    for partition in range(3):
        sent = [(key, value) for number, key, value in rows if number == partition]
        assert [offset for offset, *_ in seen[partition]] == list(range(100))
        assert [(key and key.encode(), value and value.encode()) for _, value, key, *_ in seen[partition]] == sent
        assert all(began_ms <= milliseconds <= time.time() * 1000 for *_, milliseconds, _ in seen[partition])
        assert all(headers == ["h"] for *_, headers in seen[partition])


def test_compressed_records_are_read(workers: Callable[..., Workers]) -> None:
    codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    with workers(partitions=1, values=1) as group:
        for codec in codecs:
            publish(group.bootstrap, group.topic, spread(100, 1), options={"compression.type": codec})
        group.start()
        group.wait_for(500)
        values = [value for batch in group.finished() for _, value, *_ in batch.records]
    assert values == [value.decode() for _, _, value in spread(100, 1) if value] * len(codecs)


def test_small_fetches_are_joined_to_large_batches(workers: Callable[..., Workers]) -> None:
    with workers(partitions=1, settings_batch_records=1_000) as group:
        publish(group.bootstrap, group.topic, spread(5_000, 1), options={"batch.num.messages": 10})
        group.start()
        group.wait_for(5_000)
        batches = group.finished()
    assert len(batches) <= 6
    assert [batch.position for batch in batches[1:]] == [batch.next_offset for batch in batches[:-1]]


def test_a_worker_that_starts_again_goes_on_where_the_last_one_stopped(workers: Callable[..., Workers]) -> None:
    with workers() as group:
        publish(group.bootstrap, group.topic, spread(100, 2))
        first = group.start()
        group.wait_for(100)
        assert group.leave(first) < 3.0
        assert group.offsets(2) == {0: 50, 1: 50}
        publish(group.bootstrap, group.topic, spread(40, 2))
        group.start()
        group.wait_for(140)
        assert sum(len(batch.offsets) for batch in group.finished()) == 140


def test_records_that_a_fetch_took_along_come_again_though_none_follow_them(workers: Callable[..., Workers]) -> None:
    with workers(lose=3) as group:
        publish(group.bootstrap, group.topic, spread(60, 2))
        worker = group.start()
        group.wait_for(60)
        group.leave(worker)
        assert sum(len(batch.offsets) for batch in group.finished()) == 60
        assert group.offsets(2) == {0: 30, 1: 30}


def test_nothing_is_committed_past_a_batch_that_is_not_done(workers: Callable[..., Workers]) -> None:
    with workers(mode="never-done", at=25, settings_batch_records=10) as group:
        publish(group.bootstrap, group.topic, spread(40, 1), options={"batch.num.messages": 10})
        publish(group.bootstrap, group.topic, [(1, b"k", b"v")] * 40, options={"batch.num.messages": 10})
        worker = group.start()
        wait_until(lambda: any(30 in batch.offsets for batch in group.finished()), "a batch past the open one")
        time.sleep(1.0)
        group.leave(worker)
        assert all(offset <= 25 for offset in group.offsets(2).values())
        assert all(offset > 0 for offset in group.offsets(2).values())


@pytest.mark.parametrize("shape", ["batch", "group"])
def test_an_exception_stops_the_worker_and_its_batch_comes_again(workers: Callable[..., Workers], shape: str) -> None:
    with workers(partitions=1, settings_batch_records=10) as group:
        publish(group.bootstrap, group.topic, spread(60, 1), options={"batch.num.messages": 10})
        assert group.exit_code(group.start(mode=shape, at=35)) == 1
        assert "The worker" in group.errors()
        assert "BrokenAgentError" in group.errors()
        assert "somebody's feedback" not in group.errors()
        assert group.offsets(1)[0] <= 35
        group.start(mode=shape)
        group.wait_for(60)


def test_an_exception_in_a_group_that_time_completed_stops_the_worker_too(workers: Callable[..., Workers]) -> None:
    with workers(partitions=1) as group:
        publish(group.bootstrap, group.topic, spread(5, 1))
        assert group.exit_code(group.start(mode="group", at=0)) == 1
        assert group.offsets(1)[0] <= 0


def test_a_worker_that_cannot_learn_where_to_resume_stops(workers: Callable[..., Workers], tmp_path: Path) -> None:
    with workers(partitions=1) as group:
        publish(group.bootstrap, group.topic, spread(5, 1))
        assert group.exit_code(group.start(mode="group", resume=tmp_path / "nowhere")) == 1
        assert "FileNotFoundError" in group.errors()
        assert group.count() == 0


def test_a_topic_may_resume_from_offsets_of_its_own(workers: Callable[..., Workers], tmp_path: Path) -> None:
    stands = tmp_path / "stands"
    stands.write_text("0 30\n")
    with workers(mode="group", resume=stands) as group:
        publish(group.bootstrap, group.topic, spread(100, 2))
        first = group.start()
        group.wait_for(70)
        wait_until(lambda: group.offsets(2) == {0: 50, 1: 50}, "group offsets, for lag monitoring")
        group.leave(first)
        assert group.covered() == {0: set(range(30, 50)), 1: set(range(50))}
        stands.write_text("0 45\n1 20\n")
        second = group.start()
        wait_until(
            lambda: sum(len(b.offsets) for b in group.finished()) >= 70 + 5 + 30, "what the file says is missing"
        )
        group.leave(second)


def storm(group: Workers, partitions: int, seconds: float, rate: int) -> int:
    """Workers join, leave, are killed and are paused past their session while records come; returns records sent."""
    sent = 0
    end = time.monotonic() + seconds
    chance = random.Random(7)  # noqa: S311  # a test's own dice

    def produce() -> None:
        nonlocal sent
        while time.monotonic() < end:
            sent += publish(group.bootstrap, group.topic, spread(rate // 10, partitions))
            time.sleep(0.1)

    source = threading.Thread(target=produce)
    source.start()
    group.start()
    group.start()
    time.sleep(5)
    faults = [_kill_and_replace, _pause, _guest]
    while time.monotonic() < end - 10:
        faults[0](group, chance)
        faults.append(faults.pop(0))
    source.join()
    return sent


def _kill_and_replace(group: Workers, chance: random.Random) -> None:
    worker = group.running[chance.randrange(len(group.running))]
    group.kill(worker)
    group.start()
    time.sleep(4)


def _pause(group: Workers, chance: random.Random) -> None:
    worker = group.running[chance.randrange(len(group.running))]
    worker.send_signal(signal.SIGSTOP)
    time.sleep(8.5)  # the session is 6 s
    worker.send_signal(signal.SIGCONT)
    time.sleep(2)


def _guest(group: Workers, _: random.Random) -> None:
    worker = group.start()
    time.sleep(5)
    group.leave(worker)


def assert_nothing_lost(group: Workers, sent: int) -> None:
    group.wait_for(sent, 40)
    for worker in list(group.running):
        group.leave(worker)
    delivered = sum(len(batch.offsets) for batch in group.finished())
    assert group.count() == sent
    assert delivered < sent * 1.25, f"{delivered - sent} of {sent} came twice"


def test_workers_that_join_leave_die_and_pause_lose_nothing(workers: Callable[..., Workers]) -> None:
    with workers(partitions=6) as group:
        assert_nothing_lost(group, storm(group, 6, 32, 2_000))


# What only a whole Kafka has -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_long_storm_loses_nothing(real_workers: Callable[..., Workers]) -> None:
    """Not on the broker in memory, whose coordinator once answered InvalidRequest after minutes of rebalances.

    The worker stopped and said so, as it must on an answer it cannot explain; the shorter storm runs on both.
    """
    with real_workers(partitions=6) as group:
        assert_nothing_lost(group, storm(group, 6, 180, 4_000))


def peak_memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def test_memory_is_bounded_however_slow_the_agent(
    real_workers: Callable[..., Workers],
) -> None:
    small = {"settings_batch_bytes": 1_000_000, "settings_batch_records": 2_000}
    with real_workers(partitions=4, **small) as group:
        worker = group.start(sleep=1)
        publish(group.bootstrap, group.topic, spread(4_000, 4))
        group.wait_for(1_000)
        before = peak_memory_mb(worker.pid)
        publish(group.bootstrap, group.topic, spread(250_000, 4, size=600))
        time.sleep(4)
        grown = peak_memory_mb(worker.pid) - before
    assert grown < 60, f"{grown:.0f} MB more for 150 MB on the broker and a budget of 4 MB"


def test_aborted_transactions_are_skipped_and_the_rest_is_not(real_workers: Callable[..., Workers]) -> None:
    with real_workers(partitions=1, values=1) as group:
        producer = confluent_kafka.Producer({"bootstrap.servers": group.bootstrap, "transactional.id": group.topic})
        producer.init_transactions(10)
        kept = []
        for number in range(6):
            producer.begin_transaction()
            for index in range(20):
                producer.produce(group.topic, b"%d-%d" % (number, index), partition=0)
            assert producer.flush(10) == 0
            if number % 2:
                producer.abort_transaction(10)
            else:
                producer.commit_transaction(10)
                kept += [f"{number}-{index}" for index in range(20)]
        group.start()
        group.wait_for(60)
        wait_until(lambda: group.offsets(1)[0] == 126, "the commit of the last abort marker too")
        values = [value for batch in group.finished() for _, value, *_ in batch.records]
        publish(group.bootstrap, group.topic, [(0, None, b"after")])
        group.wait_for(61)
        positions = [(batch.position, batch.next_offset) for batch in group.finished()]
    assert values == kept
    assert positions[0][0] == 0
    assert [begin for begin, _ in positions[1:]] == [end for _, end in positions[:-1]]


def delete_before(bootstrap: str, topic: str, offset: int) -> None:
    from kafka import KafkaAdminClient, TopicPartition

    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.delete_records({TopicPartition(topic, 0): offset})
    admin.close()


def test_an_offset_that_is_gone_stops_the_worker_and_says_so(real_workers: Callable[..., Workers]) -> None:
    with real_workers(partitions=1) as group:
        publish(group.bootstrap, group.topic, spread(10, 1))
        first = group.start()
        group.wait_for(10)
        group.leave(first)
        publish(group.bootstrap, group.topic, spread(50, 1))
        delete_before(group.bootstrap, group.topic, 40)
        assert group.exit_code(group.start()) == 1
        assert f"{group.topic}/0: offset 10 is no longer on the broker" in group.errors()
        assert group.count() == 10
        assert group.offsets(1) == {0: 10}


def test_a_new_group_starts_at_the_oldest_record(real_workers: Callable[..., Workers]) -> None:
    with real_workers(partitions=1) as group:
        publish(group.bootstrap, group.topic, spread(60, 1))
        delete_before(group.bootstrap, group.topic, 40)
        group.start()
        group.wait_for(20)
        assert group.covered() == {0: set(range(40, 60))}


def test_a_broker_that_cannot_be_reached_gives_exit_code_3(tmp_path: Path) -> None:
    with Workers("127.0.0.1:1", "nowhere", tmp_path) as group:
        assert group.exit_code(group.start()) == 3
        assert "127.0.0.1:1" in group.errors()


@pytest.mark.slow
def test_compacted_offsets_are_no_holes_in_positions(real_workers: Callable[..., Workers]) -> None:
    compacted = {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01"}
    with real_workers(partitions=1, config=compacted) as group:
        for _ in range(3):
            publish(group.bootstrap, group.topic, [(0, b"%d" % n, b"v") for n in range(50)])
            time.sleep(0.3)
        publish(group.bootstrap, group.topic, [(0, b"last", b"v")])
        time.sleep(35)  # the cleaner looks every 15 s
        group.start()
        wait_until(lambda: group.offsets(1)[0] == 151, "everything read")
        assert group.count() < 151
