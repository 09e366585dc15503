"""Faust's consumer for batches: it accumulates, keeps positions continuous, and commits only what agents finished."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from time import monotonic
from typing import Any

from aiokafka import TopicPartition as KafkaPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from pipeline.domain.errors import FatalError
from pipeline.ports import TopicPartition
from streams.transport.batch import Batch
from streams.transport.thread import BatchConsumerThread
from streams.transport.tracks import Held, Tracks

LAST_COMMIT_SECONDS = 2.0
"""How long a revocation may wait for the commit of what is finished."""


class BatchConsumer(driver.Consumer):
    """Yields `Batch` messages for batch topics and stock messages for every other topic of the app.

    Three rules, each earned by a loss on real Kafka: commit only what the agent itself marked done; positions are
    continuous; an offset that the broker no longer has is fatal.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tracks = Tracks(self.transport.limits)
        self._room = asyncio.Event()

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # -- Assignment

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is finished while the group still knows us, then forget the assignment."""
        self.stop_flow()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.commit(), LAST_COMMIT_SECONDS)
        self._tracks.forget()
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Decide where every partition starts; called on each assignment while nothing flows.

        Batch topics are sought by the next fetch, as every fetch of theirs begins where their tracks stand.
        """
        self._tracks.forget()
        epoch = self._tracks.epoch
        assigned = [TopicPartition(tp.topic, tp.partition) for tp in self.assignment()]
        batch = [tp for tp in assigned if self.transport.is_batch_topic(tp.topic)]
        starts = await self._start_offsets(batch)
        others = [tp for tp in assigned if tp not in starts and not self._is_changelog_tp(TP(*tp))]
        seeks = await self._stock_offsets(others)
        if seeks:
            # On the consumer's own thread: `seek` from this one races with a fetch and kills the worker.
            await self.seek_wait({KafkaPartition(*tp): offset for tp, offset in seeks.items()})
        if self._tracks.epoch == epoch:
            self._tracks.begin(starts)

    async def _start_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, tuple[int, int | None]]:
        """Where each partition of a batch topic starts, and the group's offset on the broker.

        The start is what `resume` says for topics that have one, else the group's offset; a partition that neither
        knows starts at the oldest record the broker has.
        """
        group = await self._thread.group_offsets(partitions)
        starts: dict[TopicPartition, int | None] = dict(group)
        for topic in {tp.topic for tp in partitions}:
            resume = self.transport.batches[topic].resume
            if resume is not None:
                mine = frozenset(tp for tp in partitions if tp.topic == topic)
                known = await self.loop.run_in_executor(self.transport.worker, resume, mine)
                starts.update({tp: known.get(tp) for tp in mine})
        oldest = await self._thread.oldest_offsets([tp for tp, start in starts.items() if start is None])
        return {tp: (oldest[tp] if start is None else start, group[tp]) for tp, start in starts.items()}

    async def _stock_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Where topics without batches start: the group's offset, else the oldest record."""
        group = await self._thread.group_offsets(partitions)
        oldest = await self._thread.oldest_offsets([tp for tp, offset in group.items() if offset is None])
        starts = {tp: oldest[tp] if offset is None else offset for tp, offset in group.items()}
        for tp, offset in starts.items():
            self._read_offset[TP(*tp)] = offset or None
            self._committed_offset[TP(*tp)] = group[tp] or None
        return starts

    def reading(self) -> frozenset[TopicPartition]:
        """The partitions of batch topics that are ours at this moment: none between a revocation and what follows."""
        return frozenset(self._tracks.by_partition)

    # -- Fetching

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Fetch once, and yield the batches that are due and the records of other topics."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        if not self._tracks.by_partition and self._reads_batches():
            await self.perform_seek()  # Faust gives up on a slow one after a while and goes on without saying so
        epoch = self._tracks.epoch
        try:
            records = await self._fetch(timeout)
        except FatalError as error:
            await self.app.crash(error)
            raise
        if self.should_stop or not self.flow_active:
            return
        if self._flows(epoch):
            self._hold(records)  # else the next fetch begins at them
        generation = self.app.consumer_generation_id
        for tp, record in self.scheduler.iterate(
            {tp: items for tp, items in records.items() if not self.transport.is_batch_topic(tp.topic)}
        ):
            # not by our epoch: it ends with every recovery too, and nobody would seek back to a table's record
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            self._track_end(tp)
            yield tp, self._to_message(tp, record)
        for batch in self._due() if self._flows(epoch) else ():
            yield TP(*batch.tp), self._batch_message(batch, generation)
            if not self._flows(epoch):
                return

    def _flows(self, epoch: int) -> bool:
        return bool(self.flow_active) and self._tracks.epoch == epoch

    async def _fetch(self, timeout: float) -> Mapping[Any, list[Any]]:
        """What the client has of the partitions with room, waiting no longer than until a batch is due."""
        wanted = self._tracks.wanted()
        active = {
            tp for tp in self._get_active_partitions()
            if not self.transport.is_batch_topic(tp.topic) or TopicPartition(*tp) in wanted
        }  # fmt: skip
        seconds = self._tracks.due_in(monotonic(), timeout)
        if active:
            expected = {tp: track.expected for tp, track in self._tracks.by_partition.items() if TP(*tp) in active}
            records: Mapping[Any, list[Any]] = await self._thread.fetch(active, expected, seconds)
            return {tp: items for tp, items in records.items() if TP(*tp) in active} if records else {}
        self._room.clear()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._room.wait(), max(seconds, 0.001))
        return {}

    def _reads_batches(self) -> bool:
        return any(self.transport.is_batch_topic(tp.topic) for tp in self._get_active_partitions())

    def _hold(self, records: Mapping[Any, list[Any]]) -> None:
        """Hold the chunks of batch topics; what does not begin where it must is fetched again."""
        now = monotonic()
        for tp, chunks in records.items():
            track = self._tracks.by_partition.get(TopicPartition(tp.topic, tp.partition))
            if track is not None:
                track.take(chunks, now)

    def _due(self) -> Iterator[Batch]:
        for track in list(self._tracks.by_partition.values()):
            self._track_end(TP(*track.tp))
            while (batch := track.complete(self._new_batch, monotonic())) is not None:
                yield batch

    def _new_batch(self, held: Held) -> Batch:
        return Batch(held.columns, self._tracks.epoch, self._current_epoch, self._made_room, held.payload_bytes)

    def _current_epoch(self) -> int:
        return self._tracks.epoch

    def _made_room(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(self._room.set)

    def _track_end(self, tp: TP) -> None:
        end = self.highwater(tp)
        if end is not None:
            self.app.monitor.track_tp_end_offset(tp, end)

    def _batch_message(self, batch: Batch, generation: int) -> ConsumerMessage:
        columns = batch.columns
        return ConsumerMessage(
            columns.topic,
            columns.partition,
            columns.next_offset - 1,
            columns.timestamps_ms[-1] / 1000.0,
            0,
            [],
            None,
            batch,
            None,
            0,
            1,
            TP(columns.topic, columns.partition),
            generation_id=generation,
        )

    # -- Committing

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        yield from super()._filter_tps_with_pending_acks(topics)
        for tp in self._tracks.by_partition:
            if topics is None or TP(*tp) in topics or tp.topic in topics:
                yield TP(*tp)

    def _new_offset(self, tp: TP) -> int | None:
        track = self._tracks.by_partition.get(TopicPartition(*tp))
        if track is not None:
            return track.committable()
        return None if self.transport.is_batch_topic(tp.topic) else super()._new_offset(tp)

    def _should_commit(self, tp: TP, offset: int) -> bool:
        return self.transport.is_batch_topic(tp.topic) or bool(super()._should_commit(tp, offset))

    async def _commit(self, offsets: Mapping[Any, int]) -> bool:
        tracks = {tp: self._tracks.by_partition.get(TopicPartition(*tp)) for tp in offsets}
        committed = bool(await super()._commit(offsets))
        if committed:
            for tp, track in tracks.items():
                if track is not None:
                    track.committed = offsets[tp]
        return committed

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's livelock messages count single events; batch topics have none."""
        if not self.transport.is_batch_topic(tp.topic):
            super().verify_event_path(now, tp)

    def pending(self) -> Iterable[Batch]:
        """Batches that agents have and have not finished, for monitoring."""
        return [batch for track in self._tracks.by_partition.values() for batch in track.outstanding]
