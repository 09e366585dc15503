"""The cases in memory: where each lies in the arrays of `Store`, which grow as cases and events come."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.domain.cases import columns as c
from pipeline.domain.cases.chain import chained, forget_all

_FIRST_ROOM: Final = 1_024
_GROWTH: Final = 2
_OF_EVENTS: Final = frozenset({"whens", "facts", "following", "preceding", "freed"})
"""Arrays of `Store` with one row per event; the others, but for one, have one per case."""


class Memory:
    """Cases by key, with the arrays that hold them."""

    def __init__(self, clocks: int) -> None:
        self.store = _empty(clocks)
        self._places: dict[int, int] = {}
        self._ids: list[str] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._places)

    def has(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each case is in memory."""
        return np.fromiter(map(self._places.__contains__, keys.tolist()), np.bool_, len(keys))

    def cases(self) -> NDArray[np.int64]:
        """Places of all cases, in the order in which they came into memory."""
        return np.fromiter(self._places.values(), np.int64, len(self._places))

    def ids(self, cases: NDArray[np.int64]) -> list[str]:
        """The ids of cases by their places."""
        return [self._ids[case] for case in cases.tolist()]

    def reserve(self, cases: int, events: int) -> None:
        """Make room for so many at once, in an empty memory."""
        self._grow_cases(cases)
        self._grow_events(events)

    def take(self, keys: NDArray[np.int64], ids: pa.Array) -> NDArray[np.int64]:
        """The place of each row's case; cases that are not in memory get one."""
        unique, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        order = np.argsort(first)  # places in the order of arrival
        found = list(map(self._places.get, unique[order].tolist()))
        new = np.flatnonzero(np.fromiter((place is None for place in found), np.bool_, len(found)))
        places = np.empty(len(unique), np.int64)
        places[order] = [0 if place is None else place for place in found]
        if len(new):
            strangers = order[new]
            places[strangers] = self._add(unique[strangers].tolist(), ids.take(pa.array(first[strangers])).to_pylist())
        return places[inverse]

    def put(self, whens: NDArray[np.int64], facts: NDArray[np.int32]) -> NDArray[np.int64]:
        """Copy events in, linked to no case yet; the place of each."""
        count = len(whens)
        have = int(self.store.freed_count[0])
        if have < count:
            self._grow_events(count - have)
            have = int(self.store.freed_count[0])
        events = self.store.freed[have - count : have][::-1].copy()
        self.store.freed_count[0] = have - count
        self.store.whens[events] = whens
        self.store.facts[events] = facts
        return events

    def settle(
        self,
        cases: NDArray[np.int64],
        events: NDArray[np.int64],
        states: NDArray[np.int64],
        clocks: NDArray[np.int64],
    ) -> None:
        """Link events that were put, each case's one after the other in its order, as having led where they did.

        `cases` says of each event whose it is; `states` and `clocks` have one row per case, in the same order.
        """
        store, same = self.store, cases[1:] == cases[:-1]
        store.following[events], store.preceding[events] = c.NONE, c.NONE
        store.following[events[:-1][same]] = events[1:][same]
        store.preceding[events[1:][same]] = events[:-1][same]
        begins = np.flatnonzero(np.concatenate([[True], ~same]))
        ends = np.append(begins[1:], len(events))
        whose = cases[begins]
        store.first[whose], store.last[whose] = events[begins], events[ends - 1]
        store.lengths[whose] = ends - begins
        store.known[whose] = np.maximum.reduceat(store.whens[events, c.KNOWN], begins)
        store.states[whose], store.clocks[whose] = states, clocks

    def events_of(self, cases: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places of all events of some cases: each case's in turn and in its order."""
        events = np.empty(int(self.store.lengths[cases].sum()), np.int64)
        chained(self.store, cases, events)
        return events

    def drop(self, cases: NDArray[np.int64], keys: NDArray[np.int64]) -> None:
        """Let cases go, with their events."""
        forget_all(self.store, cases)
        for case, key in zip(cases.tolist(), keys.tolist(), strict=True):
            del self._places[key]
            self._ids[case] = ""
            self._free.append(case)

    def keys(self) -> NDArray[np.int64]:
        """The key of each of `cases()`."""
        return np.fromiter(self._places.keys(), np.int64, len(self._places))

    def _add(self, keys: list[int], ids: list[str]) -> list[int]:
        """Places for cases that have none."""
        count = len(keys)
        if len(self._free) < count:
            self._grow_cases(count - len(self._free))
        places = self._free[: -count - 1 : -1]
        del self._free[-count:]
        self._places.update(zip(keys, places, strict=True))
        for place, case_id in zip(places, ids, strict=True):
            self._ids[place] = case_id
        return places

    def _grow_cases(self, missing: int) -> None:
        have = len(self._ids)
        room = max(_FIRST_ROOM, have * _GROWTH, have + missing)
        self.store = _grown(self.store, room, len(self.store.freed))
        self._ids += [""] * (room - have)
        self._free = [*range(room - 1, have - 1, -1), *self._free]

    def _grow_events(self, missing: int) -> None:
        have = len(self.store.freed)
        room = max(_FIRST_ROOM, have * _GROWTH, have + missing)
        grown = _grown(self.store, len(self._ids), room)
        count = int(grown.freed_count[0])
        grown.freed[count : count + room - have] = np.arange(room - 1, have - 1, -1)
        grown.freed_count[0] = count + room - have
        self.store = grown


def _empty(clocks: int) -> c.Store:
    """Room for nothing."""
    nothing = np.empty(0, np.int64)
    return c.Store(
        whens=np.empty((0, c.WHENS), np.int64),
        facts=np.empty((0, c.FACTS), np.int32),
        following=nothing,
        preceding=nothing,
        first=nothing,
        last=nothing,
        lengths=nothing,
        known=nothing,
        states=np.empty((0, c.STATE_COLUMNS), np.int64),
        clocks=np.empty((0, clocks, c.CLOCK_COLUMNS), np.int64),
        freed=nothing,
        freed_count=np.zeros(1, np.int64),
    )


def _grown(old: c.Store, cases: int, events: int) -> c.Store:
    """Arrays with so much room and what the old ones held; new cases are such that nothing happened to."""
    wide: dict[str, NDArray[np.int64]] = {}
    for name, narrow in old._asdict().items():
        rows = {"freed_count": 1}.get(name, events if name in _OF_EVENTS else cases)
        wide[name] = np.empty((rows, *narrow.shape[1:]), narrow.dtype)
        wide[name][: len(narrow)] = narrow
    store = c.Store(**wide)  # type: ignore[arg-type] # `facts` are of 32 bits
    had = len(old.last)
    store.last[had:] = c.NONE
    forget_all(store, np.arange(had, cases, dtype=np.int64))
    return store
