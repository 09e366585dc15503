"""What is known of each partition between two assignments: where it stands, what is held, out and done. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pipeline.ports import RecordColumns, TopicPartition
from streams.transport.batch import RECORD_OVERHEAD_BYTES, Batch, payload_bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """When a batch is complete, and how much may wait in memory."""

    records: int = 20_000
    """A batch is complete at about so many records (a Kafka record batch is not cut) …"""
    payload_bytes: int = 16_000_000
    """… or bytes of keys and values; a single Kafka record batch larger than that goes alone …"""
    seconds: float = 1.0
    """… or after so long."""
    outstanding: int = 2
    """Batches of one partition that an agent may have and not yet have finished."""
    memory_bytes: int = 64_000_000
    """Fetching stops while all partitions together hold more than this."""


@dataclass(slots=True)
class Held:
    """Records on their way to become one batch, and since when (monotonic seconds)."""

    columns: RecordColumns
    payload_bytes: int
    since: float

    @property
    def memory_bytes(self) -> int:
        """About how much memory the records take."""
        return self.payload_bytes + RECORD_OVERHEAD_BYTES * len(self.columns)


class Track:
    """One assigned partition, from where it was assigned.

    Chunks come in with `take`, batches go out with `complete`, and `committable` says what the agent has finished.
    """

    def __init__(self, tp: TopicPartition, start: int, committed: int | None, limits: Limits) -> None:
        self.tp = tp
        self.expected = start
        """Where the next chunk must begin."""
        self.committed = committed
        """What the broker has as the group's offset, as far as we know."""
        self._limits = limits
        self._finished = start
        self._held: deque[Held] = deque()
        self._out: deque[Batch] = deque()

    def take(self, chunks: Iterable[RecordColumns], now: float) -> None:
        """Hold the chunks that continue what was taken; `expected` says how far that is.

        A chunk that was seen already is dropped, and so is what lies behind a hole: it has to be fetched again.
        """
        for chunk in chunks:
            if chunk.position == self.expected:
                self._hold(chunk, now)
                self.expected = chunk.next_offset

    def _hold(self, chunk: RecordColumns, now: float) -> None:
        size = payload_bytes(chunk)
        last = self._held[-1] if self._held else None
        if last is None or self._is_full(last) or (len(last.columns) and self._would_overflow(last, size)):
            self._held.append(Held(chunk, size, now))
            return
        columns = last.columns
        if not columns.offsets:
            last.since = now  # only skipped offsets were held so far: the records' time begins now
        columns.next_offset = chunk.next_offset
        columns.offsets += chunk.offsets
        columns.timestamps_ms += chunk.timestamps_ms
        columns.keys += chunk.keys
        columns.values += chunk.values
        columns.headers += chunk.headers
        last.payload_bytes += size

    def _is_full(self, held: Held) -> bool:
        return len(held.columns) >= self._limits.records or held.payload_bytes >= self._limits.payload_bytes

    def _would_overflow(self, held: Held, size: int) -> bool:
        return held.payload_bytes + size > self._limits.payload_bytes

    @property
    def wants_more(self) -> bool:
        """Whether there is room for another fetch of this partition."""
        if len(self._held) > 1:
            return False
        return len(self._out) < self._limits.outstanding or not (self._held and self._is_full(self._held[0]))

    def due_in(self, now: float) -> float | None:
        """Seconds until a batch can go out, 0 when it can at once; None when there is nothing to send or no room."""
        if not self._held or not self._held[0].columns.offsets or len(self._out) >= self._limits.outstanding:
            return None
        if len(self._held) > 1 or self._is_full(self._held[0]):
            return 0.0
        return max(0.0, self._held[0].since + self._limits.seconds - now)

    def complete(self, make: Callable[[Held], Batch], now: float) -> Batch | None:
        """The next batch that is due, now counted as outstanding; None when none is."""
        if self.due_in(now) != 0.0:
            return None
        batch = make(self._held.popleft())
        self._out.append(batch)
        return batch

    def committable(self) -> int | None:
        """The next offset that everything before it is done for; None when the broker knows as much already."""
        while self._out and self._out[0].done:
            self._finished = self._out.popleft().columns.next_offset
        if not self._out and not any(held.columns.offsets for held in self._held):
            self._finished = self.expected  # only control records and compacted offsets lie between
        return self._finished if self.committed is None or self._finished > self.committed else None

    @property
    def outstanding(self) -> tuple[Batch, ...]:
        """Batches that are out, oldest first."""
        return tuple(self._out)

    @property
    def memory_bytes(self) -> int:
        """About how much memory the partition's records take; batches that are done no longer count."""
        out = sum(batch.memory_bytes for batch in self._out if not batch.done)
        return out + sum(held.memory_bytes for held in self._held)

    def drop_done(self) -> None:
        """Forget batches at the head that are done, so that there is room for more."""
        while self._out and self._out[0].done:
            self._finished = self._out.popleft().columns.next_offset


@dataclass(slots=True)
class Tracks:
    """All assigned partitions of batch topics; empty between a revocation and the next assignment."""

    limits: Limits
    epoch: int = 0
    """Counts assignments and revocations: batches of an older epoch are strangers."""
    by_partition: dict[TopicPartition, Track] = field(default_factory=dict)

    def forget(self) -> None:
        """The assignment ended: what is held is dropped, what is out becomes stale."""
        self.epoch += 1
        self.by_partition = {}

    def begin(self, starts: dict[TopicPartition, tuple[int, int | None]]) -> None:
        """A new assignment: where each partition starts, and the group's offset on the broker."""
        self.forget()
        self.by_partition = {tp: Track(tp, start, known, self.limits) for tp, (start, known) in starts.items()}

    def wanted(self) -> set[TopicPartition]:
        """Partitions to fetch from: none while too much is in memory."""
        for track in self.by_partition.values():
            track.drop_done()
        if sum(track.memory_bytes for track in self.by_partition.values()) >= self.limits.memory_bytes:
            return set()
        return {tp for tp, track in self.by_partition.items() if track.wants_more}

    def due_in(self, now: float, most: float) -> float:
        """Seconds until some batch can go out, at most `most`."""
        times = (track.due_in(now) for track in self.by_partition.values())
        return min((seconds for seconds in times if seconds is not None), default=most)
