"""Records of a JSON file one by one: an array of objects, or objects one after the other, in bounded memory."""

from __future__ import annotations

import codecs
import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from pipeline.domain.errors import UsageError
from pipeline.importers.files import MAX_ROW_BYTES

_BLOCK = 1 << 20
_BETWEEN = " \t\r\n,"


class _Blocks(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Record(NamedTuple):
    """One element of the file: its number from 1, its members, its bytes, and why it cannot be used, if so."""

    line: int
    members: Mapping[str, Any]
    original: bytes
    problem: str | None

    @property
    def weight(self) -> int:
        """Bytes that the record takes in the file."""
        return len(self.original)


class _Window:
    """A moving piece of the file's text."""

    def __init__(self, stream: _Blocks) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self.text = ""
        self.at = 0
        self.ended = False
        self.damaged = False

    def fill(self) -> bool:
        """Take in one more block; False at the end of the file. Damaged compression is an end too."""
        if self.ended:
            return False
        try:
            block = self._stream.read(_BLOCK)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile):
            block = b""
            self.damaged = True
        self.ended = not block
        self.text = self.text[self.at :] + self._decode(block, self.ended)
        self.at = 0
        return bool(block)

    def next_character(self, passed_over: str) -> str:
        """The character in hand after passing over others; empty at the end of the file."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in passed_over:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill():
                return ""


def json_records(path: str, stream: _Blocks) -> Iterator[Record]:
    """The file's records in order.

    Where the JSON breaks off, one last record with a problem stands for all that follows. Raises `UsageError` when
    the file does not begin as an array or an object.
    """
    window = _Window(stream)
    start = window.next_character(" \t\r\n\ufeff")
    if start not in ("[", "{"):
        raise UsageError(f"{path}: this is neither a JSON array of records nor JSON objects one after the other.")
    window.at += start == "["
    number = 0
    while (character := window.next_character(_BETWEEN)) and not (start == "[" and character == "]"):
        number += 1
        record = _record(window, number)
        if record.problem == _BROKEN and number == 1:
            raise UsageError(f"{path}: this is not well-formed JSON.")
        yield record
        if record.problem == _BROKEN:
            return
    if window.damaged or (start == "[" and not character):
        yield Record(number + 1, {}, b"", _BROKEN)


_BROKEN = "the JSON is not well-formed from here on, so nothing after it could be read"


def _record(window: _Window, number: int) -> Record:
    decoder = json.JSONDecoder()
    while True:
        try:
            value, end = decoder.raw_decode(window.text, window.at)
        except (ValueError, RecursionError):
            too_long = len(window.text) - window.at > MAX_ROW_BYTES
            if not too_long and window.fill():
                continue
            return Record(number, {}, _bytes(window.text[window.at :]), _BROKEN)
        if end == len(window.text) and window.fill():
            continue  # a number at the end of a block may go on in the next
        original = _bytes(window.text[window.at : end])
        window.at = end
        if not isinstance(value, dict):
            return Record(number, {}, original, "the record is not a JSON object")
        if b"\\ud" in original.lower() or not _is_utf8(original):
            return _checked_text(Record(number, value, original, None))
        return Record(number, value, original, None)


def _checked_text(record: Record) -> Record:
    try:
        json.dumps(record.members, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return record._replace(members={}, problem="the record is not valid utf-8")
    return record


def _is_utf8(original: bytes) -> bool:
    try:
        original.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")[:MAX_ROW_BYTES]
