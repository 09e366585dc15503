"""The ledger: what `feedback.events` says becomes rows of the lake, each inbox record exactly once.

The log may repeat anything: intake writes again after a crash, a channel sends twice, a worker that was thought dead
wakes up. The ledger decides by identity, and every decision depends only on the log before the record, so whoever
replays any range in any batches decides the same. State in memory is a copy of what the lake holds; it moves on only
after the lake did, and is thrown away when the lake turns out to be somewhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.cases.fold import Folded
from pipeline.domain.keyset import KeySet, days_of
from pipeline.domain.lake_tables import DUPLICATES, EVENTS, TABLES
from pipeline.domain.logs import Places
from pipeline.domain.windows import LiveWindows, cells_of, count_cells
from pipeline.ports import LandedRows, OutgoingRecords, RecordColumns, Sink, Span, TopicPartition
from pipeline.services.case_alerts import breach_records
from pipeline.services.landed_keys import instants, landed_keys, news_among
from pipeline.services.ledger_batches import Landed, beyond, by_partition, concat
from pipeline.services.ledger_rows import event_rows, metric_records
from pipeline.services.letter_ledger import LetterLedger
from pipeline.services.open_cases import OpenCases

US_PER_SECOND: Final = 1_000_000
SIDE_TABLES: Final = ("duplicates", "transitions", "clocks")
"""Committed before `events`, in this order."""


@dataclass(slots=True)
class _Accepting:
    """State of one partition of `feedback.events`: exactly what the lake holds below `next_offset`."""

    next_offset: int
    beside: dict[str, int]
    """Where each side table stands."""
    identities: KeySet
    repeats: KeySet
    windows: LiveWindows


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


class Ledger:
    """Lands batches of the log of record and of the dead letters. Not for several threads at once; may block."""

    def __init__(
        self,
        sink: Sink,
        landed_rows: LandedRows,
        *,
        cases: OpenCases | None = None,
        dedupe_days: int = 30,
        window_seconds: int = 3_600,
        live_windows: int = 200_000,
    ) -> None:
        """The numbers are those of `Settings` by the same names. Without `cases` no case is followed."""
        self._sink = sink
        self._cases = cases
        self._landed_rows = landed_rows
        self._dedupe_days = dedupe_days
        self._window_us = window_seconds * US_PER_SECOND
        self._live_windows = live_windows
        self._places = Places()
        self._accepting: dict[TopicPartition, _Accepting] = {}
        self._letters = LetterLedger(sink, landed_rows, self._places, dedupe_days=dedupe_days)
        self._owed: dict[int, OutgoingRecords] = {}

    def assign(
        self, partitions: Collection[TopicPartition], told: Mapping[TopicPartition, int] | None = None
    ) -> dict[TopicPartition, int]:
        """Rebuild the state of these partitions of `feedback.events` from the lake; the offsets to resume from.

        `told` says up to where alerts are known to have been sent: those of later rows wait in `owed_alerts`. Without
        it none are owed, because whoever landed the rows is there to send them.
        """
        stands = self._sink.next_offsets("events", partitions)
        beside = {table: self._sink.next_offsets(table, partitions) for table in SIDE_TABLES}
        for tp in partitions:
            at = stands.get(tp, 0)
            self._accepting[tp] = self._rebuild(tp, at, {table: each.get(tp, 0) for table, each in beside.items()})
            if self._cases is not None:
                owed = self._cases.take_up(tp, at, at if told is None else told.get(tp, 0))
                if owed:
                    self._owed[tp.partition] = breach_records(owed)
        return {tp: stands.get(tp, 0) for tp in partitions}

    def owed_alerts(self) -> dict[int, OutgoingRecords]:
        """Alerts about what was landed before the last assignment and may never have been sent, once, by partition."""
        owed, self._owed = self._owed, {}
        return owed

    def assign_dead_letters(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """The same for partitions of `feedback.dead-letters`."""
        return self._letters.assign(partitions)

    def revoke(self, partitions: Collection[TopicPartition]) -> None:
        """Forget partitions that are somebody else's now."""
        for tp in partitions:
            self._drop(tp)
        self._letters.revoke(partitions)

    def confirmed(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Where the lake stands in those of these partitions in which this ledger knows it rightly.

        What it knows of the others is thrown away: somebody else lands them.
        """
        known = [tp for tp in partitions if tp in self._accepting]
        stands = self._sink.next_offsets("events", known)
        for tp in known:
            if self._accepting[tp].next_offset != stands.get(tp, 0):
                self._drop(tp)
        return {tp: stands.get(tp, 0) for tp in known if tp in self._accepting}

    def alerts_sent(self) -> None:
        """All alerts that `land` and `owed_alerts` gave were sent; until this is said no snapshot passes them."""
        if self._cases is not None:
            self._cases.news_told()

    def save_cases(self, *, every: bool = False) -> None:
        """Keep snapshots of the open cases that are due, or of all."""
        if self._cases is not None:
            self._cases.save(every=every)

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
        for tp, parts in by_partition(batches).items():
            state, news = self._news(tp, parts, landed)
            if news:
                decisions[tp] = self._decide(state, news)
        if decisions:
            try:
                self._land(decisions, landed)
            except BaseException:
                for tp in decisions:
                    self._drop(tp)  # what is in memory may be ahead of the lake now
                raise
        return landed

    def land_dead_letters(self, batches: Sequence[RecordColumns]) -> Landed:
        """Land batches of `feedback.dead-letters`; a letter about an inbox record that has one already is dropped."""
        return self._letters.land(batches)

    def _rebuild(self, tp: TopicPartition, at: int, beside: dict[str, int]) -> _Accepting:
        cells = self._landed_rows.newest_cells(tp, at, self._window_us, self._live_windows + 1)
        all_of_them = cells.num_rows <= self._live_windows
        windows = LiveWindows(
            self._live_windows, None if all_of_them else pc.min(cells.column("window_start_us")).as_py()
        )
        windows.restore((), cells_of(cells))
        windows.evict()
        keys = partial(landed_keys, self._landed_rows, self._places, tp=tp, before=at, days=self._dedupe_days)
        return _Accepting(
            next_offset=at,
            beside=beside,
            identities=keys("events"),
            repeats=keys("duplicates"),
            windows=windows,
        )

    def _news(
        self, tp: TopicPartition, parts: list[RecordColumns], landed: Landed
    ) -> tuple[_Accepting, list[RecordColumns]]:
        """The state of a partition and what of `parts` is beyond it; reads the lake again if they do not meet."""
        if tp not in self._accepting or parts[0].position != self._accepting[tp].next_offset:
            self.assign([tp])
        state = self._accepting[tp]
        news, stale = beyond(parts, state.next_offset)
        landed.stale += stale
        return state, news

    def _decide(self, state: _Accepting, parts: list[RecordColumns]) -> _Decision:
        rows = pa.concat_tables([event_rows(part) for part in parts])
        keys, places, days = self._identities(rows)
        accepted, origins = state.identities.origins(keys, places, days)
        duplicate = origins != places
        duplicate[duplicate] = news_among(places[duplicate], days[duplicate], state.repeats)
        events = rows if accepted.all() else rows.filter(accepted)
        span = Span(state.next_offset, parts[-1].next_offset)
        return _Decision(rows, accepted, duplicate, span, events, keys, places, days)

    def _land(self, decisions: Mapping[TopicPartition, _Decision], landed: Landed) -> None:
        """Commit what was decided: side tables first, so that a replay after a crash finds their rows landed."""
        counted = {tp: count_cells(each.events, self._window_us) for tp, each in decisions.items()}
        self._restore(counted)
        folded = self._fold(decisions)
        duplicates = {tp: _duplicates(each) for tp, each in decisions.items()}
        self._land_beside("duplicates", decisions, duplicates)
        self._land_beside("transitions", decisions, {tp: each.transitions for tp, each in folded.items()})
        self._land_beside("clocks", decisions, {tp: each.clocks for tp, each in folded.items()})
        moved = self._sink.append(
            "events",
            concat(EVENTS, [each.events for each in decisions.values()]),
            {tp: each.span for tp, each in decisions.items()},
        )
        for tp, decision in decisions.items():
            if tp in moved:
                self._advance(tp, decision, counted[tp], landed)
                self._tell(tp, decision, folded, landed)
            else:
                landed.stale += decision.rows.num_rows
                self._drop(tp)  # the lake is elsewhere; the next batch reads where

    def _drop(self, tp: TopicPartition) -> None:
        self._accepting.pop(tp, None)
        if self._cases is not None:
            self._cases.forget([tp])

    def _fold(self, decisions: Mapping[TopicPartition, _Decision]) -> dict[TopicPartition, Folded]:
        if self._cases is None:
            return {}
        return self._cases.fold({tp: each.events for tp, each in decisions.items()})

    def _tell(
        self, tp: TopicPartition, decision: _Decision, folded: Mapping[TopicPartition, Folded], landed: Landed
    ) -> None:
        """The cases stand where the lake does; what their clocks showed becomes alerts."""
        if self._cases is not None:
            span = decision.span
            breaches = self._cases.landed(tp, folded[tp], span.next_offset, decision.events.num_rows)
            if breaches:
                landed.alerts[tp.partition] = breach_records(breaches)

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

    def _land_beside(
        self, table: str, decisions: Mapping[TopicPartition, _Decision], rows: Mapping[TopicPartition, pa.Table]
    ) -> None:
        """Commit rows of a side table.

        A batch that gives it none commits nothing here, so the span begins where this table stands: between there and
        the batch it had nothing to take.
        """
        spans: dict[TopicPartition, Span] = {}
        for tp, mine in rows.items():
            stands, span = self._accepting[tp].beside[table], decisions[tp].span
            if mine.num_rows and span.next_offset > stands:
                spans[tp] = Span(min(stands, span.position), span.next_offset)
        if spans:
            self._sink.append(table, concat(TABLES[table], [rows[tp] for tp in spans]), spans)
            for tp, span in spans.items():
                self._accepting[tp].beside[table] = span.next_offset

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
        return rows.column("event_key").to_numpy(), places, days_of(instants(rows))


def _duplicates(decision: _Decision) -> pa.Table:
    if not decision.duplicate.any():
        return DUPLICATES.empty_table()
    return decision.rows.select(DUPLICATES.names).filter(decision.duplicate).cast(DUPLICATES)
