"""A worker process for the transport's tests: writes one line per batch it finished to a file of its own.

`transport_worker.py BOOTSTRAP TOPIC GROUP HOME OUT [option=value …]`; a line is `Finished` as JSON. Options:
`mode` (see `AGENTS`), `settings.<name>`, `at` (offset to misbehave at), `sleep` (seconds per batch), `values`
(any value: lines carry the records), `resume` (a file of `partition offset` lines), `lose` (how many fetches).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faust
import msgspec

from pipeline.ports import RecordColumns, TopicPartition
from pipeline.settings import Settings
from streams.app import Batch, Resume, batch_agent, batch_topic, create_app, group_agent, run_worker
from streams.transport.thread import BatchConsumerThread

SECRET = "somebody's feedback"  # noqa: S105  # not a password: what no log may show


class Finished(msgspec.Struct, array_like=True):
    """A batch that the agent finished, and its records as offset, value, key, milliseconds, header names if asked."""

    partition: int
    position: int
    next_offset: int
    offsets: list[int]
    records: list[tuple[int, str | None, str | None, int, list[str]]] = []


class BrokenAgentError(Exception):
    """Raised on purpose."""


@dataclass(frozen=True)
class Address:
    """A broker known by its address."""

    bootstrap: str
    client_options: Mapping[str, str] = field(default_factory=dict)
    max_ahead_bytes: int | None = None

    def close(self) -> None:
        """Nothing to stop."""


@dataclass(frozen=True)
class Task:
    """What one worker process was told to do."""

    bootstrap: str
    topic: str
    group: str
    home: str
    out: str
    options: dict[str, str]

    @property
    def settings(self) -> Settings:
        given: dict[str, object] = {"home": self.home, "session_timeout_seconds": 6.0, "batch_seconds": 0.2}
        given |= {name[9:]: value for name, value in self.options.items() if name.startswith("settings.")}
        return msgspec.convert(given, Settings, strict=False)

    @property
    def pause(self) -> float:
        return float(self.options.get("sleep", "0"))

    def misbehaves(self, columns: RecordColumns) -> bool:
        return columns.position <= int(self.options.get("at", "-1")) < columns.next_offset

    def note(self, columns: RecordColumns) -> None:
        line = Finished(columns.partition, columns.position, columns.next_offset, columns.offsets)
        if "values" in self.options:
            line.records = [
                (offset, _text(value), _text(key), milliseconds, [name for name, _ in headers])
                for offset, value, key, milliseconds, headers in zip(
                    columns.offsets, columns.values, columns.keys, columns.timestamps_ms, columns.headers, strict=True
                )
            ]
        with (Path(self.out) / f"{os.getpid()}.log").open("ab", buffering=0) as log:
            log.write(msgspec.json.encode(line) + b"\n")

    def resume(self) -> Resume | None:
        """Offsets as a lake would know them, from a file."""
        if "resume" not in self.options:
            return None
        stands = Path(self.options["resume"])

        def from_file(partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
            time.sleep(0.2)  # a lake takes its time; the event loop must not wait for it
            rows = [tuple(map(int, line.split())) for line in stands.read_text().splitlines()]
            known = {TopicPartition(self.topic, partition): offset for partition, offset in rows}
            return {tp: offset for tp, offset in known.items() if tp in partitions}

        return from_file


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def per_batch(app: faust.App, task: Task) -> None:
    """The ordinary agent; raises at `at`."""

    async def handle(columns: RecordColumns) -> None:
        if task.misbehaves(columns):
            raise BrokenAgentError(SECRET)
        await asyncio.sleep(task.pause)
        task.note(columns)

    batch_agent(app, task.topic, handle, resume=task.resume())


def per_group(app: faust.App, task: Task) -> None:
    """The ledger's shape; raises when a batch of the group holds `at`."""

    def handle(batches: Sequence[Batch]) -> None:
        if any(task.misbehaves(batch.columns) for batch in batches):
            raise BrokenAgentError(SECRET)
        time.sleep(task.pause)
        for batch in batches:
            task.note(batch.columns)

    group_agent(
        app, task.topic, handle, records=task.settings.batch_records, seconds=0.3, resume=task.resume()
    )  # fmt: skip


def plain(app: faust.App, task: Task, each: Callable[[Batch], Awaitable[None]]) -> None:
    """An agent written straight on Faust's stream, without our wrapper."""

    async def agent(stream: AsyncIterable[Batch]) -> None:
        async for batch in stream:
            await each(batch)

    app.agent(batch_topic(app, task.topic), name="plain")(agent)


def plain_raise(app: faust.App, task: Task) -> None:
    """Raises in the middle of `async for`."""

    async def each(batch: Batch) -> None:
        if task.misbehaves(batch.columns):
            raise BrokenAgentError(SECRET)
        task.note(batch.columns)
        batch.mark_done()

    plain(app, task, each)


def never_done_at(app: faust.App, task: Task) -> None:
    """Takes the batch at `at` and never finishes it, but finishes all others."""

    async def each(batch: Batch) -> None:
        if not task.misbehaves(batch.columns):
            task.note(batch.columns)
            batch.mark_done()

    plain(app, task, each)


def take_raise(app: faust.App, task: Task) -> None:
    """Groups items with Faust's own `take` and raises inside it."""

    async def agent(stream: faust.StreamT) -> None:
        async for batches in stream.take(2, within=0.5):
            if any(task.misbehaves(batch.columns) for batch in batches):
                raise BrokenAgentError(SECRET)
            for batch in batches:
                task.note(batch.columns)
                batch.mark_done()

    app.agent(batch_topic(app, task.topic), name="take")(agent)


def noack_raise(app: faust.App, task: Task) -> None:
    """Reads with `noack()` and acks by hand what it never finished, then raises."""

    async def agent(stream: faust.StreamT) -> None:
        async for event in stream.noack().events():
            event.ack()
            if task.misbehaves(event.value.columns):
                raise BrokenAgentError(SECRET)
            task.note(event.value.columns)
            event.value.mark_done()

    app.agent(batch_topic(app, task.topic), name="noack")(agent)


AGENTS = {
    "batch": per_batch,
    "group": per_group,
    "plain": plain_raise,
    "never-done": never_done_at,
    "take": take_raise,
    "noack": noack_raise,
}


def lose_fetches(count: int) -> None:
    """What a rebalance does to a fetch that it cuts short: the client gave the records away, and nobody has them."""
    fetch = BatchConsumerThread.fetch

    async def losing(
        self: BatchConsumerThread, active: Collection[Any], expected: Mapping[TopicPartition, int], seconds: float
    ) -> Any:
        nonlocal count
        records = await fetch(self, active, expected, seconds)
        if not records or not count:
            return records
        count -= 1
        return {}

    BatchConsumerThread.fetch = losing  # type: ignore[method-assign]  # every consumer of this process shall lose them


def main() -> int:
    bootstrap, topic, group, home, out = sys.argv[1:6]
    options = dict(argument.split("=", 1) for argument in sys.argv[6:])
    task = Task(bootstrap, topic, group, home, out, options)
    app = create_app(task.settings, Address(task.bootstrap), group=task.group)
    AGENTS[task.options.get("mode", "batch")](app, task)
    lose_fetches(int(task.options.get("lose", "0")))
    return run_worker(app)


if __name__ == "__main__":
    sys.exit(main())
