"""Published warehouse files: built aside from one lake snapshot, then named by a pointer that moves atomically.

`<home>/published/warehouse-00000007.duckdb` never changes once it is there; `<home>/published/current.json` names the
one that counts. Whoever holds an older file open goes on reading it: removing a name does not remove an open file.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from pipeline.domain.enrichment import INTAKE
from pipeline.domain.errors import DependencyError, FatalError, UsageError
from pipeline.domain.lake_tables import TABLES
from pipeline.domain.taxonomies.taxonomy import Taxonomy
from warehouse.case_words import attach_case_words
from warehouse.category_words import attach_categories
from warehouse.connections import building
from warehouse.emerging_topics import SOURCE, attach_no_topics, attach_topics
from warehouse.enrichments import Enrichment, enriched, enrichment_of
from warehouse.known import EVERYTHING, Known, Stand, attach_stands, known_rows, stands_of
from warehouse.lake import DeltaLake
from warehouse.lake_relations import EMPTY, all_columns
from warehouse.metric_definitions import SMALL_CELLS, attach_metrics
from warehouse.models import Model, build, fed_by
from warehouse.survey_words import attach_survey_words

POINTER: Final = "current.json"
KEPT_TOPICS: Final = "emerging-topics.parquet"
"""Beside the area in which marts are built: what texts were found to say, while they are the same texts."""
KEEP_VERSIONS: Final = 3
"""Published versions that stay on disk, the current one included, for readers that looked at the pointer just now."""


class LakeSnapshot(msgspec.Struct, frozen=True):
    """Which files of the lake a warehouse was built from. `versions` are Delta's, -1 for a table never written.

    `enrichment` classifies its events; None leaves what the intake said.
    """

    files: dict[str, list[str]]
    versions: dict[str, int]
    enrichment: Enrichment | None = None


class Published(msgspec.Struct, frozen=True):
    """One published version; what `current.json` holds.

    `as_known_at` is the newest `recordedtime` in the lake's snapshot: every figure is as known at that moment.
    """

    version: int
    file: str
    created: datetime
    as_known_at: datetime | None
    lake_versions: dict[str, int]
    models_digest: str
    rows: dict[str, int]
    warnings: list[str] = []
    stands: list[Stand] = []
    """How far each table's log had landed in each partition: `as_known_at` alone does not say what was on its way."""

    def path(self, folder: Path) -> Path:
        """Where the file is, in the folder of published versions."""
        return folder / self.file


def snapshot(lake: DeltaLake, enrichment: str = INTAKE) -> LakeSnapshot:
    """The newest state of every lake table, `events` first, classified as the setting `enrichment` says.

    The ledger commits its side tables before `events`, and `clocks` before `transitions`, so what is read after
    another holds at least all that belongs to it.
    """
    files: dict[str, list[str]] = {}
    versions: dict[str, int] = {}
    for table in TABLES:
        files[table] = lake.files(table)
        opened = lake.existing(table)
        versions[table] = -1 if opened is None else opened.delta.version()
    chosen = enrichment_of(lake.root, enrichment)
    if chosen is not None:
        versions[f"enrichments by {chosen.model}"] = chosen.version
    return LakeSnapshot(files, versions, chosen)


def attach_lake(
    connection: duckdb.DuckDBPyConnection,
    taken: LakeSnapshot,
    known: Known = EVERYTHING,
    small_cells: int = SMALL_CELLS,
    taxonomy: Taxonomy | None = None,
) -> datetime | None:
    """Make the models' sources in `connection` as temporary relations; the newest `recordedtime` among their rows.

    `known` leaves out what was not known then. Rows about an event that `taken` has only in a side table, because the
    ledger was between two commits, are left out always: what is published is whole, and can be asked again.
    Categories are described by `taxonomy`, by ours if None.
    """
    for table, files in taken.files.items():
        connection.execute(f"create or replace temp view landed_{table} as {_read(table, files)}").fetchall()
    attach_stands(connection, known)
    for table in taken.files:
        rows = known_rows(table, known)
        if table == "events" and taken.enrichment is not None:
            rows = enriched(rows, taken.enrichment)
        connection.execute(f"create or replace temp view lake_{table} as {rows}").fetchall()
    connection.execute(
        """
        create or replace temp table lake_snapshot as
        select max(recordedtime) as as_known_at from (
            select max(recordedtime) as recordedtime from lake_events
            union all select max(recordedtime) from lake_duplicates
            union all select max(recordedtime) from lake_dead_letters
        )
        """
    ).fetchall()
    attach_metrics(connection, small_cells)
    attach_case_words(connection)
    attach_survey_words(connection)
    attach_categories(connection, taxonomy)
    attach_no_topics(connection)
    row = connection.execute("select as_known_at from lake_snapshot").fetchone()
    return row[0] if row else None


def _read(table: str, files: Sequence[str]) -> str:
    if not files:
        return EMPTY[table]
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    read = f"read_parquet([{names}], union_by_name = true, hive_partitioning = false)"
    return all_columns(table, f"select * from {read}")  # noqa: S608 - views take no parameters; the lake's paths, quoted


@dataclass(frozen=True, slots=True)
class Building:
    """A warehouse file that nobody else knows of: open within its block, a plain file after it."""

    connection: duckdb.DuckDBPyConnection
    path: Path
    as_known_at: datetime | None
    rows: dict[str, int]
    stands: list[Stand]

    def discard(self) -> None:
        """Remove the folder it was built in."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


@contextmanager
def built_aside(
    area: Path,
    taken: LakeSnapshot,
    models: Sequence[Model],
    known: Known = EVERYTHING,
    small_cells: int = SMALL_CELLS,
    taxonomy: Taxonomy | None = None,
) -> Iterator[Building]:
    """The marts of a lake snapshot, as far as `known`, in a new file in the folder `area`, emptied first.

    Categories are described by `taxonomy`, by ours if None.
    """
    with _on_disk(area):
        shutil.rmtree(area, ignore_errors=True)
        area.mkdir(parents=True, exist_ok=True)
    path = area / "warehouse.duckdb"
    with building(path, spill=area / "spill") as connection:
        as_known_at = attach_lake(connection, taken, known, small_cells, taxonomy)
        last = fed_by(models, SOURCE)
        rows = build(connection, [model for model in models if model not in last])
        if last:
            attach_topics(connection, area.parent / KEPT_TOPICS)
            rows |= build(connection, last)
        yield Building(connection, path, as_known_at, rows, stands_of(connection))


@contextmanager
def publishing_lock(folder: Path) -> Iterator[None]:
    """Hold the right to publish into `folder`; waits for its holder, and ends with its process however that ends."""
    with _on_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def current(folder: Path) -> Published | None:
    """The version that the pointer names; None before the first. Raises `FatalError` on a pointer nobody can read."""
    pointer = folder / POINTER
    try:
        return msgspec.json.decode(pointer.read_bytes(), type=Published)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, OSError) as error:
        raise FatalError(f"{pointer} cannot be read as a pointer: {error}. Remove it and publish again.") from error


def required(folder: Path) -> tuple[Published, Path]:
    """The current version and its file. Raises `UsageError` saying what to run when there is none."""
    published = current(folder)
    if published is None:
        raise UsageError(
            f"No warehouse is published in {folder}. Run `vidhuk demo`, or `vidhuk run FILE --as FORMAT`, first, "
            "or name another home with --home."
        )
    path = published.path(folder)
    if not path.exists():
        raise UsageError(f"The published file {path} is gone. Run `vidhuk run` or `vidhuk demo` to publish it again.")
    return published, path


def next_version(folder: Path) -> int:
    """One more than any version that was ever given a file here."""
    published = current(folder)
    return max([0 if published is None else published.version, *_files(folder)]) + 1


def file_name(version: int) -> str:
    """`warehouse-00000007.duckdb`."""
    return f"warehouse-{version:08}.duckdb"


def move_in(built: Path, folder: Path, published: Published) -> None:
    """Make a built and closed file durable, give it its name, and move the pointer to it.

    A crash before the last rename leaves the pointer on the last good version. Call it with the lock held.
    """
    target = published.path(folder)
    with _on_disk(folder):
        built.chmod(0o444)
        _flush(built)
        built.rename(target)
        _flush(folder)
        aside = folder / f".{POINTER}.new"
        aside.write_bytes(msgspec.json.format(msgspec.json.encode(published), indent=2) + b"\n")
        _flush(aside)
        aside.replace(folder / POINTER)
        _flush(folder)


def prune(folder: Path, keep: int = KEEP_VERSIONS) -> list[int]:
    """Remove all but the newest `keep` versions, never the current one; the versions removed. With the lock held.

    A file above the pointer is what a crash left behind: nobody was ever told of it, and it goes too.
    """
    published = current(folder)
    newest = 0 if published is None else published.version
    files = _files(folder)
    kept = set(sorted((version for version in files if version <= newest), reverse=True)[: max(keep, 1)])
    removed = sorted(files.keys() - kept - {newest})
    for version in removed:
        files[version].unlink(missing_ok=True)
    return removed


def _files(folder: Path) -> dict[int, Path]:
    found = {}
    for path in folder.glob("warehouse-*.duckdb"):
        digits = path.stem.removeprefix("warehouse-")
        if digits.isdigit():
            found[int(digits)] = path
    return found


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _on_disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DependencyError(
            f"The warehouse cannot be published at {folder}: {error.strerror}. The last published version stays."
        ) from error
