"""DuckDB connections as the warehouse wants them: UTC, bounded, and closed to the outside when reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.domain.errors import DependencyError


@contextmanager
def building(path: Path, *, spill: Path, threads: int = 2, memory: str = "2GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that writes the new file `path`; what does not fit `memory` goes to the folder `spill`.

    Raises `DependencyError` with the system's reason when the disk refuses.
    """
    options: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": memory,
        "temp_directory": str(spill),
        "preserve_insertion_order": False,
        "checkpoint_threshold": "256MB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(path, config=options) as connection:
            connection.execute("set TimeZone = 'UTC'").fetchall()
            yield connection
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        cause = str(error).splitlines()[0][:200]
        raise DependencyError(
            f"The warehouse cannot be built at {path.parent}: {cause}. The last published version stays."
        ) from error


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads `path` and nothing else: no files, no network, no extensions, no changed options."""
    options: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": False}
    with duckdb.connect(path, read_only=True, config=options) as connection:
        connection.execute("set TimeZone = 'UTC'").fetchall()
        connection.execute("set lock_configuration = true").fetchall()
        yield connection
