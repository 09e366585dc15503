"""The part of the ledger that lands `feedback.dead-letters`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.keyset import KeySet, days_of
from pipeline.domain.lake_tables import DEAD_LETTERS
from pipeline.domain.logs import Places
from pipeline.ports import LandedRows, RecordColumns, Sink, Span, TopicPartition
from pipeline.services.landed_keys import instants, landed_keys, news_among
from pipeline.services.ledger_batches import Landed, beyond, by_partition, concat
from pipeline.services.ledger_rows import letter_rows


@dataclass(slots=True)
class _Collecting:
    """State of one partition of `feedback.dead-letters`."""

    next_offset: int
    letters: KeySet


class LetterLedger:
    """Lands batches of dead letters. Not for several threads at once; may block."""

    def __init__(self, sink: Sink, landed_rows: LandedRows, places: Places, *, dedupe_days: int) -> None:
        self._sink = sink
        self._landed_rows = landed_rows
        self._places = places
        self._dedupe_days = dedupe_days
        self._collecting: dict[TopicPartition, _Collecting] = {}

    def assign(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Rebuild the state of these partitions from the lake; the offsets to resume from."""
        stands = self._sink.next_offsets("dead_letters", partitions)
        for tp in partitions:
            at = stands.get(tp, 0)
            letters = landed_keys(
                self._landed_rows, self._places, "dead_letters", tp=tp, before=at, days=self._dedupe_days
            )
            self._collecting[tp] = _Collecting(at, letters)
        return {tp: stands.get(tp, 0) for tp in partitions}

    def revoke(self, partitions: Collection[TopicPartition]) -> None:
        """Forget partitions that are somebody else's now."""
        for tp in partitions:
            self._collecting.pop(tp, None)

    def land(self, batches: Sequence[RecordColumns]) -> Landed:
        """Land batches; a letter about an inbox record that has one already is dropped."""
        landed = Landed()
        news: dict[TopicPartition, tuple[pa.Table, Span]] = {}
        for tp, parts in by_partition(batches).items():
            state, fresh = self._news(tp, parts, landed)
            if fresh:
                rows = pa.concat_tables([letter_rows(part) for part in fresh])
                kept = rows.filter(self._first_letters(rows, state.letters))
                landed.replays += rows.num_rows - kept.num_rows
                news[tp] = kept, Span(state.next_offset, fresh[-1].next_offset)
        if not news:
            return landed
        rows = concat(DEAD_LETTERS, [kept for kept, _ in news.values()])
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

    def _news(
        self, tp: TopicPartition, parts: list[RecordColumns], landed: Landed
    ) -> tuple[_Collecting, list[RecordColumns]]:
        """The state of a partition and what of `parts` is beyond it; reads the lake again if they do not meet."""
        if tp not in self._collecting or parts[0].position != self._collecting[tp].next_offset:
            self.assign([tp])
        state = self._collecting[tp]
        news, stale = beyond(parts, state.next_offset)
        landed.stale += stale
        return state, news

    def _letter_places(self, rows: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Place in the inbox (twice: key and value) and recorded day of the letters that are about inbox records."""
        about = rows.filter(pc.is_valid(rows.column("inbox_offset")))
        places = self._places.of(about.column("inbox_log"), about.column("inbox_offset").to_numpy())
        return places, places, days_of(instants(about))

    def _first_letters(self, rows: pa.Table, letters: KeySet) -> NDArray[np.bool_]:
        """All letters about files' rows, and the first one about each inbox record."""
        kept = np.ones(rows.num_rows, np.bool_)
        about = pc.is_valid(rows.column("inbox_offset")).to_numpy()
        places, _, days = self._letter_places(rows)
        kept[about] = news_among(places, days, letters)
        return kept
