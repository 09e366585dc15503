"""Parquet files for Delta tables: whole, flushed to the disk, with statistics that hold nothing private.

Delta commits name files; they do not flush them. A file is durable here before any commit names it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.domain.errors import DependencyError
from pipeline.domain.lake_tables import REPEATING, STATISTICS, TABLES

ROW_GROUP_ROWS: Final = 122_880
"""DuckDB's own row-group size, so that its threads split a file evenly."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNWRITABLE: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file size limit is reached",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission was denied",
    errno.EPERM: "permission was denied",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EIO: "the disk reports an error",
}


@dataclass(slots=True)
class ColumnStatistics:
    """Rows, and smallest and largest value and nulls of the listed columns, as Delta's `stats` wants them."""

    columns: Sequence[str]
    rows: int = 0
    smallest: dict[str, Any] = field(default_factory=dict)
    largest: dict[str, Any] = field(default_factory=dict)
    nulls: dict[str, int] = field(default_factory=dict)

    def add(self, rows: pa.Table) -> None:
        """Take `rows` in."""
        self.rows += rows.num_rows
        for name in self.columns:
            values = rows.column(name)
            self.nulls[name] = self.nulls.get(name, 0) + values.null_count
            if pa.types.is_timestamp(values.type):
                values = values.cast(pa.int64())
            bounds = pc.min_max(values).as_py()
            if bounds["min"] is None:
                continue
            self.smallest[name] = min(bounds["min"], self.smallest.get(name, bounds["min"]))
            self.largest[name] = max(bounds["max"], self.largest.get(name, bounds["max"]))

    def as_json(self, schema: pa.Schema) -> str:
        """The JSON document of one add action; instants widen outwards to whole milliseconds, as Delta keeps them."""
        instants = {name for name in self.columns if pa.types.is_timestamp(schema.field(name).type)}
        return msgspec.json.encode(
            {
                "numRecords": self.rows,
                "minValues": {n: _milliseconds(v // 1000) if n in instants else v for n, v in self.smallest.items()},
                "maxValues": {n: _milliseconds(-(-v // 1000)) if n in instants else v for n, v in self.largest.items()},
                "nullCount": self.nulls,
            }
        ).decode()


@dataclass(frozen=True, slots=True)
class DataFile:
    """One durable Parquet file that no commit names yet."""

    name: str
    size: int
    modified_ms: int
    statistics: str


def write_data_file(folder: Path, table: str, parts: Iterable[pa.Table]) -> DataFile:
    """Write `parts` as one new file of a lake table in `folder` and flush it; it is gone again if anything fails.

    Raises `DependencyError` when the disk is full or cannot be written.
    """
    path = folder / f"part-{uuid.uuid4().hex}.zstd.parquet"
    schema, statistics = TABLES[table], STATISTICS[table]
    seen = ColumnStatistics(statistics)
    try:
        with writing(path):
            with pq.ParquetWriter(
                path,
                schema,
                compression="zstd",
                use_dictionary=list(REPEATING[table]),
                write_statistics=list(statistics),
            ) as writer:
                for rows in parts:
                    seen.add(rows)
                    writer.write_table(rows, row_group_size=ROW_GROUP_ROWS)
            flush(path)
            flush(folder)
            size = path.stat().st_size
    except BaseException:
        discard(path)
        raise
    return DataFile(path.name, size, time.time_ns() // 1_000_000, seen.as_json(schema))


def discard(path: Path) -> None:
    """Remove a file that nothing names; one that is gone or cannot go is left to the vacuum."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Have the operating system write a file, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write below `path` into one sentence, as `DependencyError`."""
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> DependencyError:
    """The sentence for a failed write."""
    why = _UNWRITABLE.get(error.errno or 0, f"the system says: {error.strerror or type(error).__name__}")
    return DependencyError(
        f"The lake cannot be written at {path.parent}: {why}. Nothing was committed; "
        "make room or access, then start again."
    )


def _milliseconds(value: int) -> str:
    return (_EPOCH + timedelta(milliseconds=value)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value % 1000:03d}Z"
