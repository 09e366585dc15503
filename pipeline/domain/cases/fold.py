"""The fold of one partition's complaints: rows of `events` in, rows of `transitions` and `clocks` out.

A case is folded in the order (`time`, `sequence`, rank of the step, `event_key`) of its events, whatever order they
arrived in. Rows are written per arriving record, so how records are cut into batches changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.domain.cases import columns as c
from pipeline.domain.cases.arrivals import Steps, Words, read_arrivals, steps_of
from pipeline.domain.cases.chain import fold_rows
from pipeline.domain.cases.lifecycle import Priority
from pipeline.domain.cases.memory import Memory
from pipeline.domain.cases.policy import PolicySet
from pipeline.domain.cases.snapshots import Ended, Remembered, read_snapshot, write_snapshot
from pipeline.domain.cases.tables import PolicyTables
from pipeline.domain.cases.written import Cause, clock_rows, transition_rows
from pipeline.domain.keyset import ABSENT, KeySet, days_of
from pipeline.domain.lake_tables import CLOCKS, TRANSITIONS

CASE_MEMORY_DAYS: Final = 400
"""How long an ended case is remembered by default: a receipt under its id that is recorded later than this after all
else about it begins another case."""

LINGERING: Final = 20_000
"""So many cases that are not open stay in memory, because much about them comes soon after their end. No result
depends on it: their histories can be restored."""

_FOR_EVER: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Breach:
    """One clock of one case that fell due while it ran, as an alert wants it. `due_at_us` is when it fell due."""

    case_id: str
    clock: str
    cycle: int
    policy: str
    policy_version: int
    due_at_us: int
    priority: str | None
    product: str | None


@dataclass(frozen=True, slots=True)
class Folded:
    """What some records came to: rows of `lake_tables.TRANSITIONS` and `lake_tables.CLOCKS`.

    Both are in the order of the records that caused them; the rows of one record are in the order of the case.
    """

    transitions: pa.Table
    clocks: pa.Table
    breaches: list[Breach]
    """One per `clocks` row whose change is `breach`, in the same order: ready for alerts."""


class CaseFold:
    """The open cases of one partition, and which cases ended within `case_memory_days` of `recordedtime`.

    Ended cases leave memory. `unknown` says whose history must be read back before a batch can be folded, so that no
    result depends on what happened to be in memory:

        missing = fold.unknown(rows)
        if missing:
            fold.restore(events_of(missing))  # everything landed before these rows, in log order
        folded = fold.fold(rows)
    """

    def __init__(
        self, policies: PolicySet, *, case_memory_days: int = CASE_MEMORY_DAYS, tables: PolicyTables | None = None
    ) -> None:
        """Folds of one process may share the `tables` of their policies: calendars take time to make."""
        self._policies = policies
        self._tables = PolicyTables(policies) if tables is None else tables
        self._days = case_memory_days
        self._memory = Memory(self._tables.clocks)
        self._ended = KeySet(case_memory_days)
        self._words = Words()
        self._merged_into: dict[int, str] = {}
        self._asked_about: tuple[pa.Table, Steps] | None = None

    def unknown(self, rows: pa.Table) -> list[str]:
        """Case ids, each once, of cases in `rows` (`lake_tables.EVENTS`) whose history must be restored first.

        These are cases that are not in memory and of which something came before: those that ended within the memory's
        horizon, and those that ended earlier if their first row here is another step than `received`. Once some that
        ended earlier are forgotten, each case that begins so may be one of them. A case that begins with its receipt in
        `rows` and ended at no time that is remembered is new: it is not among them.
        """
        steps = self._steps(rows)
        keys, first = np.unique(steps.case_keys, return_index=True)
        strange = np.flatnonzero(~self._memory.has(keys))
        keys, first = keys[strange], first[strange]
        wanted = self._ended.lookup(keys, days_of(steps.known_us[first])) != ABSENT
        continues = steps.steps[first] != c.RECEIVED
        wanted |= continues & self._ended.has(keys) if self._ended.is_whole else continues
        ids: list[str] = steps.case_ids.take(pa.array(np.sort(first[wanted]))).to_pylist()
        return ids

    def restore(self, rows: pa.Table) -> None:
        """Take whole histories back into memory: rows of `lake_tables.EVENTS`, all of each case, in log order.

        Rows of other kinds are passed over; a case without rows is new. Nothing is written again.
        """
        self._run(rows, quiet=True)

    def fold(self, rows: pa.Table) -> Folded:
        """Fold rows of `lake_tables.EVENTS` in log order; rows that are no business of a case are passed over.

        An `event_key` that its case has already changes nothing and gives no row.
        """
        folded = self._run(rows, quiet=False)
        self._asked_about = None
        self._let_go()
        return folded

    def due(self, after_us: int, until_us: int) -> list[Breach]:
        """Clocks of open cases that run and fall due in (`after_us`, `until_us`], by due time; changes nothing."""
        store = self._memory.store
        found = _runs(store.clocks) & (store.clocks[:, :, c.DUE] > after_us) & (store.clocks[:, :, c.DUE] <= until_us)
        cases, which = np.nonzero(found)
        breaches = [
            self._breach(case_id, state, clock, (cycle, due))
            for case_id, state, clock, (cycle, due) in zip(
                self._memory.ids(cases),
                store.states[cases].tolist(),
                which.tolist(),
                store.clocks[cases, which][:, [c.CYCLE, c.DUE]].tolist(),
                strict=True,
            )
        ]
        return sorted(breaches, key=lambda each: (each.due_at_us, each.case_id, each.clock))

    def next_due_us(self, after_us: int) -> int | None:
        """When the first running clock falls due after `after_us`; None where nothing runs that will."""
        clocks = self._memory.store.clocks
        due = clocks[:, :, c.DUE][_runs(clocks) & (clocks[:, :, c.DUE] > after_us)]
        return int(due.min()) if len(due) else None

    @property
    def open_cases(self) -> int:
        """Cases that were received and have not ended."""
        return int((~self._is_over(self._memory.cases())).sum())

    def snapshot(self) -> pa.Table:
        """All that must survive a restart, in the schema `SNAPSHOT`: one row per event of a case in memory."""
        ended = Ended(*self._ended.entries(), self._ended.is_whole)
        return write_snapshot(self._memory, Remembered(self._policies, self._words, self._merged_into, ended))

    @classmethod
    def load(
        cls,
        policies: PolicySet,
        snapshot: pa.Table,
        *,
        case_memory_days: int = CASE_MEMORY_DAYS,
        tables: PolicyTables | None = None,
    ) -> Self:
        """The fold as it was when `snapshot` was taken; the same `policies` give the same states and clocks."""
        fold = cls(policies, case_memory_days=case_memory_days, tables=tables)
        held = read_snapshot(snapshot, policies, fold._words)
        fold._merged_into = held.merged_into
        fold._ended.add(held.ended.keys, np.zeros(len(held.ended.keys), np.int64), held.ended.days)
        fold._ended.is_whole &= held.ended.is_whole
        if len(held.whens):
            fold._memory.reserve(len(np.unique(held.case_keys)), len(held.whens))
            cases = fold._memory.take(held.case_keys, held.case_ids)
            events = fold._memory.put(held.whens, held.facts)
            if held.came_to is not None:
                fold._memory.settle(cases, events, held.came_to.states, held.came_to.clocks)
                return fold
            # a case in memory is whole as it is: no receipt among its events is another case's
            fold._fold_rows(cases, events, held.whens[:, c.TIME], quiet=True, memory_days=_FOR_EVER)
        return fold

    def _steps(self, rows: pa.Table) -> Steps:
        """The steps among these rows; `unknown` and `fold` are asked about the same ones, one after the other."""
        if self._asked_about is None or self._asked_about[0] is not rows:
            self._asked_about = rows, steps_of(rows)
        return self._asked_about[1]

    def _run(self, rows: pa.Table, *, quiet: bool) -> Folded:
        steps = steps_of(rows) if quiet else self._steps(rows)
        if not len(steps.rows):
            return Folded(TRANSITIONS.empty_table(), CLOCKS.empty_table(), [])
        arrived = read_arrivals(rows, steps, self._policies, self._words)
        self._merged_into |= arrived.merged_into
        cases = self._memory.take(steps.case_keys, steps.case_ids)
        events = self._memory.put(arrived.whens, arrived.facts)
        transitions, clocks = self._fold_rows(
            cases, events, arrived.whens[:, c.TIME], quiet=quiet, memory_days=self._days
        )
        store, cause = self._memory.store, Cause(rows, steps)
        about, attached = transitions[:, c.EVENT], clocks[:, c.EVENT]
        return Folded(
            transition_rows(transitions, store.whens[about], store.facts[about], cause, self._words, self._merged_into),
            clock_rows(clocks, store.whens[attached], cause, self._policies),
            self._breaches(transitions, clocks, steps.case_ids),
        )

    def _fold_rows(
        self,
        cases: NDArray[np.int64],
        events: NDArray[np.int64],
        times_us: NDArray[np.int64],
        *,
        quiet: bool,
        memory_days: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Run the compiled fold with as much room for rows as it turns out to need."""
        tables, store = self._tables.covering(times_us), self._memory.store
        parts: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        since, room = 0, 0 if quiet else 2 * len(cases)
        while since < len(cases):
            out = c.Rows(*_room(room, self._tables.clocks), np.empty(0, np.int64))
            counts = np.zeros(2, np.int64)
            since = fold_rows(tables, store, cases, events, since, memory_days, out, counts)
            parts.append((out.transitions[: counts[0]], out.clocks[: counts[1]]))
            room *= 2
        transitions, clocks = zip(*parts, strict=True)
        return np.concatenate(transitions), np.concatenate(clocks)

    def _let_go(self) -> None:
        """Let cases that are not open leave memory once there are many; their keys are remembered."""
        cases = self._memory.cases()
        over = np.flatnonzero(self._is_over(cases))
        if len(over) <= LINGERING:
            return
        store, keys = self._memory.store, self._memory.keys()
        known = store.known[cases[over]]
        leaving = over[np.argsort(known, kind="stable")[: len(over) - LINGERING // 2]]
        self._ended.add(keys[leaving], np.zeros(len(leaving), np.int64), days_of(store.known[cases[leaving]]))
        if self._merged_into:
            for key in store.whens[self._memory.events_of(cases[leaving]), c.KEY].tolist():
                self._merged_into.pop(key, None)
        self._memory.drop(cases[leaving], keys[leaving])

    def _breaches(self, transitions: NDArray[np.int64], clocks: NDArray[np.int64], case_ids: pa.Array) -> list[Breach]:
        """The breaches among clock rows; priority and product are the case's after the event."""
        breached = clocks[clocks[:, c.CHANGE] == c.BREACH]
        if not len(breached):
            return []
        causes = set(breached[:, c.ROW].tolist())
        of_cause = transitions[np.isin(transitions[:, c.ROW], list(causes))]
        about = {(row[c.ROW], row[c.EVENT]): row[c.STATE_FROM + 1 :] for row in of_cause.tolist()}
        return [
            self._breach(
                case_ids[row[c.ROW]].as_py(),
                about[row[c.ROW], row[c.EVENT]],
                row[c.RULE],
                (row[c.OF_CYCLE], row[c.DUE_AT]),
            )
            for row in breached.tolist()
        ]

    def _breach(self, case_id: str, state: Sequence[int], which: int, cycle_and_due: tuple[int, int]) -> Breach:
        policy = self._policies.policies[state[c.ITS_POLICY]]
        priority, product = state[c.PRIORITY], state[c.ITS_PRODUCT]
        return Breach(
            case_id,
            policy.clocks[which].name,
            cycle_and_due[0],
            policy.name,
            policy.version,
            cycle_and_due[1],
            None if priority == c.NONE else tuple(Priority)[priority].value,
            None if product == c.NONE else self._words.all[product],
        )

    def _is_over(self, cases: NDArray[np.int64]) -> NDArray[np.bool_]:
        states = self._memory.store.states[cases, c.STATE]
        over: NDArray[np.bool_] = (states == c.ABSENT) | (states >= c.FIRST_END)
        return over


def _runs(clocks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which clocks run and have not been seen to breach."""
    runs: NDArray[np.bool_] = (clocks[:, :, c.STATUS] == c.RUNNING) & (clocks[:, :, c.BREACHED] == c.NEVER)
    return runs


def _room(rows: int, clocks: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Room for so many transitions and the clock rows that these mostly come with."""
    changes = rows * c.CHANGES_AT_ONCE * clocks
    return np.empty((rows, c.TRANSITION_COLUMNS), np.int64), np.empty((changes, c.CLOCK_ROW_COLUMNS), np.int64)
