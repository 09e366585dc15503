"""Agents over batches, so that an agent is a function over columns and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from time import monotonic
from typing import Any

import faust

from pipeline.ports import RecordColumns
from streams.transport.batch import Batch
from streams.transport.driver import BatchTransport, Resume, batch_topic

BatchHandler = Callable[[RecordColumns], Awaitable[None]]
"""Makes everything the records should cause durable before it returns; runs on the event loop."""
GroupHandler = Callable[[Sequence[Batch]], None]
"""The same for batches of several partitions at once, each partition's in order; blocks, on the app's worker thread."""


def batch_agent(app: faust.App, topic: str, handler: BatchHandler, *, resume: Resume | None = None) -> Any:
    """An agent that gives each batch of `topic` to `handler` and marks it done; returns the Faust agent.

    Batches of one partition come in order, one at a time. An exception stops the worker, and nothing of that batch or
    any later one of its partition is committed.
    """

    async def agent(stream: AsyncIterable[Batch]) -> None:
        async for batch in stream:
            if batch.is_current:
                await handler(batch.columns)
                batch.mark_done()

    return app.agent(batch_topic(app, topic, resume), name=f"{topic} batches")(agent)


def group_agent(
    app: faust.App,
    topic: str,
    handler: GroupHandler,
    *,
    records: int,
    seconds: float,
    resume: Resume | None = None,
) -> Any:
    """An agent that collects batches of all partitions and gives them to `handler` together, on a worker thread.

    A group is complete at about `records` records, or `seconds` after its first batch came. While the handler works,
    the event loop goes on fetching the next batches. An exception stops the worker, with nothing of the group
    committed. Handlers and `resume` never run at the same time: all share one thread.
    """
    group = _Group(app, handler, records)

    async def agent(stream: AsyncIterable[Batch]) -> None:
        async for batch in stream:
            await group.add(batch)

    @app.timer(interval=seconds / 4, name=f"{topic} group")
    async def tick() -> None:
        if group.age() >= seconds:
            await group.flush()

    return app.agent(batch_topic(app, topic, resume), name=f"{topic} groups")(agent)


class _Group:
    def __init__(self, app: faust.App, handler: GroupHandler, records: int) -> None:
        self._app = app
        self._handler = handler
        self._records = records
        self._batches: list[Batch] = []
        self._since = 0.0
        self._lock = asyncio.Lock()

    async def add(self, batch: Batch) -> None:
        if not self._batches:
            self._since = monotonic()
        self._batches.append(batch)
        if sum(map(len, self._batches)) >= self._records:
            await self.flush()

    def age(self) -> float:
        """Seconds since the first batch came; 0 while there is none."""
        return monotonic() - self._since if self._batches else 0.0

    async def flush(self) -> None:
        async with self._lock:
            batches = [batch for batch in self._batches if batch.is_current]
            self._batches = []
            if not batches:
                return
            transport: BatchTransport = self._app.transport
            await asyncio.get_running_loop().run_in_executor(transport.worker, self._handler, batches)
            for batch in batches:
                batch.mark_done()
