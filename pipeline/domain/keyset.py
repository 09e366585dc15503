"""Which identities a partition has already taken, and from where: millions of 64-bit keys, looked up as columns.

Sorted levels of geometrically growing size, as in a log-structured merge tree: adding a batch sorts only the batch,
and a level is merged into its elder once it has grown to a good part of it. A key costs 20 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Days = NDArray[np.int32]

ABSENT: Final = -1
DAY_US: Final = 86_400_000_000
GROWTH: Final = 3
"""A level is merged into its elder unless the elder is more than so many times as large."""


def days_of(times_us: Int64s) -> Days:
    """The UTC day number of instants in microseconds, also before 1970."""
    return np.floor_divide(times_us, DAY_US).astype(np.int32)


@dataclass(slots=True)
class _Level:
    """Entries sorted by key, each key once."""

    keys: Int64s
    offsets: Int64s
    days: Days

    def __len__(self) -> int:
        return len(self.keys)


class KeySet:
    """The keys of one partition with the inbox offset that each was first taken from; old ones expire by day.

    An entry answers for records of up to `horizon_days` days after its own. Whether an expired entry is still in
    memory never changes an answer, so sets built in different batches agree.
    """

    def __init__(self, horizon_days: int) -> None:
        self.horizon_days = horizon_days
        self.is_whole = True
        """Whether every key that was ever added is still here; False once one that expired was let go."""
        self._levels: list[_Level] = []
        self._newest = np.iinfo(np.int32).min

    def __len__(self) -> int:
        return sum(len(level) for level in self._levels)

    @property
    def nbytes(self) -> int:
        """Bytes that the entries take."""
        return sum(level.keys.nbytes + level.offsets.nbytes + level.days.nbytes for level in self._levels)

    def entries(self) -> tuple[Int64s, Days]:
        """Keys and days of all entries, eldest levels first: adding them in this order makes an equal set."""
        keys = np.concatenate([np.empty(0, np.int64), *(level.keys for level in self._levels)])
        return keys, np.concatenate([np.empty(0, np.int32), *(level.days for level in self._levels)])

    def lookup(self, keys: Int64s, days: Days) -> Int64s:
        """For each key, as seen on its day, the offset it was taken from, or `ABSENT`."""
        found = np.full(len(keys), ABSENT, np.int64)
        if not self._levels or not len(keys):
            return found
        order = np.argsort(keys)  # sorted needles walk each level once, in memory order
        needles, needed = keys[order], days[order] - np.int32(self.horizon_days)
        answers = np.full(len(keys), ABSENT, np.int64)
        for level in self._levels:  # from the eldest: a key taken again after it expired answers with its newest entry
            at = np.searchsorted(level.keys, needles)
            at[at == len(level)] = 0
            hit = np.flatnonzero(level.keys[at] == needles)
            hit = hit[level.days[at[hit]] >= needed[hit]]
            answers[hit] = level.offsets[at[hit]]
        found[order] = answers
        return found

    def has(self, keys: Int64s) -> NDArray[np.bool_]:
        """Whether each key is here, expired or not: an answer that depends on batches unless the set `is_whole`."""
        found = np.zeros(len(keys), np.bool_)
        for level in self._levels:
            at = np.searchsorted(level.keys, keys)
            at[at == len(level)] = 0
            found |= level.keys[at] == keys
        return found

    def origins(self, keys: Int64s, offsets: Int64s, days: Days) -> tuple[NDArray[np.bool_], Int64s]:
        """For each row of a batch in log order: whether its key is new, and the offset its key is first taken from.

        A new row's own offset is its origin. Rows are judged as if one by one, whatever the batch; nothing is added.
        """
        held = self.lookup(keys, days)
        unheld = np.flatnonzero(held == ABSENT)
        first = unheld[first_in_batch(keys[unheld], days[unheld], self.horizon_days)]
        new = np.zeros(len(keys), np.bool_)
        new[unheld[first == unheld]] = True
        held[unheld] = offsets[first]
        return new, held

    def add(self, keys: Int64s, offsets: Int64s, days: Days) -> None:
        """Take entries in; of equal keys the last one stays."""
        if not len(keys):
            return
        self._newest = max(self._newest, int(days.max()))
        self._levels.append(self._sorted(keys, offsets, days))
        while len(self._levels) > 1 and len(self._levels[-2]) <= GROWTH * len(self._levels[-1]):
            younger, elder = self._levels.pop(), self._levels.pop()
            merged = self._sorted(
                np.concatenate([elder.keys, younger.keys]),
                np.concatenate([elder.offsets, younger.offsets]),
                np.concatenate([elder.days, younger.days]),
            )
            if len(merged):
                self._levels.append(merged)

    def _sorted(self, keys: Int64s, offsets: Int64s, days: Days) -> _Level:
        """One level of these entries without expired ones; a stable sort, so the last of equal keys is the newest."""
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        last = np.ones(len(keys), np.bool_)
        np.not_equal(keys[1:], keys[:-1], out=last[:-1])
        held = days[order] >= self._newest - self.horizon_days
        self.is_whole = self.is_whole and bool(held.all())
        last &= held
        return _Level(keys[last], offsets[order[last]], days[order[last]])


def first_in_batch(keys: Int64s, days: Days, horizon_days: int) -> NDArray[np.intp]:
    """For each row the index of the row of its batch that it repeats; its own index where it repeats none.

    Rows are in log order. A row repeats the newest unrepeated row of its key that is at most `horizon_days` older.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.empty(len(keys), np.bool_)
    starts[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    firsts = np.empty(len(keys), np.intp)
    firsts[order] = order[np.maximum.accumulate(np.where(starts, np.arange(len(keys)), 0))]
    if len(keys) and int(days.max()) - int(days.min()) > horizon_days:
        _restart_after_horizon(order, starts, firsts, days, horizon_days)
    return firsts


def _restart_after_horizon(
    order: NDArray[np.intp], starts: NDArray[np.bool_], firsts: NDArray[np.intp], days: Days, horizon_days: int
) -> None:
    """A batch that spans more than the horizon (a log read again from its start): walk each repeated key."""
    first = -1
    for row, starts_key in zip(order.tolist(), starts.tolist(), strict=True):
        if starts_key or int(days[row]) - int(days[first]) > horizon_days:
            first = row
        firsts[row] = first
