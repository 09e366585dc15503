"""Open cases kept as files beside the lake's tables: whole, of this lake, of these policies, or not used at all.

A file is `<lake>/open-cases/<partition>-<log>-<next offset>.cases`: one line with the format and a SHA-256 of all that
follows, one line of JSON that says what it is, then the cases as an Arrow stream. It is written under another name,
flushed, and renamed. Two are kept for each partition, so that one that a failing disk spoilt has a predecessor.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa

from pipeline.domain.logs import log_of
from pipeline.ports import CaseSnapshot, TopicPartition
from warehouse.delta_files import discard, flush

FOLDER: Final = "open-cases"
"""Within the lake, so that whoever shares the lake or restores it has these too."""
FORMAT: Final = "vidhuk-open-cases/1"
KEPT: Final = 2
_NAME: Final = re.compile(r"(\d+)-([^/]*)-(\d+)\.cases")
_log: Final = logging.getLogger("vidhuk.cases")


class _About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says of itself."""

    lake: str
    partition: int
    policies: str
    stands: dict[str, int]
    passed_us: int | None


class CaseFiles:
    """The `CaseSnapshots` of one lake. Several processes may use one folder: each file is whole at every moment."""

    def __init__(self, lake_root: Path, lake_id: str) -> None:
        """`lake_id` is the lake's own name; files of any other are not used."""
        self._folder = lake_root / FOLDER
        self._lake_id = lake_id

    def save(self, tp: TopicPartition, policies: str, snapshot: CaseSnapshot) -> None:
        """See `CaseSnapshots.save`. A disk that refuses is said in the log: the file before serves as well."""
        about = _About(self._lake_id, tp.partition, policies, dict(snapshot.stands), snapshot.passed_us)
        log = log_of(tp.topic)
        path = self._folder / f"{tp.partition}-{log}-{snapshot.stands[log]}.cases"
        aside = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(_written(about, snapshot.cases))
            flush(aside)
            aside.replace(path)
            flush(self._folder)
        except OSError as error:
            discard(aside)
            _log.warning(
                "The open cases could not be kept at %s (%s); the next worker folds more.", path, error.strerror
            )
            return
        self._remove_older(tp.partition, path)

    def newest(self, tp: TopicPartition, policies: str, before: int) -> CaseSnapshot | None:
        """See `CaseSnapshots.newest`. Each file that is passed over is said in the log, with why."""
        log = log_of(tp.topic)
        for path in self._candidates(tp.partition, log):
            try:
                about, cases = _read(path.read_bytes())
            except (OSError, ValueError, pa.ArrowException, msgspec.MsgspecError) as error:
                _log.warning("The open cases in %s cannot be used: the file is damaged (%s).", path, _why(error))
                continue
            unusable = self._unusable(about, tp.partition, policies, log, before)
            if unusable is None:
                return CaseSnapshot(about.stands, about.passed_us, cases)
            _log.warning("The open cases in %s are not used: %s.", path, unusable)
        return None

    def _unusable(self, about: _About, partition: int, policies: str, log: str, before: int) -> str | None:
        """Why not to use a whole file; None for one to use."""
        if (about.lake, about.partition) != (self._lake_id, partition):
            return "they are of another lake or partition"
        if about.policies != policies:
            return "they were made under other policies"
        if about.stands.get(log, 0) > before:
            return f"they stand at {about.stands[log]}, ahead of the lake at {before}"
        return None

    def _candidates(self, partition: int, log: str) -> list[Path]:
        """Files of the partition: those of this log first, then the furthest first."""
        found = [(path, name) for path, name in self._files() if int(name[1]) == partition]
        found.sort(key=lambda each: (each[1][2] == log, int(each[1][3])), reverse=True)
        return [path for path, _ in found]

    def _files(self) -> Iterator[tuple[Path, re.Match[str]]]:
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                name = _NAME.fullmatch(path.name)
                if name:
                    yield path, name

    def _remove_older(self, partition: int, newest: Path) -> None:
        """Leave the file just written and those before it, by when they were written."""
        others: list[tuple[int, Path]] = []
        for path, name in self._files():
            if int(name[1]) == partition and path != newest:
                with contextlib.suppress(OSError):  # another worker removed it meanwhile
                    others.append((path.stat().st_mtime_ns, path))
        for _, path in sorted(others, reverse=True)[KEPT - 1 :]:
            discard(path)


def _written(about: _About, cases: pa.Table) -> bytes:
    body = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(body, cases.schema, options=options) as writer:
        writer.write_table(cases)
    rest: bytes = msgspec.json.encode(about) + b"\n" + body.getvalue().to_pybytes()
    return f"{FORMAT} {hashlib.sha256(rest).hexdigest()}\n".encode() + rest


def _read(content: bytes) -> tuple[_About, pa.Table]:
    """What the file says of itself, and the cases; raises `ValueError` or the libraries' errors on a damaged one."""
    first, _, rest = content.partition(b"\n")
    if first != f"{FORMAT} {hashlib.sha256(rest).hexdigest()}".encode():
        raise ValueError("its checksum does not hold")
    about, _, body = rest.partition(b"\n")
    return msgspec.json.decode(about, type=_About), pa.ipc.open_stream(pa.py_buffer(body)).read_all()


def _why(error: Exception) -> str:
    """Ours in words, others' by name."""
    return str(error) if type(error) is ValueError else type(error).__name__
