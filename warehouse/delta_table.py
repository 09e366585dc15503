"""One Delta table as a process holds it: its snapshot, where it stands in each partition, and the commit on top."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from pipeline.domain.errors import DependencyError
from pipeline.domain.lake_tables import TABLES
from pipeline.ports import TopicPartition
from warehouse.delta_files import DataFile, flush, writing

_NO_HOOKS: Final = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


def transaction_id(tp: TopicPartition) -> str:
    """Under which name a table's log keeps where it stands in one partition."""
    return f"ledger/{tp.topic}/{tp.partition}"


@dataclass(slots=True)
class OpenTable:
    """One table as this process last saw it. The lock holds its threads apart; the log holds processes apart."""

    name: str
    folder: Path
    delta: DeltaTable
    flushed: int = -1
    is_whole: bool = False
    """Whether the log is known to name every column of `schema`."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def schema(self) -> pa.Schema:
        """The table's columns."""
        return TABLES[self.name]

    def refresh(self) -> None:
        """Read the log up to its end, and make what others committed durable before anything builds on it."""
        self.read_log()
        self.flush_log()

    def read_log(self) -> None:
        """Read the log up to its end; from a checkpoint when the entries in between were cleaned up meanwhile."""
        try:
            self.delta.update_incremental()
        except DeltaError:
            self.delta = load(self.name, self.folder)

    def add_missing_columns(self) -> None:
        """Tell a table that an older Vidhuk made of the columns that came since; old rows have null in them.

        Our own readers would find them in the files anyway, other engines only where the log names them. Whoever comes
        second finds nothing missing any more.
        """
        if self.is_whole:
            return
        self.read_log()
        have = {each.name for each in self.delta.schema().fields}
        missing = [each for each in self.schema if each.name not in have]
        if missing:
            try:
                self.delta.alter.add_columns(Schema.from_arrow(pa.schema(missing)).fields)
            except CommitFailedError:  # another worker told it, or landed rows, at the same moment
                self.read_log()
                return
        self.is_whole = True

    def standing(self, tp: TopicPartition) -> int:
        """The next offset the table wants from `tp`."""
        return self.delta.transaction_version(transaction_id(tp)) or 0

    def sizes(self) -> list[tuple[str, int]]:
        """Name and bytes of each data file of the snapshot held; the library's own addresses are percent-encoded."""
        # not `pa.table(…)`, which imports pandas first: most of a second of each worker's start
        actions = pa.RecordBatchReader.from_stream(self.delta.get_add_actions()).read_all()
        return list(zip(actions.column("path").to_pylist(), actions.column("size_bytes").to_pylist(), strict=True))

    def commit(self, actions: list[AddAction | RemoveAction], offsets: Mapping[TopicPartition, int]) -> None:
        """Put one version on top of the snapshot held; raises `CommitFailedError` when it is no longer the newest.

        No retry is left to the library: a retry must read the transaction versions again first.
        """
        transactions = [Transaction(transaction_id(tp), offset) for tp, offset in offsets.items()]
        self.delta.create_write_transaction(
            actions,
            "append",
            self.schema,
            commit_properties=CommitProperties(app_transactions=transactions, max_commit_retries=0),
            post_commithook_properties=_NO_HOOKS,
        )
        self.refresh()

    def flush_log(self) -> None:
        """Flush the newest log entry and the log's folder, unless that version was flushed before."""
        version = self.delta.version()
        if version == self.flushed:
            return
        log = self.folder / "_delta_log"
        with writing(log):
            entry = log / f"{version:020}.json"
            if entry.exists():  # it may have been cleaned up behind a checkpoint
                flush(entry)
            flush(log)
        self.flushed = version


def load(name: str, folder: Path) -> DeltaTable:
    """The newest snapshot of a table; `TableNotFoundError` if there is none, `DependencyError` if it is unreadable."""
    try:
        return DeltaTable(folder)
    except TableNotFoundError:
        raise
    except (DeltaError, OSError) as error:
        raise DependencyError(
            f"Lake table {name} cannot be read at {folder}: its log is damaged. Restore the folder, or remove the "
            "table's whole folder to land it again from the log of record."
        ) from error


def add_action(written: DataFile, *, data_change: bool) -> AddAction:
    """Delta's name for a durable file that becomes part of the table."""
    return AddAction(written.name, written.size, {}, written.modified_ms, data_change, written.statistics)
