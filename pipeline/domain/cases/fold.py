"""The fold of one partition's complaints: rows of `events` in, rows of `transitions` and `clocks` out.

A case is folded in the order (`time`, `sequence`, rank of the step, `event_key`) of its events, whatever order they
arrived in. Rows are written per arriving record, so how records are cut into batches changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pyarrow as pa

from pipeline.domain.cases.policy import PolicySet

CASE_MEMORY_DAYS = 400
"""How long an ended case is remembered by default; see `CaseFold`."""


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

    def __init__(self, policies: PolicySet, *, case_memory_days: int = CASE_MEMORY_DAYS) -> None:
        raise NotImplementedError

    def unknown(self, rows: pa.Table) -> list[str]:
        """Case ids, each once, of cases in `rows` (`lake_tables.EVENTS`) whose history must be restored first.

        These are cases that are not in memory and of which something may have come before: those that ended within
        the memory's horizon, and those whose first row here is another step than `received`. A case that begins with
        its receipt in `rows` and ended at no time that is remembered is new: it is not among them.
        """
        raise NotImplementedError

    def restore(self, rows: pa.Table) -> None:
        """Take whole histories back into memory: rows of `lake_tables.EVENTS`, all of each case, in log order.

        Rows of other kinds are passed over; a case without rows is new. Nothing is written again.
        """
        raise NotImplementedError

    def fold(self, rows: pa.Table) -> Folded:
        """Fold rows of `lake_tables.EVENTS` in log order; rows that are no business of a case are passed over.

        An `event_key` that its case has already changes nothing and gives no row.
        """
        raise NotImplementedError

    def due(self, after_us: int, until_us: int) -> list[Breach]:
        """Clocks of open cases that run and fall due in (`after_us`, `until_us`], by due time; changes nothing."""
        raise NotImplementedError

    def next_due_us(self, after_us: int) -> int | None:
        """When the first running clock falls due after `after_us`; None where nothing runs that will."""
        raise NotImplementedError

    @property
    def open_cases(self) -> int:
        """Cases that were received and have not ended."""
        raise NotImplementedError

    def snapshot(self) -> pa.Table:
        """All that must survive a restart, in the schema `SNAPSHOT`: one row per event of a case in memory."""
        raise NotImplementedError

    @classmethod
    def load(cls, policies: PolicySet, snapshot: pa.Table, *, case_memory_days: int = CASE_MEMORY_DAYS) -> Self:
        """The fold as it was when `snapshot` was taken; the same `policies` give the same states and clocks."""
        raise NotImplementedError
