"""The open cases of each partition that a ledger has: folded batch by batch, kept in snapshots, taken up again.

State here is a copy of what the lake's `events` hold, as all of the ledger's state is. The fold moves before the
commit, so whoever does not come to commit throws the state away (`forget`), and the next batch finds it in the lake
again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.cases.digests import policies_digest
from pipeline.domain.cases.fold import Breach, CaseFold, Folded
from pipeline.domain.cases.policy import PolicySet
from pipeline.domain.cases.tables import PolicyTables
from pipeline.domain.logs import log_of
from pipeline.ports import CaseSnapshot, CaseSnapshots, LandedRows, TopicPartition

_log: Final = logging.getLogger("vidhuk.cases")

SAVING_SHARE: Final = 0.02
"""Snapshots take no more than about this share of a worker's time, however large they have grown."""

Run = tuple[str, str, int]
"""One run of one clock: case id, clock, cycle."""


class Fold(Protocol):
    """What is asked of `pipeline.domain.cases.fold.CaseFold`, which says it in full."""

    def next_due_us(self, after_us: int) -> int | None:
        """When the first running clock falls due after `after_us`."""

    @property
    def open_cases(self) -> int:
        """Cases that have not ended."""

    def unknown(self, rows: pa.Table) -> list[str]:
        """Case ids whose histories must be restored first."""

    def restore(self, rows: pa.Table) -> None:
        """Take whole histories back."""

    def fold(self, rows: pa.Table) -> Folded:
        """Fold rows in log order."""

    def due(self, after_us: int, until_us: int) -> list[Breach]:
        """Running clocks that fall due in (`after_us`, `until_us`], by due time."""

    def snapshot(self) -> pa.Table:
        """All that must survive."""


class Folds(Protocol):
    """Makes folds, all under the same policies."""

    @property
    def digest(self) -> str:
        """What a snapshot must have been made under to be used."""

    def new(self) -> Fold:
        """A fold of no events yet."""

    def load(self, snapshot: pa.Table) -> Fold:
        """A fold as it was; raises `ValueError` or `KeyError` on a table that is none of its snapshots."""


class PolicyFolds:
    """The `Folds` of a set of policies."""

    def __init__(self, policies: PolicySet, *, case_memory_days: int) -> None:
        self._policies = policies
        self._tables = PolicyTables(policies)
        self._days = case_memory_days
        self._digest = f"{policies_digest(policies)}/{case_memory_days}"

    @property
    def digest(self) -> str:
        """The policies', and how long ended cases are remembered."""
        return self._digest

    def new(self) -> Fold:
        """A fold of no events yet."""
        return CaseFold(self._policies, case_memory_days=self._days, tables=self._tables)

    def load(self, snapshot: pa.Table) -> Fold:
        """A fold as it was."""
        return CaseFold.load(self._policies, snapshot, case_memory_days=self._days, tables=self._tables)


@dataclass(slots=True)
class _Open:
    """The cases of one partition, folded from every row below `stands`."""

    fold: Fold
    stands: dict[str, int]
    passed_us: int | None = None
    late: dict[Run, int] = field(default_factory=dict)
    """Runs that began to run, or ran on, after the time they fall due had passed, with that time."""
    untold_from_us: int | None = None
    """The earliest due time of what has passed and is not told of yet."""
    is_news_told: bool = True
    """Whether breaches that rows showed were told of."""
    generation: int = 0
    saved_at: float = 0.0
    save_seconds: float = 0.0
    unsaved_records: int = 0


class OpenCases:
    """The open cases of a ledger's partitions. Not for several threads at once; may block on storage."""

    def __init__(
        self,
        folds: Folds,
        landed_rows: LandedRows,
        snapshots: CaseSnapshots | None = None,
        *,
        snapshot_seconds: float = 60.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without `snapshots` every assignment folds the partition's whole history."""
        self._folds = folds
        self._landed_rows = landed_rows
        self._snapshots = snapshots
        self._snapshot_seconds = snapshot_seconds
        self._monotonic = monotonic
        self._open: dict[TopicPartition, _Open] = {}
        self._taken_up = 0

    def take_up(self, tp: TopicPartition, at: int, sent: int) -> list[Breach]:
        """Make the state of a partition whose `events` stand at `at`; breaches that rows from `sent` on show.

        Those are owed: whoever landed the rows may have died before it told anybody.
        """
        cases, log = self._begin(tp, at), log_of(tp.topic)
        self._taken_up += 1
        cases.generation = self._taken_up
        self._open[tp] = cases
        owed: list[Breach] = []
        since = dict(cases.stands)
        for rows in self._landed_rows.case_rows(tp, since, at):
            folded = self._folded({tp: rows})[tp]
            owed += self._news(cases, folded, log, sent)
            place = rows.column("log")[-1].as_py()
            cases.stands[place] = rows.column("offset")[-1].as_py() + 1
            cases.unsaved_records += rows.num_rows
        cases.stands[log] = at
        cases.saved_at = self._monotonic()
        cases.is_news_told = not owed
        return owed

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Throw away the state of partitions that are somebody else's, or whose commit did not come about."""
        for tp in partitions:
            self._open.pop(tp, None)

    def fold(self, rows: Mapping[TopicPartition, pa.Table]) -> dict[TopicPartition, Folded]:
        """Fold accepted rows, each partition's in log order, reading back what had left memory in one query."""
        try:
            return self._folded(rows)
        except BaseException:
            self.forget(list(rows))
            raise

    def landed(self, tp: TopicPartition, folded: Folded, next_offset: int, records: int) -> list[Breach]:
        """What `fold` gave is in the lake, whose `events` stand at `next_offset` now; breaches to tell of."""
        cases = self._open[tp]
        cases.stands[log_of(tp.topic)] = next_offset
        cases.unsaved_records += records
        news = self._news(cases, folded, log_of(tp.topic), 0)
        cases.is_news_told = cases.is_news_told and not news
        return news

    def news_told(self) -> None:
        """Everybody was told of what `take_up` and `landed` gave so far."""
        for cases in self._open.values():
            cases.is_news_told = True

    def is_due(self, tp: TopicPartition, now_us: int) -> bool:
        """Whether there is something to tell of at `now_us`: `overdue` would not be empty."""
        cases = self._open.get(tp)
        if cases is None:
            return False
        next_due_us = cases.fold.next_due_us(_after(cases.passed_us))
        return bool(cases.late) or (next_due_us is not None and next_due_us <= now_us)

    def overdue(self, tp: TopicPartition, until_us: int) -> list[Breach]:
        """Clocks that run and fell due up to `until_us`, and that nobody was told of yet, by when they fell due.

        Time has passed up to there then. Tell of all of them, and say with `told` which are left.
        """
        cases = self._open[tp]
        breaches = cases.fold.due(_after(cases.passed_us), until_us)
        if cases.late and cases.passed_us is not None:
            first_us = min(cases.late.values())
            late = [each for each in cases.fold.due(first_us - 1, cases.passed_us) if _run(each) in cases.late]
            breaches = late + breaches
        cases.late.clear()
        cases.passed_us = until_us if cases.passed_us is None else max(until_us, cases.passed_us)
        self.told(tp, breaches)
        return breaches

    def told(self, tp: TopicPartition, left: Sequence[Breach]) -> None:
        """What is left to tell of, by when it fell due: a snapshot made now lets the next worker tell of it."""
        if tp in self._open:
            self._open[tp].untold_from_us = left[0].due_at_us if left else None

    def generation(self, tp: TopicPartition) -> int | None:
        """A number that changes whenever the partition is taken up anew; None while it is not."""
        return self._open[tp].generation if tp in self._open else None

    def save(self, *, every: bool = False) -> None:
        """Keep snapshots of partitions whose last one is old; with `every`, of all that changed.

        A snapshot is where the next worker goes on, so there is none of a partition while `news_told` is to be said.
        """
        if self._snapshots is None:
            return
        for tp, cases in self._open.items():
            wait = max(self._snapshot_seconds, cases.save_seconds / SAVING_SHARE)
            if cases.is_news_told and cases.unsaved_records and (every or self._monotonic() - cases.saved_at >= wait):
                self._save(self._snapshots, tp, cases)

    def open_cases(self) -> int:
        """Cases in memory that have not ended."""
        return sum(each.fold.open_cases for each in self._open.values())

    def _begin(self, tp: TopicPartition, at: int) -> _Open:
        """The newest usable snapshot, or nothing."""
        kept = None if self._snapshots is None else self._snapshots.newest(tp, self._folds.digest, at)
        if kept is not None:
            try:
                return _Open(self._folds.load(kept.cases), dict(kept.stands), kept.passed_us)
            except (ValueError, KeyError) as error:  # another release's columns
                kind = type(error).__name__
                _log.warning("The kept cases of partition %s cannot be read (%s); folding history.", tp.partition, kind)
        return _Open(self._folds.new(), {})

    def _folded(self, rows: Mapping[TopicPartition, pa.Table]) -> dict[TopicPartition, Folded]:
        unknown = {tp: missing for tp, each in rows.items() if (missing := self._open[tp].fold.unknown(each))}
        if unknown:
            histories = self._landed_rows.case_histories(unknown, {tp: self._open[tp].stands for tp in unknown})
            for tp, history in histories.items():
                self._open[tp].fold.restore(history)
        return {tp: self._open[tp].fold.fold(each) for tp, each in rows.items()}

    def _news(self, cases: _Open, folded: Folded, log: str, since: int) -> list[Breach]:
        """Breaches that these rows show and that nobody was told of when they fell due, from offset `since` of `log`.

        Also notes runs that are new here although the time they fall due has passed.
        """
        passed_us = cases.passed_us
        if passed_us is not None and folded.clocks.num_rows:
            cases.late.update(_running_late(folded.clocks, passed_us))
        if not folded.breaches:
            return []
        clocks = folded.clocks
        shown = clocks.filter(pc.equal(clocks.column("change"), "breach")).select(["log", "offset"])
        is_news = pc.and_(pc.equal(shown.column("log"), log), pc.greater_equal(shown.column("offset"), since))
        news: list[Breach] = []
        for told in np.flatnonzero(is_news.to_numpy(zero_copy_only=False)).tolist():
            each = folded.breaches[told]
            if passed_us is None or each.due_at_us > passed_us or cases.late.pop(_run(each), None) is not None:
                news.append(each)
        return news

    def _save(self, snapshots: CaseSnapshots, tp: TopicPartition, cases: _Open) -> None:
        began = self._monotonic()
        kept = CaseSnapshot(dict(cases.stands), _told_up_to(cases), cases.fold.snapshot())
        snapshots.save(tp, self._folds.digest, kept)
        cases.unsaved_records = 0
        cases.saved_at = self._monotonic()
        cases.save_seconds = cases.saved_at - began


def _run(breach: Breach) -> Run:
    return breach.case_id, breach.clock, breach.cycle


def _told_up_to(cases: _Open) -> int | None:
    """Everything that fell due up to here was told of."""
    untold = [*cases.late.values(), *([] if cases.untold_from_us is None else [cases.untold_from_us])]
    return None if cases.passed_us is None else min(cases.passed_us, min(untold, default=cases.passed_us + 1) - 1)


def _after(passed_us: int | None) -> int:
    return -(1 << 62) if passed_us is None else passed_us


def _running_late(clocks: pa.Table, passed_us: int) -> dict[Run, int]:
    """Runs that these rows start, or let run on, with a due time that has passed."""
    due_us = clocks.column("due_at").cast(pa.int64())
    runs = pc.is_in(clocks.column("change"), pa.array(["activate", "resume"]))
    late = pc.fill_null(pc.and_(runs, pc.less_equal(due_us, passed_us)), fill_value=False)
    if not pc.any(late).as_py():
        return {}
    found = clocks.append_column("due_us", due_us).filter(late)
    names = (found.column(name).to_pylist() for name in ("case_id", "clock", "cycle"))
    return dict(zip(zip(*names, strict=True), found.column("due_us").to_pylist(), strict=True))
