"""The ledger: what `feedback.events` says becomes rows of the lake, each inbox record exactly once.

The log may repeat anything: intake writes again after a crash, a channel sends twice, a worker that was thought dead
wakes up. The ledger decides by identity, and every decision depends only on the log before the record, so whoever
replays any range in any batches decides the same. State in memory is a copy of what the lake holds; it moves on only
after the lake did, and is thrown away when the lake turns out to be somewhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.errors import FatalError
from pipeline.domain.keyset import ABSENT, KeySet, days_of
from pipeline.domain.lake_tables import DEAD_LETTERS, DUPLICATES, EVENTS
from pipeline.domain.logs import Places
from pipeline.domain.windows import LiveWindows, cells_of, count_cells
from pipeline.ports import LandedRows, OutgoingRecords, RecordColumns, Sink, Span, TopicPartition
from pipeline.services.ledger_rows import event_rows, letter_rows, metric_records

US_PER_SECOND: Final = 1_000_000


@dataclass(slots=True)
class Landed:
    """What became of the records of one call; `stale` are those that the lake had already, from somebody else."""

    accepted: int = 0
    duplicates: int = 0
    replays: int = 0
    stale: int = 0
    dead_letters: int = 0
    metrics: dict[int, OutgoingRecords] = field(default_factory=dict)
    """Changed live cells with their new totals, by partition: for the same partition of `feedback.metrics`."""


@dataclass(slots=True)
class _Accepting:
    """State of one partition of `feedback.events`: exactly what the lake holds below `next_offset`."""

    next_offset: int
    duplicates_from: int
    identities: KeySet
    repeats: KeySet
    windows: LiveWindows


@dataclass(slots=True)
class _Collecting:
    """State of one partition of `feedback.dead-letters`."""

    next_offset: int
    letters: KeySet


@dataclass(frozen=True, slots=True)
class _Decision:
    """What the records of one partition are: masks over `rows` that never overlap; the rest are replays."""

    rows: pa.Table
    accepted: NDArray[np.bool_]
    duplicate: NDArray[np.bool_]
    span: Span
    events: pa.Table
    """The accepted rows."""
    keys: NDArray[np.int64]
    places: NDArray[np.int64]
    days: NDArray[np.int32]
    """Identity, place in the inbox and recorded day of each row."""

    @property
    def replays(self) -> int:
        """Records that the lake already holds from the same inbox offset."""
        return len(self.accepted) - int(self.accepted.sum()) - int(self.duplicate.sum())


_State = TypeVar("_State", _Accepting, _Collecting)


class Ledger:
    """Lands batches of the log of record and of the dead letters. Not for several threads at once; may block."""

    def __init__(
        self,
        sink: Sink,
        landed_rows: LandedRows,
        *,
        dedupe_days: int = 30,
        window_seconds: int = 3_600,
        live_windows: int = 200_000,
    ) -> None:
        """The numbers are those of `Settings` by the same names."""
        self._sink = sink
        self._landed_rows = landed_rows
        self._dedupe_days = dedupe_days
        self._window_us = window_seconds * US_PER_SECOND
        self._live_windows = live_windows
        self._places = Places()
        self._accepting: dict[TopicPartition, _Accepting] = {}
        self._collecting: dict[TopicPartition, _Collecting] = {}

    def assign(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Rebuild the state of these partitions of `feedback.events` from the lake; the offsets to resume from."""
        stands = self._sink.next_offsets("events", partitions)
        side = self._sink.next_offsets("duplicates", partitions)
        for tp in partitions:
            self._accepting[tp] = self._rebuild(tp, stands.get(tp, 0), side.get(tp, 0))
        return {tp: stands.get(tp, 0) for tp in partitions}

    def assign_dead_letters(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """The same for partitions of `feedback.dead-letters`."""
        stands = self._sink.next_offsets("dead_letters", partitions)
        for tp in partitions:
            at = stands.get(tp, 0)
            self._collecting[tp] = _Collecting(at, self._keys("dead_letters", tp, at))
        return {tp: stands.get(tp, 0) for tp in partitions}

    def revoke(self, partitions: Iterable[TopicPartition]) -> None:
        """Forget partitions that are somebody else's now."""
        for tp in partitions:
            self._accepting.pop(tp, None)
            self._collecting.pop(tp, None)

    def metrics_since(self, offsets: Mapping[TopicPartition, int]) -> dict[int, OutgoingRecords]:
        """Totals of the cells that landed records from these offsets on fall into.

        For metrics that may never have been sent: a worker that died after its commit leaves those of its last
        batches unsent. Ask after `assign`, with the offsets up to which they are known to have been sent.
        """
        sent: dict[int, OutgoingRecords] = {}
        for tp, since in offsets.items():
            state = self._accepting[tp]
            if since < state.next_offset:
                cells = self._landed_rows.cells_since(tp, since, state.next_offset, self._window_us)
                sent[tp.partition] = metric_records(list(cells_of(cells)), tp.partition, self._window_us)
        return sent

    def land(self, batches: Sequence[RecordColumns]) -> Landed:
        """Land batches of `feedback.events`, several partitions in one commit; batches of a partition in order.

        When it returns, everything in them is in the lake, whoever put it there. Raises `FatalError` when a batch
        begins beyond where the lake stands.
        """
        landed = Landed()
        decisions: dict[TopicPartition, _Decision] = {}
        for tp, parts in _by_partition(batches).items():
            state, news = self._news(self._accepting, tp, parts, landed)
            if news:
                decisions[tp] = self._decide(state, news)
        if not decisions:
            return landed
        counted = {tp: count_cells(each.events, self._window_us) for tp, each in decisions.items()}
        self._restore(counted)
        self._land_duplicates(decisions)
        moved = self._sink.append(
            "events",
            _concat(EVENTS, [each.events for each in decisions.values()]),
            {tp: each.span for tp, each in decisions.items()},
        )
        for tp, decision in decisions.items():
            if tp in moved:
                self._advance(tp, decision, counted[tp], landed)
            else:
                landed.stale += decision.rows.num_rows
                del self._accepting[tp]  # the lake is elsewhere; the next batch reads where
        return landed

    def land_dead_letters(self, batches: Sequence[RecordColumns]) -> Landed:
        """Land batches of `feedback.dead-letters`; a letter about an inbox record that has one already is dropped."""
        landed = Landed()
        news: dict[TopicPartition, tuple[pa.Table, Span]] = {}
        for tp, parts in _by_partition(batches).items():
            state, fresh = self._news(self._collecting, tp, parts, landed)
            if fresh:
                rows = pa.concat_tables([letter_rows(part) for part in fresh])
                kept = rows.filter(self._first_letters(rows, state.letters))
                landed.replays += rows.num_rows - kept.num_rows
                news[tp] = kept, Span(state.next_offset, fresh[-1].next_offset)
        if not news:
            return landed
        rows = _concat(DEAD_LETTERS, [kept for kept, _ in news.values()])
        moved = self._sink.append("dead_letters", rows, {tp: span for tp, (_, span) in news.items()})
        for tp, (kept, span) in news.items():
            if tp not in moved:
                landed.stale += kept.num_rows
                del self._collecting[tp]
                continue
            landed.dead_letters += kept.num_rows
            self._collecting[tp].letters.add(*self._letter_places(kept))
            self._collecting[tp].next_offset = span.next_offset
        return landed

    def _rebuild(self, tp: TopicPartition, at: int, duplicates_from: int) -> _Accepting:
        cells = self._landed_rows.newest_cells(tp, at, self._window_us, self._live_windows + 1)
        all_of_them = cells.num_rows <= self._live_windows
        windows = LiveWindows(
            self._live_windows, None if all_of_them else pc.min(cells.column("window_start_us")).as_py()
        )
        windows.restore((), cells_of(cells))
        windows.evict()
        return _Accepting(
            next_offset=at,
            duplicates_from=duplicates_from,
            identities=self._keys("events", tp, at),
            repeats=self._keys("duplicates", tp, at),
            windows=windows,
        )

    def _keys(self, table: str, tp: TopicPartition, before: int) -> KeySet:
        """Identities with their places for `events`, and places alone for the other tables."""
        keys = KeySet(self._dedupe_days)
        rows = self._landed_rows.keys(table, tp, before, self._dedupe_days)
        places = self._places.of(rows.column("inbox_log"), rows.column("inbox_offset").to_numpy())
        key = rows.column("event_key").to_numpy() if table == "events" else places
        keys.add(key, places, days_of(rows.column("recorded_us").to_numpy()))
        return keys

    def _news(
        self, states: dict[TopicPartition, _State], tp: TopicPartition, parts: list[RecordColumns], landed: Landed
    ) -> tuple[_State, list[RecordColumns]]:
        """The state of a partition and what of `parts` is beyond it; reads the lake again if they do not meet."""
        if tp not in states or parts[0].position != states[tp].next_offset:
            (self.assign if states is self._accepting else self.assign_dead_letters)([tp])
        state = states[tp]
        at = state.next_offset
        news: list[RecordColumns] = []
        for part in parts:
            if part.position > at:
                raise FatalError(
                    f"{tp.topic}/{tp.partition}: a batch begins at {part.position} but the lake stands at {at}; "
                    "landing it would leave a hole. Start the worker again so that it resumes from the lake."
                )
            if part.next_offset <= at:
                landed.stale += len(part)
                continue
            rest = _from(part, at)
            landed.stale += len(part) - len(rest)
            news.append(rest)
            at = part.next_offset
        return state, news

    def _decide(self, state: _Accepting, parts: list[RecordColumns]) -> _Decision:
        rows = pa.concat_tables([event_rows(part) for part in parts])
        keys, places, days = self._identities(rows)
        accepted, origins = state.identities.origins(keys, places, days)
        duplicate = origins != places
        duplicate[duplicate] = _news_among(places[duplicate], days[duplicate], state.repeats)
        events = rows if accepted.all() else rows.filter(accepted)
        span = Span(state.next_offset, parts[-1].next_offset)
        return _Decision(rows, accepted, duplicate, span, events, keys, places, days)

    def _restore(self, counted: Mapping[TopicPartition, pa.Table]) -> None:
        """Read windows that left memory back from the lake, all partitions' in one query."""
        unknown: dict[TopicPartition, list[int]] = {}
        for tp, cells in counted.items():
            windows = self._accepting[tp].windows.unknown(cells.column("window_start_us").unique().to_pylist())
            if windows:
                unknown[tp] = windows
        if not unknown:
            return
        before = {tp: self._accepting[tp].next_offset for tp in counted}
        restored = self._landed_rows.cells(unknown, before, self._window_us)
        for tp in counted:
            if tp in unknown:
                mine = restored.filter(pc.equal(restored.column("partition"), tp.partition))
                self._accepting[tp].windows.restore(unknown[tp], cells_of(mine))

    def _land_duplicates(self, decisions: Mapping[TopicPartition, _Decision]) -> None:
        """The side table first: if the worker dies before the main commit, the replay finds these rows landed.

        A batch without duplicates commits nothing here, so the span begins where this table stands: between there
        and the batch it had nothing to take.
        """
        spans: dict[TopicPartition, Span] = {}
        rows: list[pa.Table] = []
        for tp, decision in decisions.items():
            state = self._accepting[tp]
            if decision.duplicate.any() and decision.span.next_offset > state.duplicates_from:
                rows.append(decision.rows.select(DUPLICATES.names).filter(decision.duplicate).cast(DUPLICATES))
                spans[tp] = Span(min(state.duplicates_from, decision.span.position), decision.span.next_offset)
        if spans:
            self._sink.append("duplicates", pa.concat_tables(rows), spans)
            for tp, span in spans.items():
                self._accepting[tp].duplicates_from = span.next_offset

    def _advance(self, tp: TopicPartition, decision: _Decision, counted: pa.Table, landed: Landed) -> None:
        state = self._accepting[tp]
        keys, places, days = decision.keys, decision.places, decision.days
        accepted, duplicate = decision.accepted, decision.duplicate
        state.identities.add(keys[accepted], places[accepted], days[accepted])
        state.repeats.add(places[duplicate], places[duplicate], days[duplicate])
        changed = state.windows.change(counted)
        state.windows.apply(changed)
        state.next_offset = decision.span.next_offset
        landed.accepted += int(accepted.sum())
        landed.duplicates += int(duplicate.sum())
        landed.replays += decision.replays
        landed.metrics[tp.partition] = metric_records(changed.cells.items(), tp.partition, self._window_us)

    def _identities(self, rows: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Identity, place in the inbox and recorded day of each row."""
        places = self._places.of(rows.column("inbox_log"), rows.column("inbox_offset").to_numpy())
        return rows.column("event_key").to_numpy(), places, days_of(_instants(rows))

    def _letter_places(self, rows: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Place in the inbox (twice: key and value) and recorded day of the letters that are about inbox records."""
        about = rows.filter(pc.is_valid(rows.column("inbox_offset")))
        places = self._places.of(about.column("inbox_log"), about.column("inbox_offset").to_numpy())
        return places, places, days_of(_instants(about))

    def _first_letters(self, rows: pa.Table, letters: KeySet) -> NDArray[np.bool_]:
        """All letters about files' rows, and the first one about each inbox record."""
        kept = np.ones(rows.num_rows, np.bool_)
        about = pc.is_valid(rows.column("inbox_offset")).to_numpy()
        places, _, days = self._letter_places(rows)
        kept[about] = _news_among(places, days, letters)
        return kept


def _instants(rows: pa.Table) -> NDArray[np.int64]:
    """Microseconds at which the inbox took each row."""
    instants: NDArray[np.int64] = rows.column("recordedtime").cast(pa.int64()).to_numpy()
    return instants


def _by_partition(batches: Sequence[RecordColumns]) -> dict[TopicPartition, list[RecordColumns]]:
    parts: dict[TopicPartition, list[RecordColumns]] = {}
    for batch in batches:
        if batch.next_offset > batch.position:
            parts.setdefault(batch.tp, []).append(batch)
    return parts


def _from(part: RecordColumns, at: int) -> RecordColumns:
    """The records of `part` at or after offset `at`."""
    if part.position >= at:
        return part
    skip = int(np.searchsorted(np.asarray(part.offsets, np.int64), at))
    return RecordColumns(
        topic=part.topic,
        partition=part.partition,
        position=at,
        next_offset=part.next_offset,
        offsets=part.offsets[skip:],
        timestamps_ms=part.timestamps_ms[skip:],
        keys=part.keys[skip:],
        values=part.values[skip:],
        headers=part.headers[skip:],
    )


def _news_among(places: NDArray[np.int64], days: NDArray[np.int32], taken: KeySet) -> NDArray[np.bool_]:
    """Which inbox places are neither taken already nor a repeat inside the batch."""
    news: NDArray[np.bool_] = taken.lookup(places, days) == ABSENT
    first = np.zeros(len(places), np.bool_)
    first[np.unique(places, return_index=True)[1]] = True
    return news & first


def _concat(schema: pa.Schema, tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), *tables])
