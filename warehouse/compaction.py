"""Keeping a lake table quick to open and to read: fewer, larger files, a checkpoint, and no files of the past.

Rows never change here, so every conflict is harmless: whoever loses leaves the table as it found it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import RemoveAction

from warehouse.delta_files import ROW_GROUP_ROWS, discard, flush, write_data_file, writing
from warehouse.delta_table import OpenTable, add_action

TINY_BYTES: Final = 1_000_000
"""Files below this are always worth merging."""

ATTEMPTS: Final = 50


def maintain(opened: OpenTable, target_bytes: int) -> None:
    """Merge small files, checkpoint, drop files and log entries past their time; content is unchanged."""
    opened.refresh()
    for group in groups(opened.sizes(), target_bytes):
        _merge(opened, group)
    _checkpoint(opened)
    _vacuum(opened)


def groups(sizes: Sequence[tuple[str, int]], target_bytes: int) -> list[list[str]]:
    """Which files to merge into one: small ones first, each joined only by files that it does not dwarf.

    A file of half the target or more is done. The rule of two keeps rewriting logarithmic: a byte is rewritten only
    into a file at least half as large again.
    """
    merged: list[list[str]] = []
    group: list[str] = []
    total = 0
    for name, size in sorted(sizes, key=lambda item: (item[1], item[0])):
        if size >= target_bytes // 2 or (size > TINY_BYTES and size > 2 * total):
            break
        group.append(name)
        total += size
        if total >= target_bytes:
            merged.append(group)
            group, total = [], 0
    merged.append(group)
    return [group for group in merged if len(group) > 1]


def _merge(opened: OpenTable, names: Sequence[str]) -> None:
    sizes = dict(opened.sizes())
    written = write_data_file(opened.folder, opened.name, _rows(opened, names))
    now = time.time_ns() // 1_000_000
    removed = [
        RemoveAction(path=name, data_change=False, deletion_timestamp=now, size=sizes[name], partition_values={})
        for name in names
    ]
    for _ in range(ATTEMPTS):
        if not set(names) <= {name for name, _ in opened.sizes()}:
            break  # somebody else merged them first
        try:
            opened.commit([add_action(written, data_change=False), *removed], {})
        except CommitFailedError:
            opened.refresh()
            continue
        return
    discard(opened.folder / written.name)


def _rows(opened: OpenTable, names: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of some files in row-group-sized pieces, so that memory does not grow with the file."""
    pending: list[pa.Table] = []
    count = 0
    for name in names:
        with pq.ParquetFile(opened.folder / name) as file:
            for group in range(file.num_row_groups):
                pending.append(_whole(file.read_row_group(group), opened.schema))
                count += pending[-1].num_rows
                if count >= ROW_GROUP_ROWS:
                    yield pa.concat_tables(pending)
                    pending, count = [], 0
    if pending:
        yield pa.concat_tables(pending)


def _whole(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows with all columns of today's table; one that an older Vidhuk did not write is null."""
    if rows.schema.names == schema.names:
        return rows
    return pa.concat_tables([schema.empty_table(), rows], promote_options="default").select(schema.names).cast(schema)


def _checkpoint(opened: OpenTable) -> None:
    version = opened.delta.version()
    opened.delta.create_checkpoint()
    log = opened.folder / "_delta_log"
    with writing(log):
        for path in [*log.glob(f"{version:020}.checkpoint*.parquet"), log / "_last_checkpoint", log]:
            flush(path)


def _vacuum(opened: OpenTable) -> None:
    """Remove data files and log entries that are past their time; a lost race is left to the next round."""
    try:
        opened.delta.vacuum(dry_run=False, full=True, commit_properties=CommitProperties(max_commit_retries=ATTEMPTS))
        opened.delta.cleanup_metadata()
    except DeltaError:
        pass
    opened.refresh()
