"""The loops over texts: counting phrases roughly, counting them exactly, and finding a few of them again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.classify.compiling import compiled
from pipeline.classify.features import MAX_LETTERS, Bytes, Hashes, Offsets, fold_text
from pipeline.classify.letters import Alphabet, Letters
from pipeline.topics.phrases import LONGEST_PHRASE, LONGEST_WORD, SHORTEST_WORD, Places, find, phrases_of

Integers = npt.NDArray[np.int64]
Counters = npt.NDArray[np.uint8]
Small = npt.NDArray[np.int32]

LONGEST_SPELLING = LONGEST_PHRASE * (LONGEST_WORD + 1)
"""Letters of the longest phrase, the gaps between its words included."""

_FULL = np.uint8(255)


class Room(NamedTuple):
    """Where one text at a time is folded and its phrases are written: enough for the longest text."""

    letters: Letters
    hashes: Hashes
    begins: Places
    ends: Places

    @classmethod
    def of_one_text(cls) -> Room:
        """Fresh arrays."""
        phrases = LONGEST_PHRASE * (MAX_LETTERS // (SHORTEST_WORD + 1) + 2)
        places = np.empty((2, phrases), np.int32)
        return cls(np.empty(MAX_LETTERS + 4, np.uint16), np.empty(phrases, np.uint64), places[0], places[1])


class SlotTable(NamedTuple):
    """A hash table from phrases to slots: key and slot of each place; and of each slot its hash, language, last text.

    `used[0]` slots are taken, in the order of their coming.
    """

    keys: Hashes
    slots: Small
    hashes: Hashes
    languages: Small
    seen: Integers
    used: Integers

    @classmethod
    def of(cls, places: int) -> SlotTable:
        """An empty one of a power of two of places, of which half may be used."""
        half = places // 2
        return cls(
            np.zeros(places, np.uint64),
            np.zeros(places, np.int32),
            np.zeros(half, np.uint64),
            np.zeros(half, np.int32),
            np.full(half, -1, np.int64),
            np.zeros(1, np.int64),
        )

    @classmethod
    def holding(cls, hashes: Hashes) -> SlotTable:
        """A table whose slots are these distinct hashes, in their order."""
        table = cls.of(max(1 << 6, 1 << (2 * len(hashes)).bit_length()))
        table.hashes[: len(hashes)] = hashes
        table.used[0] = len(hashes)
        place_all(table.keys, table.slots, table.hashes, len(hashes))
        return table

    def grown(self) -> SlotTable:
        """The same slots in a table of twice the size."""
        bigger, used = SlotTable.of(2 * len(self.keys)), int(self.used[0])
        bigger.hashes[:used] = self.hashes[:used]
        bigger.languages[:used] = self.languages[:used]
        bigger.seen[:used] = self.seen[:used]
        bigger.used[0] = used
        place_all(bigger.keys, bigger.slots, bigger.hashes, used)
        return bigger


@compiled
def place_all(keys: Hashes, slots: Small, hashes: Hashes, used: int) -> None:
    """Enter the first `used` slots into an empty hash table."""
    for slot in range(used):
        place = find(keys, hashes[slot])
        keys[place] = hashes[slot]
        slots[place] = slot


@compiled
def count_roughly(
    data: Bytes, offsets: Offsets, table: Alphabet, seeds: Hashes, stops: Hashes, room: Room, counters: Counters
) -> None:
    """Count every phrase of every text in a counter that others may share; one that is full stays full."""
    letters, hashes, begins, ends = room.letters, room.hashes, room.begins, room.ends
    mask = np.uint64(len(counters) - 1)
    for d in range(len(offsets) - 1):
        n = fold_text(data, offsets[d], offsets[d + 1], table, letters)
        for k in range(phrases_of(letters, n, seeds[d], stops, hashes, begins, ends)):
            place = hashes[k] & mask
            if counters[place] != _FULL:
                counters[place] += np.uint8(1)


@compiled
def count_exactly(
    data: Bytes,
    offsets: Offsets,
    first: int,
    table: Alphabet,
    seeds: Hashes,
    languages: Small,
    stops: Hashes,
    room: Room,
    counters: Counters,
    least: int,
    slot_table: SlotTable,
    now: Small,
    number: int,
) -> int:
    """Count the texts from `first` on, the first of them having `number`, as long as slots are free; where it stopped.

    Only phrases whose rough counter has at least `least` get a slot; `now` counts the texts of each slot.
    """
    letters, hashes, begins, ends = room.letters, room.hashes, room.begins, room.ends
    keys, slots, slot_hashes = slot_table.keys, slot_table.slots, slot_table.hashes
    slot_languages, seen, used = slot_table.languages, slot_table.seen, slot_table.used
    mask = np.uint64(len(counters) - 1)
    for d in range(first, len(offsets) - 1):
        if used[0] + len(hashes) > len(slot_hashes):
            return d
        n = fold_text(data, offsets[d], offsets[d + 1], table, letters)
        for k in range(phrases_of(letters, n, seeds[languages[d]], stops, hashes, begins, ends)):
            if counters[hashes[k] & mask] < least:
                continue
            place = find(keys, hashes[k])
            if keys[place] != hashes[k]:
                keys[place] = hashes[k]
                slots[place] = used[0]
                slot_hashes[used[0]] = hashes[k]
                slot_languages[used[0]] = languages[d]
                used[0] += 1
            slot = slots[place]
            if seen[slot] != number + d - first:
                seen[slot] = number + d - first
                now[slot] += 1
    return len(offsets) - 1


@compiled
def locate(
    data: Bytes,
    offsets: Offsets,
    table: Alphabet,
    seeds: Hashes,
    stops: Hashes,
    room: Room,
    slot_table: SlotTable,
    number: int,
    found: Integers,
    spellings: Letters,
) -> int:
    """Write a row (text, slot) to `found` for each text that holds the phrase of a slot; how many.

    The first text has `number`. `spellings` gets the letters of each slot's phrase where its row is still empty.
    """
    letters, hashes, begins, ends = room.letters, room.hashes, room.begins, room.ends
    keys, slots, seen = slot_table.keys, slot_table.slots, slot_table.seen
    rows = 0
    for d in range(len(offsets) - 1):
        n = fold_text(data, offsets[d], offsets[d + 1], table, letters)
        for k in range(phrases_of(letters, n, seeds[d], stops, hashes, begins, ends)):
            place = find(keys, hashes[k])
            if keys[place] != hashes[k]:
                continue
            slot = slots[place]
            if seen[slot] == number + d:
                continue
            seen[slot] = number + d
            found[rows, 0], found[rows, 1] = number + d, slot
            rows += 1
            if spellings[slot, 0] == 0:
                for p in range(begins[k], ends[k]):
                    spellings[slot, p - begins[k]] = letters[p] if letters[p] != 0 else 0x20
    return rows
