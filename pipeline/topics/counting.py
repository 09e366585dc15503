"""How many texts of each period hold each phrase, for all phrases that are frequent enough to matter.

Two passes over the same texts. The first counts hashes roughly, in a table of small counters that several may share:
it only ever counts too many. The second counts exactly, and only what the first lets through, so that memory follows
the phrases that return and not the many that are said once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.classify.features import Hashes, TextBuffers, text_buffers
from pipeline.classify.letters import alphabet
from pipeline.topics.kernel import (
    LONGEST_SPELLING,
    Counters,
    Integers,
    Room,
    SlotTable,
    Small,
    count_exactly,
    count_roughly,
    locate,
)
from pipeline.topics.phrases import LONGEST_PHRASE, language_seeds, stop_word_table

_FEWEST_COUNTERS, _MOST_COUNTERS = 1 << 16, 1 << 26
_COUNTERS_A_TEXT = 64
_FIRST_PLACES = 1 << 16


class Texts(NamedTuple):
    """A batch of texts of one period, each with the place of its language in the list of languages."""

    period: int
    texts: pa.Array
    languages: Small


@dataclass(frozen=True, slots=True)
class PhraseCounts:
    """Texts that hold a phrase, by phrase and period: one cell per pair that occurs, by phrase and then period.

    Phrase i, in the order of hashes, has the hash `hashes[i]` and the language `languages[i]`; cell j says that
    `counts[j]` texts of period `periods[j]` hold phrase `phrases[j]`. A text that says it twice counts once.
    """

    hashes: Hashes
    languages: Small
    phrases: Integers
    periods: Integers
    counts: Integers


@dataclass(frozen=True, slots=True)
class Mentions:
    """Which texts hold which of some wanted phrases: one row per pair, by text.

    `texts` counts from the first text of the first batch, `phrases` are places in the wanted hashes; `words` is each
    wanted phrase as texts write it, folded, and empty for one that no text holds.
    """

    texts: Integers
    phrases: Integers
    words: tuple[str, ...]


class PhraseCounter:
    """Counts phrases in two passes: `look` at every batch, then `count` every batch again, periods in order."""

    def __init__(self, languages: Sequence[str], texts: int, least: int) -> None:
        """`texts` is about how many there are; phrases in fewer than `least` of them (at most 255) are left out."""
        size = max(_FEWEST_COUNTERS, min(_MOST_COUNTERS, 1 << (texts * _COUNTERS_A_TEXT).bit_length()))
        self._seeds = language_seeds(languages)
        self._least = least
        self._rough: Counters = np.zeros(size, np.uint8)
        self._room = Room.of_one_text()
        self._table = SlotTable.of(_FIRST_PLACES)
        self._now: Small = np.zeros(_FIRST_PLACES // 2, np.int32)
        self._period = -1
        self._number = 0
        self._cells: list[tuple[Integers, int, Small]] = []

    def look(self, batch: Texts) -> None:
        """The first pass."""
        buffers = text_buffers(batch.texts)
        seeds = self._seeds[batch.languages]
        count_roughly(buffers.data, buffers.offsets, alphabet(), seeds, stop_word_table(), self._room, self._rough)

    def count(self, batch: Texts) -> None:
        """The second pass. Raises `ValueError` on a period before the last one."""
        if batch.period < self._period:
            raise ValueError("the periods of texts to count must not go back")
        if batch.period != self._period:
            self._end_period()
            self._period = batch.period
        buffers = text_buffers(batch.texts)
        done = 0
        while done < len(buffers):
            begun = done
            done = self._counted(buffers, batch.languages, begun)
            self._number += done - begun
            if done < len(buffers):
                self._table = self._table.grown()
                self._now = np.concatenate([self._now, np.zeros_like(self._now)])

    def result(self) -> PhraseCounts:
        """All cells of phrases that at least `least` texts hold."""
        self._end_period()
        empty = np.zeros(0, np.int64)
        slots = np.concatenate([empty, *(slots for slots, _, _ in self._cells)])
        counts = np.concatenate([empty, *(counts for _, _, counts in self._cells)]).astype(np.int64)
        periods = np.concatenate([empty, *(np.full(len(found), period) for found, period, _ in self._cells)])
        used = int(self._table.used[0])
        totals = np.bincount(slots, weights=counts, minlength=used)
        kept = np.flatnonzero(totals >= self._least)
        order = kept[np.argsort(self._table.hashes[kept])]  # so that the order of arrival leaves no trace
        place = np.full(used, -1, np.int64)
        place[order] = np.arange(len(order))
        mine = place[slots] >= 0
        phrases, periods, counts = place[slots[mine]], periods[mine], counts[mine]
        sorting = np.lexsort((periods, phrases))
        return PhraseCounts(
            self._table.hashes[order],
            self._table.languages[order],
            phrases[sorting],
            periods[sorting],
            counts[sorting],
        )

    def _counted(self, buffers: TextBuffers, languages: Small, first: int) -> int:
        return count_exactly(
            buffers.data,
            buffers.offsets,
            first,
            alphabet(),
            self._seeds,
            languages,
            stop_word_table(),
            self._room,
            self._rough,
            self._least,
            self._table,
            self._now,
            self._number,
        )

    def _end_period(self) -> None:
        slots = np.flatnonzero(self._now)
        if len(slots):
            self._cells.append((slots, self._period, self._now[slots]))
            self._now[slots] = 0


def mentions(batches: Iterable[Texts], languages: Sequence[str], wanted: Hashes) -> Mentions:
    """Where the phrases of these distinct hashes are in the batches' texts, and how they are written."""
    seeds, room, table = language_seeds(languages), Room.of_one_text(), SlotTable.holding(wanted)
    spellings = np.zeros((max(1, len(wanted)), LONGEST_SPELLING), np.uint16)
    rows, number = [np.zeros((0, 2), np.int64)], 0
    for batch in batches:
        buffers = text_buffers(batch.texts)
        most = min(len(wanted) * len(buffers), LONGEST_PHRASE * (len(buffers.data) // 2 + len(buffers)))
        found = np.empty((most, 2), np.int64)
        mine = seeds[batch.languages]
        stops = stop_word_table()
        count = locate(buffers.data, buffers.offsets, alphabet(), mine, stops, room, table, number, found, spellings)
        rows.append(found[:count].copy())
        number += len(buffers)
    all_rows = np.concatenate(rows)
    words = tuple("".join(map(chr, row[row > 0])) for row in spellings[: len(wanted)])
    return Mentions(all_rows[:, 0], all_rows[:, 1], words)


def holding(texts: pa.Array, language: str, words: str) -> Integers:
    """Places of the texts, all of one language, that hold the phrase as `mentions` writes it; none for no phrase."""
    said = Texts(0, pa.array([words]), np.zeros(1, np.int32))
    counter = PhraseCounter([language], 1, 1)
    counter.look(said)
    counter.count(said)
    hashes = counter.result().hashes
    written = mentions([said], [language], hashes).words
    wanted = hashes[[i for i, each in enumerate(written) if each == words]]
    return mentions([Texts(0, texts, np.zeros(len(texts), np.int32))], [language], wanted).texts
