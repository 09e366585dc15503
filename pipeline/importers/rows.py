"""CSV as it is met: logical rows with the physical line they start on, and their own bytes when they are wrong."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from pipeline.domain.errors import UsageError
from pipeline.importers.files import MAX_ROW_BYTES, Line, Readable, physical_lines

_MAX_ROW_LINES = 10_000
_WIDE_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Dialect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a CSV file is written."""

    delimiter: str = ","
    quote: str = '"'
    """Empty when the file quotes nothing."""
    encoding: str = "utf-8"
    """Python's name of it; UTF-16 with a byte order mark is recognized by itself."""
    skip_rows: int = 0
    """Physical lines above the header that are passed over."""
    header: tuple[str, ...] | None = None
    """Column names of a file that has no header line."""


class Row(NamedTuple):
    """One logical row: where it starts, its cells, its bytes, and why it cannot be used, if so."""

    line: int
    cells: list[str]
    parts: list[Line]
    problem: str | None

    @property
    def weight(self) -> int:
        """Bytes that the row takes in the file."""
        parts = self.parts
        return len(parts[0].raw) if len(parts) == 1 else sum(len(part.raw) for part in parts)

    @property
    def original(self) -> bytes:
        """The row's bytes as they stand in the file."""
        return b"".join(part.raw for part in self.parts)[:MAX_ROW_BYTES]


class _UnusableLineError(Exception):
    """Raised through csv.reader to end a row at a line that cannot be read."""


class _Feed:
    """Feeds csv.reader line by line and remembers which lines the row in hand is made of."""

    def __init__(self, lines: Iterator[Line], encoding: str) -> None:
        self._lines, self._encoding = lines, encoding
        self._again: deque[Line] = deque()
        self.parts: list[Line] = []
        self.next_line = 1
        self.flaw: str | None = None
        self._size = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.parts.append(line)
        self._size += len(line.raw)
        if line.problem is not None:
            raise _UnusableLineError(line.problem)
        if self._size > MAX_ROW_BYTES or len(self.parts) > _MAX_ROW_LINES:
            raise _UnusableLineError("a quoted field is not closed")
        if b"\0" in line.raw:
            self.flaw = "the row holds a NUL byte"
        try:
            return line.raw.decode(self._encoding)
        except UnicodeDecodeError:
            self.flaw = f"the row is not valid {self._encoding}"
            return line.raw.decode(self._encoding, "replace")

    def take(self) -> list[Line]:
        """The lines of the row that was just read; the next row starts after them."""
        parts, self.parts, self._size = self.parts, [], 0
        self.next_line += len(parts)
        return parts

    def take_first(self) -> list[Line]:
        """Only the first line of the row in hand: the others are read again as rows of their own."""
        self._again.extendleft(reversed(self.parts[1:]))
        del self.parts[1:]
        return self.take()


class Table:
    """A CSV file that is being read: its column names, then its rows once."""

    def __init__(self, path: str, stream: io.BufferedReader, dialect: Dialect) -> None:
        self._path, self._dialect = path, dialect
        readable, encoding = _as_bytes(stream, dialect.encoding, path)
        self._feed = _Feed(physical_lines(readable), encoding)
        for _ in range(dialect.skip_rows):
            self._skip_line()
        self._reader = _reader(self._feed, dialect, path)
        self.columns = list(dialect.header) if dialect.header is not None else self._header()

    def _skip_line(self) -> None:
        try:
            next(self._feed)
        except StopIteration:
            raise UsageError(
                f"{self._path}: the file ends within the {self._dialect.skip_rows} skipped lines."
            ) from None
        except _UnusableLineError:
            pass
        self._feed.take()

    def _header(self) -> list[str]:
        row = next(self._rows(), None)
        if row is None:
            raise UsageError(f"{self._path}: the file has no header line, so there is nothing to import.")
        if row.problem is not None:
            raise UsageError(
                f"{self._path}: this is not a CSV file in {self._dialect.encoding}: at its header, {row.problem}."
            )
        names = [cell.strip() for cell in row.cells]
        if any(not _is_printable(name) for name in names):
            raise UsageError(f"{self._path}: this is not a CSV file: its header holds control characters.")
        return names

    def rows(self) -> Iterator[Row]:
        """Rows below the header, in file order; blank lines are passed over.

        A row whose number of cells differs from the header's carries a problem.
        """
        width = len(self.columns)
        for row in self._rows():
            if row.problem is None and len(row.cells) != width:
                yield row._replace(problem=f"the row has {len(row.cells)} of the {width} cells that the header names")
            else:
                yield row

    def _rows(self) -> Iterator[Row]:
        feed, reader = self._feed, self._reader
        while True:
            line = feed.next_line
            feed.flaw = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(line, [], feed.take_first(), _explained(error))
                continue
            except _UnusableLineError as error:
                alone = len(feed.parts) == 1
                yield Row(line, [], feed.take_first(), str(error) if alone else "a quoted field is not closed")
                continue
            parts = feed.take()
            if cells:
                yield Row(line, cells, parts, feed.flaw)


def _as_bytes(stream: io.BufferedReader, encoding: str, path: str) -> tuple[Readable, str]:
    """The stream with its byte order mark gone, and the encoding that its lines are in."""
    start = stream.peek(512)[:512]
    if start.startswith(b"\xef\xbb\xbf"):
        stream.read(3)
        return stream, "utf-8"
    wide = _WIDE_ENCODINGS.get(start[:2])
    if wide is None and not encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        try:
            b"a".decode(encoding)
        except (LookupError, ValueError) as error:
            raise UsageError(f'{path}: the encoding "{encoding}" is not known.') from error
        if start.count(b"\0") > 25:  # one in twenty: no row of text, where a stray one may be
            raise UsageError(f"{path}: this is not a CSV file: it is full of NUL bytes.")
        return stream, encoding
    return _Narrowed(stream, wide or encoding), "utf-8"


class _Narrowed:
    """Lines of a UTF-16 or UTF-32 stream as UTF-8, because its line ends are not single bytes."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="\n")

    def readline(self, limit: int = -1, /) -> bytes:
        # U+FFFD stands for what could not be decoded: 0xFF is never valid UTF-8, so the row is refused further on
        return self._text.readline(limit // 4 if limit > 0 else limit).encode().replace(b"\xef\xbf\xbd", b"\xff")


def _reader(feed: _Feed, dialect: Dialect, path: str) -> Iterator[list[str]]:
    try:
        if not dialect.quote:
            return csv.reader(feed, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(feed, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read as CSV with these options: {error}.") from error


def _explained(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text or "unexpected end" in text:
        return "a quoted field is not closed"
    if "expected after" in text:
        return "a quoted field goes on after its closing quote"
    if "new-line character" in text:
        return "a bare carriage return stands outside quotes"
    return "the row is not well-formed CSV"


def _is_printable(name: str) -> bool:
    return not any(ord(character) < 32 for character in name.replace("\n", "").replace("\r", "").replace("\t", ""))
