"""What two lakes say differently: rows of each table that only one of them holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.domain.lake_tables import TABLES
from warehouse.case_truth import holding
from warehouse.digest import CONTENT, EVERYTHING, row_hashes
from warehouse.lake import DeltaLake

SAMPLE: Final = 5
_PLACE: Final = ("log", "partition", "offset")
_KIND: Final = ("type", "reason", "step", "clock", "change")
"""What may be shown of a row beside its place: no words of a person and no identifier."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One table: rows in both, rows that only one lake holds, and where a few of these stand."""

    table: str
    both: int
    only_a: int
    only_b: int
    sample_a: list[dict[str, Any]]
    sample_b: list[dict[str, Any]]

    @property
    def differences(self) -> int:
        """Rows that one lake holds and the other does not."""
        return self.only_a + self.only_b


def differences(a: DeltaLake, b: DeltaLake, *, every_row: bool = False) -> list[Difference]:
    """The difference of each table by content, as the digest takes it, or of `every_row` with where and when it stands.

    Rows count as often as they are there, but for dead letters' content, which counts once.
    """
    columns = EVERYTHING if every_row else CONTENT
    sides = [_Side(lake, columns, every_row=every_row) for lake in (a, b)]
    return [_difference(table, *sides) for table in columns]


class _Side:
    """One of the two lakes, as files of one moment."""

    def __init__(self, lake: DeltaLake, columns: Mapping[str, Sequence[str]], *, every_row: bool) -> None:
        self._columns = columns
        self._every_row = every_row
        self.files = {table: lake.files(table) for table in TABLES}
        self._holds = {} if every_row else holding(self.files)

    def hashes(self, table: str) -> NDArray[np.void]:
        """One value per row, equal for equal rows."""
        hashes = row_hashes(
            self.files[table], self._columns[table], self._holds.get(table), stated_times=not self._every_row
        )
        return np.ascontiguousarray(hashes).view(np.dtype((np.void, hashes.shape[1]))).reshape(-1)

    def counts_once(self, table: str) -> bool:
        return table == "dead_letters" and not self._every_row

    def sample(self, table: str, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
        """Where these rows stand, and of what kind they are."""
        names = [name for name in (*_PLACE, *_KIND) if name in TABLES[table].names]
        if not len(rows):
            return []
        every = pa.concat_tables([pq.read_table(file, columns=names) for file in self.files[table]])
        holds = self._holds.get(table)
        found: list[dict[str, Any]] = (every if holds is None else every.filter(holds)).take(rows).to_pylist()
        return found


def _difference(table: str, a: _Side, b: _Side) -> Difference:
    hashes = [side.hashes(table) for side in (a, b)]
    values, codes = np.unique(np.concatenate(hashes), return_inverse=True)
    ours, theirs = codes[: len(hashes[0])], codes[len(hashes[0]) :]
    counts = [np.bincount(each, minlength=len(values)) for each in (ours, theirs)]
    if a.counts_once(table):
        counts = [np.minimum(each, 1) for each in counts]
    surplus = counts[0] - counts[1]
    return Difference(
        table=table,
        both=int(np.minimum(*counts).sum()),
        only_a=int(surplus[surplus > 0].sum()),
        only_b=int(-surplus[surplus < 0].sum()),
        sample_a=a.sample(table, np.flatnonzero(surplus[ours] > 0)[:SAMPLE]),
        sample_b=b.sample(table, np.flatnonzero(surplus[theirs] < 0)[:SAMPLE]),
    )
