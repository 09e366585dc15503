"""History folded again: a lake is the log of record, and another lake becomes what it should say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from pipeline.domain.lake_tables import TABLES
from pipeline.domain.logs import in_log
from pipeline.ports import LandedRows, LogOfRecord, Sink, Span, TopicPartition
from pipeline.services.open_cases import Fold, Folds

Progress = Callable[[int, int], None]
"""Told how many rows, of how many bytes, were written so far."""


@dataclass(slots=True)
class Rebuilt:
    """Rows written, by table."""

    rows: dict[str, int] = field(default_factory=dict)


class Rebuilding:
    """Writes one lake from another. The new one stands where the old one stood, so workers could go on from there."""

    def __init__(
        self,
        source: LogOfRecord,
        landed_rows: LandedRows,
        target: Sink,
        folds: Folds,
        *,
        topics: Mapping[str, str],
        progress: Progress | None = None,
    ) -> None:
        """`landed_rows` are the source's; `topics` names the topics of `events` and `dead_letters`."""
        self._source = source
        self._landed_rows = landed_rows
        self._target = target
        self._folds = folds
        self._topics = topics
        self._progress = progress
        self._stands: dict[tuple[str, TopicPartition], int] = {}
        self._bytes = 0
        self._rebuilt = Rebuilt(dict.fromkeys(("events", "transitions", "clocks", "duplicates", "dead_letters"), 0))

    def rebuild(self) -> Rebuilt:
        """Fold every event again and copy duplicates and dead letters, which follow from no other table.

        The source may go on landing meanwhile: what came after the beginning is left out.
        """
        for table in ("duplicates", "dead_letters"):
            for partition, before in self._ends(table).items():
                for rows in self._source.rows(table, partition, before):
                    self._append(table, rows)
                self._finish(table, partition, before)
        for partition, before in self._ends("events").items():
            self._fold(partition, before)
            self._finish("events", partition, before)
        return self._rebuilt

    def _fold(self, partition: int, before: Mapping[str, int]) -> None:
        fold, stands = self._folds.new(), dict[str, int]()
        for rows in self._source.rows("events", partition, before):
            self._restore(fold, rows, stands)
            folded = fold.fold(rows)
            self._append("transitions", folded.transitions)
            self._append("clocks", folded.clocks)
            self._append("events", rows)
            stands[_log(rows)] = rows.column("offset")[-1].as_py() + 1

    def _restore(self, fold: Fold, rows: pa.Table, stands: Mapping[str, int]) -> None:
        unknown = fold.unknown(rows)
        if unknown:
            tp = self._partition("events", rows)
            for history in self._landed_rows.case_histories({tp: unknown}, {tp: stands}).values():
                fold.restore(history)

    def _append(self, table: str, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        tp = self._partition(table, rows)
        self._commit(table, rows, tp, rows.column("offset")[-1].as_py() + 1)
        self._rebuilt.rows[table] += rows.num_rows
        self._bytes += rows.nbytes
        if self._progress is not None:
            self._progress(sum(self._rebuilt.rows.values()), self._bytes)

    def _commit(self, table: str, rows: pa.Table, tp: TopicPartition, next_offset: int) -> None:
        span = Span(self._stands.get((table, tp), 0), next_offset)
        self._target.append(table, rows, {tp: span})
        self._stands[table, tp] = next_offset

    def _finish(self, table: str, partition: int, before: Mapping[str, int]) -> None:
        """Stand where the source stands: the last records may have left no row."""
        for log, next_offset in before.items():
            tp = TopicPartition(in_log(self._topic(table), log), partition)
            if self._stands.get((table, tp), 0) < next_offset:
                self._commit(table, _none_of(table), tp, next_offset)

    def _ends(self, table: str) -> dict[int, dict[str, int]]:
        """Where the source stands in each log of each partition."""
        ends: dict[int, dict[str, int]] = {}
        for partition, logs in self._source.logs(table).items():
            named = {TopicPartition(in_log(self._topic(table), log), partition): log for log in logs}
            stands = self._source.next_offsets(table, list(named))
            ends[partition] = {log: stands[tp] for tp, log in named.items() if tp in stands}
        return ends

    def _partition(self, table: str, rows: pa.Table) -> TopicPartition:
        return TopicPartition(in_log(self._topic(table), _log(rows)), rows.column("partition")[0].as_py())

    def _topic(self, table: str) -> str:
        return self._topics["dead_letters" if table == "dead_letters" else "events"]


def _log(rows: pa.Table) -> str:
    """The log that these rows came through, all of them."""
    log: str = rows.column("log")[0].as_py()
    return log


def _none_of(table: str) -> pa.Table:
    return TABLES[table].empty_table()
