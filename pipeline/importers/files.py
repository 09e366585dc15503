"""Opening what somebody hands over: plain or compressed, and not what it cannot be."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from pipeline.domain.errors import UsageError

MAX_ROW_BYTES = 2 * 1024 * 1024 - 64 * 1024
"""The longest row that still fits a Kafka record of ours with its headers; what is beyond is cut and said so."""

_NOT_TEXT = {
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file; save it as CSV",
    b"SQLite format 3": "an SQLite database",
    b"Obj\x01": "an Avro file",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; unpack it first",
    b"BZh": "compressed with bzip2; unpack it first",
    b"\xfd7zXZ": "compressed with xz; unpack it first",
}


class Readable(Protocol):
    """The part of a binary stream that lines are read from."""

    def readline(self, limit: int = -1, /) -> bytes:
        """The next line with its end, or its first `limit` bytes; empty at the end of the file."""


class Line(NamedTuple):
    """One physical line as it stands in the file, ending included; `problem` says why it cannot be used."""

    raw: bytes
    problem: str | None = None


@contextmanager
def opened(path: str) -> Iterator[io.BufferedReader]:
    """A binary stream over the file's content, unpacked when it is gzip or a zip archive of one file.

    Raises `UsageError` when the file is absent, empty, unreadable or plainly of another kind.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(path).open("rb"))
            start = file.peek(16)[:16]
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
        if not start:
            raise UsageError(f"{path}: the file is empty, so there is nothing to import.")
        for magic, kind in _NOT_TEXT.items():
            if start.startswith(magic):
                raise UsageError(f"{path}: this is {kind}, not a text file of rows.")
        if start.startswith(b"\x1f\x8b"):
            packed = stack.enter_context(gzip.GzipFile(fileobj=file))
            yield stack.enter_context(io.BufferedReader(packed, 1 << 18))
        elif start.startswith(b"PK\x03\x04"):
            yield stack.enter_context(_only_member(path, stack))
        else:
            yield file


def _only_member(path: str, stack: ExitStack) -> io.BufferedReader:
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
        members = [entry for entry in archive.infolist() if not entry.is_dir()]
        if any(entry.filename == "[Content_Types].xml" for entry in members):
            raise UsageError(f"{path}: this is an Excel or Word file; save the sheet as CSV and import that.")
        if len(members) != 1:
            raise UsageError(f"{path}: the archive holds {len(members)} files; import takes an archive of exactly one.")
        return io.BufferedReader(archive.open(members[0]), 1 << 18)  # type: ignore[arg-type]  # typeshed calls the member IO[bytes]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        # RuntimeError is what zipfile raises for a member with a password
        raise UsageError(f"{path}: the zip archive cannot be read: {error}.") from error


def physical_lines(stream: Readable) -> Iterator[Line]:
    """Lines of the stream in order, in bounded memory.

    A line beyond `MAX_ROW_BYTES` is cut there and carries a problem. Compressed data that breaks off ends in one
    last line with a problem, so that what was read before it still counts.
    """
    readline = stream.readline
    try:
        while raw := readline(MAX_ROW_BYTES + 1):
            if len(raw) <= MAX_ROW_BYTES or raw.endswith(b"\n"):
                yield Line(raw)
                continue
            while (rest := readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
            yield Line(raw[:MAX_ROW_BYTES], f"the line is longer than {MAX_ROW_BYTES} bytes; only its start is kept")
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile):
        yield Line(b"", "the compressed file is damaged or cut off here; nothing after this line could be read")
