"""What importers share in handing over their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Protocol, TypeVar

from pipeline.domain.rejection import Reason
from pipeline.ports import Unmappable

CHUNK_ROWS: Final = 5_000
"""Rows that are read before a chunk is handed over …"""
CHUNK_BYTES: Final = 16_000_000
"""… unless they weigh so much before, so that memory is bounded whatever a file holds."""


class _Placed(Protocol):
    @property
    def line(self) -> int: ...

    @property
    def original(self) -> bytes: ...

    @property
    def weight(self) -> int: ...


PlacedT = TypeVar("PlacedT", bound=_Placed)


def batches(rows: Iterable[PlacedT]) -> Iterator[list[PlacedT]]:
    """The rows in order, in lists of bounded length and weight."""
    batch: list[PlacedT] = []
    weight = 0
    for row in rows:
        batch.append(row)
        weight += row.weight
        if len(batch) >= CHUNK_ROWS or weight >= CHUNK_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def refused(row: _Placed, sentence: str) -> Unmappable:
    """The row as an unmappable one, for the reason that the sentence gives."""
    return Unmappable(
        line=row.line,
        original=row.original,
        reason=Reason.UNMAPPABLE_ROW.value,
        sentence=sentence[:1].upper() + sentence[1:],
    )
