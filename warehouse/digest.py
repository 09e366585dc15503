"""One number for what a lake says, whatever files, offsets and moments it says it in.

Each row becomes bytes in a canonical form and those a SHA-256; the digest of a table is the sum of its rows' hashes
modulo 2**256, so that order, files and batches do not matter. No engine's own hash is in it, so it is the same
under any version of any library.

Of `transitions` and `clocks` only what holds counts (`warehouse.case_truth`): the order in which events arrived decides
which corrections were written, and is not content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.domain.lake_tables import CLOCKS, EVENTS, TABLES, TRANSITIONS
from warehouse.case_truth import holding
from warehouse.lake import DeltaLake

PLACES: Final = frozenset(
    {"event_key", "recordedtime", "inbox_log", "inbox_partition", "inbox_offset", "log", "partition", "offset"}
)
"""Where and when a row was taken, and what follows from other columns: not content."""
CASE_PLACES: Final = frozenset({"case_key", "known_at", "log", "partition", "offset"})
"""The same for rows about cases, where `event_key` says which event a row is about."""

CONTENT: Final = {
    "events": tuple(name for name in EVENTS.names if name not in PLACES),
    "dead_letters": ("reason", "field", "sentence", "file", "line", "original"),
    "transitions": tuple(name for name in TRANSITIONS.names if name not in CASE_PLACES),
    "clocks": tuple(name for name in CLOCKS.names if name not in CASE_PLACES),
}
"""What counts as content, in this order. Duplicates say nothing that events do not."""

EVERYTHING: Final = {table: tuple(schema.names) for table, schema in TABLES.items()}
"""Every column of every table: the same log, landed by somebody else."""

BATCH_ROWS: Final = 65_536
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class TableDigest:
    """Rows that count and the hexadecimal digest of their content."""

    rows: int
    digest: str


def digest(lake: DeltaLake) -> dict[str, TableDigest]:
    """The digest of each table's content."""
    files = {table: lake.files(table) for table in CONTENT}
    holds = holding(files)
    return {table: _table_digest(table, files[table], holds.get(table)) for table in CONTENT}


def overall(tables: Mapping[str, TableDigest]) -> str:
    """One hexadecimal digest of several tables' digests."""
    lines = [f"{name} {table.rows} {table.digest}\n" for name, table in sorted(tables.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def row_hashes(
    files: Sequence[str], names: Sequence[str], holds: NDArray[np.bool_] | None = None, *, stated_times: bool = True
) -> NDArray[np.uint8]:
    """SHA-256 of each row of these files, 32 bytes in a row, in the files' order; of those that hold, if given.

    With `stated_times` a time that intake took from the moment of recording counts as none.
    """
    hashes = [_row_hashes(rows) for file in files for rows in _content(file, names, stated_times=stated_times)]
    every = np.concatenate(hashes) if hashes else np.empty((0, _BYTES), np.uint8)
    return every if holds is None else every[holds]


def _table_digest(table: str, files: Sequence[str], holds: NDArray[np.bool_] | None) -> TableDigest:
    every = row_hashes(files, CONTENT[table], holds)
    if table == "dead_letters":
        every = np.unique(every, axis=0)
    return TableDigest(len(every), f"{_sum(every):0{2 * _BYTES}x}")


def _content(file: str, names: Sequence[str], *, stated_times: bool) -> Iterator[pa.Table]:
    """The content columns of one file, piece by piece."""
    with pq.ParquetFile(file) as parquet:
        # of all tables only `events` has both: when it happened, and when it was recorded
        is_events = {"time", "recordedtime"} <= set(parquet.schema_arrow.names)
        reads = dict.fromkeys([*names, *(["recordedtime"] if is_events else [])])
        for batch in parquet.iter_batches(BATCH_ROWS, columns=list(reads)):
            rows = pa.Table.from_batches([batch])
            if is_events and stated_times:
                rows = rows.set_column(rows.schema.get_field_index("time"), "time", _stated_time(rows))
            yield rows.select(names)


def _stated_time(rows: pa.Table) -> pa.ChunkedArray:
    """When it happened, in microseconds; null where the channel gave none and intake took the moment of recording."""
    time, recorded = rows.column("time").cast(pa.int64()), rows.column("recordedtime").cast(pa.int64())
    return pc.if_else(pc.equal(time, recorded), pa.scalar(None, pa.int64()), time)


def _row_hashes(rows: pa.Table) -> NDArray[np.uint8]:
    """SHA-256 of each row's canonical form: per column its length in bytes (`-` for null), then the bytes."""
    parts: list[pa.ChunkedArray] = []
    for column in rows.columns:
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())  # noqa: PLW2901 - microseconds
        value = column if pa.types.is_binary(column.type) else column.cast(pa.string()).cast(pa.binary())
        length = pc.binary_length(value).cast(pa.string())
        parts += [pc.fill_null(length, fill_value="-").cast(pa.binary()), pc.fill_null(value, fill_value=b"")]
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b":", pa.binary()))
    sha256 = hashlib.sha256
    hashed = b"".join([sha256(row).digest() for row in joined.to_pylist()])
    return np.frombuffer(hashed, np.uint8).reshape(-1, _BYTES)


def _sum(hashes: NDArray[np.uint8]) -> int:
    """The hashes as little-endian numbers, added modulo 2**256; limbs of 32 bits leave room for 2**32 rows."""
    limbs = np.ascontiguousarray(hashes).view("<u4").astype(np.uint64).sum(axis=0, dtype=np.uint64)
    total = sum(int(limb) << (32 * at) for at, limb in enumerate(limbs.tolist()))
    return total % (1 << (8 * _BYTES))
