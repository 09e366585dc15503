"""CloudEvents that somebody wrote already, one a line: passed on byte for byte, for the intake to judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from pipeline.importers.chunks import batches, refused
from pipeline.importers.files import opened, physical_lines
from pipeline.ports import ImportChunk

_MAX_KEY_BYTES = 4_096
"""A longer key is no key: beside its value it could outgrow a Kafka record."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _Routing(msgspec.Struct):
    partitionkey: str | None = None
    subject: str | None = None
    id: str | None = None


class _NumberedLine(NamedTuple):
    line: int
    original: bytes
    problem: str | None

    @property
    def weight(self) -> int:
        return len(self.original)


_routing = msgspec.json.Decoder(_Routing).decode


class CloudEventsImporter:
    """Reads files of one structured CloudEvent in JSON a line."""

    def __call__(self, path: str) -> Iterator[ImportChunk]:
        """Every line that is not blank, without its line end; what a line holds is the intake's business.

        Only a line too long for a Kafka record is `Unmappable`. The key is the event's `partitionkey`, else its
        `subject`, else its `id`, and None where none can be read.
        """
        with opened(path) as stream:
            if stream.peek(3).startswith(_BYTE_ORDER_MARK):
                stream.read(3)
            lines = (
                _NumberedLine(number, raw.rstrip(b"\r\n"), problem)
                for number, (raw, problem) in enumerate(physical_lines(stream), 1)
            )
            for batch in batches(line for line in lines if line.original.strip() or line.problem is not None):
                yield _chunk(batch)


def _chunk(batch: list[_NumberedLine]) -> ImportChunk:
    chunk = ImportChunk()
    for line in batch:
        if line.problem is not None:
            chunk.unmappable.append(refused(line, f"{line.problem}."))
        else:
            chunk.keys.append(_key(line.original))
            chunk.values.append(line.original)
    return chunk


def _key(value: bytes) -> bytes | None:
    try:
        found = _routing(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    key = (found.partitionkey or found.subject or found.id or "").encode("utf-8", "surrogatepass")
    return key if 0 < len(key) <= _MAX_KEY_BYTES else None
