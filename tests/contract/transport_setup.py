"""What the transport's tests share: topics on a broker, worker processes, and what those finished."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import confluent_kafka
import msgspec
import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from streams.brokers.memory import MemoryBroker
from tests.contract.transport_worker import Finished

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Poll until it holds; an assertion that names `what` when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def publish(
    bootstrap: str,
    topic: str,
    records: Iterable[tuple[int, bytes | None, bytes | None]],
    *,
    headers: list[tuple[str, str | bytes | None]] | None = None,
    options: Mapping[str, str | int] | None = None,
) -> int:
    """Send (partition, key, value) records and wait for all acknowledgements; returns how many."""
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 5, **(options or {})}
    )
    count = 0
    for partition, key, value in records:
        while True:
            try:
                producer.produce(topic, value, key, partition, headers=headers or [])
                break
            except BufferError:
                producer.poll(0.05)
        count += 1
    assert producer.flush(60) == 0
    return count


def group_offsets(bootstrap: str, group: str, topic: str, partitions: int) -> dict[int, int]:
    """The group's offsets on the broker; -1001 where it never committed."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    try:
        wanted = [confluent_kafka.TopicPartition(topic, number) for number in range(partitions)]
        return {tp.partition: tp.offset for tp in consumer.committed(wanted, timeout=10)}
    finally:
        consumer.close()


class Topics:
    """A broker's address, and fresh topics on it."""

    def __init__(self, bootstrap: str, memory: MemoryBroker | None = None) -> None:
        self.bootstrap = bootstrap
        self._memory = memory

    def new(self, partitions: int, config: dict[str, str] | None = None, *, name: str | None = None) -> str:
        """Name of a new topic."""
        name = name or f"t-{uuid.uuid4().hex[:12]}"
        if self._memory is not None:
            assert self._memory.create_topic(name, partitions) == partitions
            return name
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            admin.create_topics([NewTopic(name, partitions, 1, topic_configs=config or {})])
        finally:
            admin.close()
        return name


def topics_on(kind: str, request: pytest.FixtureRequest) -> Iterator[Topics]:
    """Topics on the `kafka` or the `memory` broker, while the generator is open."""
    if kind == "memory":
        with MemoryBroker() as memory:
            yield Topics(memory.bootstrap, memory)
    else:
        # A Kafka that runs already saves its start while one works on these tests.
        yield Topics(os.environ.get("VIDHUK_TEST_KAFKA") or request.getfixturevalue("local_kafka").bootstrap)


class Workers:
    """Worker processes of one group on one topic, in one scratch folder; ended on leaving the context."""

    def __init__(self, bootstrap: str, topic: str, scratch: Path, **options: object) -> None:
        self.bootstrap = bootstrap
        self.topic = topic
        self.group = f"{topic}-group"
        self.out = scratch / "out"
        self.out.mkdir(parents=True, exist_ok=True)
        self._scratch = scratch
        self._options = options
        self.running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        for worker in self.running:
            worker.kill()
            worker.wait()

    def start(self, **options: object) -> subprocess.Popen[bytes]:
        """One more worker; options as the worker script has them, `settings_x` for `settings.x`."""
        name = uuid.uuid4().hex[:8]
        words = [
            f"{key.replace('settings_', 'settings.')}={value}" for key, value in {**self._options, **options}.items()
        ]
        command = [sys.executable, "-m", "tests.contract.transport_worker", self.bootstrap, self.topic, self.group]
        with (self._scratch / f"{name}.err").open("wb") as errors:
            worker = subprocess.Popen(
                [*command, str(self._scratch / name), str(self.out), *words],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=errors,
                stderr=errors,
            )
        self.running.append(worker)
        return worker

    def leave(self, worker: subprocess.Popen[bytes]) -> float:
        """Ask a worker to leave; it must exit with 0. Returns seconds it took."""
        begun = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0, self.errors()
        self.running.remove(worker)
        return time.monotonic() - begun

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        worker.kill()
        worker.wait()
        self.running.remove(worker)

    def exit_code(self, worker: subprocess.Popen[bytes]) -> int:
        """The code of a worker that is expected to stop by itself."""
        code = worker.wait(PATIENCE)
        self.running.remove(worker)
        return code

    def errors(self) -> str:
        """Everything the workers said."""
        return "".join(path.read_text() for path in sorted(self._scratch.glob("*.err")))

    def finished(self) -> list[Finished]:
        """Batches that agents finished, each worker's in its order; a line cut by a SIGKILL is left out."""
        batches = []
        for path in sorted(self.out.glob("*.log")):
            for line in path.read_bytes().splitlines():
                with suppress(msgspec.DecodeError):
                    batches.append(msgspec.json.decode(line, type=Finished))
        return batches

    def covered(self) -> dict[int, set[int]]:
        """Offsets finished, by partition."""
        offsets: dict[int, set[int]] = defaultdict(set)
        for batch in self.finished():
            offsets[batch.partition].update(batch.offsets)
        return offsets

    def count(self) -> int:
        """How many different records were finished."""
        return sum(map(len, self.covered().values()))

    def wait_for(self, count: int, seconds: float = PATIENCE) -> None:
        wait_until(lambda: self.count() >= count, f"{count} records finished ({self.errors()[-2000:]})", seconds)

    def offsets(self, partitions: int) -> Mapping[int, int]:
        return group_offsets(self.bootstrap, self.group, self.topic, partitions)
