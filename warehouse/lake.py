"""The lake: Delta tables whose every commit carries rows and the next offsets of their source, or neither."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from pipeline.domain.errors import DependencyError, FatalError, RetryableError
from pipeline.domain.lake_tables import STATISTICS, TABLES
from pipeline.ports import Span, TopicPartition
from warehouse.compaction import maintain
from warehouse.delta_files import DataFile, discard, flush, write_data_file, writing
from warehouse.delta_table import OpenTable, add_action, load, transaction_id

ATTEMPTS: Final = 200
"""How often one commit tries again; each refusal means that somebody else's commit went through."""

KEEP_REMOVED: Final = timedelta(hours=24)
"""How long files of past versions stay readable: longer than the longest query."""

KEEP_LOG: Final = timedelta(days=7)
"""How long single log entries stay beside the checkpoints that hold their content, transaction versions included."""


class DeltaLake:
    """The `Sink` on Delta tables below one folder, made on first use; safe for several threads and processes."""

    def __init__(
        self,
        root: Path,
        *,
        compact_every: int = 50,
        target_bytes: int = 64_000_000,
        keep_removed: timedelta = KEEP_REMOVED,
        keep_log: timedelta = KEEP_LOG,
    ) -> None:
        """`compact_every` counts a table's commits, by whichever process; `target_bytes` is of one compacted file."""
        self.root = root
        self.compact_every = compact_every
        self.target_bytes = target_bytes
        self.keep_removed = keep_removed
        self.keep_log = keep_log
        self._tables: dict[str, OpenTable] = {}
        self._opening = threading.Lock()

    def next_offsets(self, table: str, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where `table` stands, for each partition it has ever committed; absent means never."""
        opened = self.existing(table)
        if opened is None:
            return {}
        with opened.lock:
            opened.refresh()
            versions = {tp: opened.delta.transaction_version(transaction_id(tp)) for tp in partitions}
        return {tp: version for tp, version in versions.items() if version is not None}

    def append(self, table: str, rows: pa.Table, spans: Mapping[TopicPartition, Span]) -> frozenset[TopicPartition]:
        """Commit `rows` with `spans` as next offsets; the partitions that this call moved on.

        Rows are matched to spans by their columns `partition` and `offset`, so all spans are of one topic. What the
        table is already past is dropped, row by row. Raises `FatalError` on a hole, `DependencyError` when the disk
        refuses, `RetryableError` when others win every race.
        """
        if not spans:
            return frozenset()
        opened = self._open(table)
        with opened.lock:
            opened.add_missing_columns()
            moved = self._append(opened, rows, spans)
            if moved and opened.delta.version() % self.compact_every == 0:
                self.compact(table)
        return moved

    def compact(self, table: str) -> None:
        """Rewrite small files into larger ones, checkpoint the log, remove what nobody reads any more."""
        opened = self.existing(table)
        if opened is not None:
            with opened.lock:
                maintain(opened, self.target_bytes)

    def files(self, table: str) -> list[str]:
        """Paths of the Parquet files of the newest snapshot, for `read_parquet`; empty for a table without rows.

        They stay readable for `keep_removed`. Raises `FatalError` when another tool marked rows as deleted beside the
        files (deletion vectors), because reading the files alone would show those rows again.
        """
        opened = self.existing(table)
        if opened is None:
            return []
        with opened.lock:
            opened.read_log()
            features = opened.delta.protocol().reader_features or []
            if "deletionVectors" in features:
                raise FatalError(
                    f"Lake table {table} uses deletion vectors, which reading its files alone would ignore. "
                    "Purge them with the tool that wrote them, then switch the table feature off."
                )
            return sorted(str(opened.folder / name) for name, _ in opened.sizes())

    def existing(self, table: str) -> OpenTable | None:
        """The table if it was ever made; reading never makes one."""
        with self._opening:
            opened = self._tables.get(table)
            if opened is None and (self.root / table / "_delta_log").is_dir():
                try:
                    opened = OpenTable(table, self.root / table, load(table, self.root / table))
                except TableNotFoundError:
                    return None
                self._tables[table] = opened
            return opened

    def _open(self, table: str) -> OpenTable:
        opened = self.existing(table)
        if opened is not None:
            return opened
        folder = self.root / table
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            DeltaTable.create(
                folder,
                TABLES[table],
                mode="ignore",
                name=table,
                configuration={
                    "delta.dataSkippingStatsColumns": ",".join(STATISTICS[table]),
                    "delta.deletedFileRetentionDuration": _interval(self.keep_removed),
                    "delta.logRetentionDuration": _interval(self.keep_log),
                },
            )
        except CommitFailedError:
            pass  # another worker made it at the same moment
        except (DeltaError, OSError) as error:
            raise _unreachable(folder, error) from error
        opened = self.existing(table)
        if opened is None:
            raise RetryableError(f"Lake table {table} could not be opened at {folder}; try again.")
        with writing(folder):
            flush(folder)
            flush(self.root)
        return opened

    def _append(
        self, opened: OpenTable, rows: pa.Table, spans: Mapping[TopicPartition, Span]
    ) -> frozenset[TopicPartition]:
        written: DataFile | None = None
        written_from: dict[TopicPartition, int] | None = None
        for attempt in range(ATTEMPTS):
            opened.refresh()
            begin = _begins(opened, spans)
            if begin != written_from:  # first time round, or somebody landed a part of it meanwhile
                _drop(opened, written)
                written, written_from = _write(opened, rows, begin), begin
            if not begin:
                return frozenset()
            try:
                opened.commit(_adding(written), {tp: spans[tp].next_offset for tp in begin})
            except CommitFailedError as refused:
                if attempt > 3 and not _moved_on(opened):
                    _drop(opened, written)
                    raise _unreachable(opened.folder, refused) from refused
                time.sleep(random.uniform(0, 0.002 * min(attempt + 1, 25)))  # noqa: S311 - spreads writers, no secret
                continue
            except (DeltaError, OSError) as error:
                _drop(opened, written)
                raise _unreachable(opened.folder, error) from error
            return frozenset(begin)
        _drop(opened, written)
        raise RetryableError(f"Lake table {opened.name}: {ATTEMPTS} commits were overtaken by others; try again.")


def _begins(opened: OpenTable, spans: Mapping[TopicPartition, Span]) -> dict[TopicPartition, int]:
    """From which offset on each span is news to the table; spans it is past are left out."""
    begins: dict[TopicPartition, int] = {}
    for tp, span in spans.items():
        stands = opened.standing(tp)
        if span.position > stands:
            raise FatalError(
                f"Lake table {opened.name} stands at offset {stands} of {tp.topic}/{tp.partition}, but a batch begins "
                f"at {span.position}: landing it would leave a hole. Start the worker again so that it resumes from "
                "the lake; nothing was landed."
            )
        if span.next_offset > stands:
            begins[tp] = stands
    return begins


def _write(opened: OpenTable, rows: pa.Table, begins: Mapping[TopicPartition, int]) -> DataFile | None:
    kept = _news(rows, begins)
    if kept.num_rows == 0:
        return None
    return write_data_file(opened.folder, opened.name, [kept])


def _news(rows: pa.Table, begins: Mapping[TopicPartition, int]) -> pa.Table:
    """The rows at or after where the table stands in their partition."""
    if rows.num_rows == 0 or not begins:
        return rows.slice(0, 0)
    at = pa.table(
        {
            "partition": pa.array([tp.partition for tp in begins], pa.int32()),
            "begin": pa.array(begins.values(), pa.int64()),
        }
    )
    index = pc.index_in(rows.column("partition"), at.column("partition"))
    begin = pc.take(at.column("begin"), index)
    mask = pc.fill_null(pc.greater_equal(rows.column("offset"), begin), fill_value=False)
    return rows if pc.all(mask).as_py() else rows.filter(mask)


def _adding(written: DataFile | None) -> list[AddAction | RemoveAction]:
    if written is None:
        return []
    return [add_action(written, data_change=True)]


def _drop(opened: OpenTable, written: DataFile | None) -> None:
    if written is not None:
        discard(opened.folder / written.name)


def _moved_on(opened: OpenTable) -> bool:
    before = opened.delta.version()
    opened.read_log()
    return opened.delta.version() > before


def _unreachable(folder: Path, error: Exception) -> DependencyError:
    """The sentence for a lake that refuses, with the library's first line because it names the cause."""
    cause = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return DependencyError(
        f"The lake cannot be written at {folder}: {cause}. Nothing was committed; start again when it can."
    )


def _interval(duration: timedelta) -> str:
    return f"interval {int(duration.total_seconds())} seconds"
