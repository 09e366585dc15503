"""What the earlier rows of a row's case say: whether there are any, and what each watched column held last.

A case is all rows of a file with one id. Its rows happened in the order of their time, then their sequence, then their
place in the file, wherever they stand: the same order in which the fold takes the events that they give. Every row
that has its place counts as a row of its case, also when it is refused for something else, so that putting a row
right changes no other.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest

from pipeline.domain.errors import UsageError
from pipeline.domain.instants import microseconds
from pipeline.importers.cells import FIRST, LINE, CellCompiler, Cells, Reader, label_of, was
from pipeline.importers.envelopes import UnmappableRowError
from pipeline.importers.mapping import MAX_EVENTS, CaseMapping, CsvMapping
from pipeline.importers.rows import Row

MAX_SEQUENCE: Final = (2**63 - 1) // MAX_EVENTS - 1
"""The greatest sequence of a row: those of its events still fit 64 bits."""
_NOTHING: Final = ""
_microseconds = lru_cache(maxsize=65_536)(microseconds)


def watched_columns(mapping: CsvMapping) -> tuple[str, ...]:
    """Columns of which conditions ask what they were."""
    conditions = (condition for event in mapping.events for condition in event.when)
    found = (condition.column for condition in conditions if condition.looks_back and condition.column is not None)
    return tuple(dict.fromkeys(found))


def looks_back(mapping: CsvMapping) -> bool:
    """Whether any event of the mapping depends on other rows than its own."""
    return any(condition.looks_back for event in mapping.events for condition in event.when)


def added_cells(mapping: CsvMapping) -> tuple[str, ...]:
    """Names of the cells that `CaseRows.complete` adds to each row, in order."""
    if mapping.case is None:
        return ()
    if not looks_back(mapping):
        return (LINE,)
    return (LINE, FIRST, *(was(column) for column in watched_columns(mapping)))


class CaseReader:
    """Reads what places a row in its case, and what is watched there; bound to the columns of one file.

    Raises `UsageError` when the file lacks one of them.
    """

    def __init__(self, mapping: CsvMapping, case: CaseMapping, compiler: CellCompiler) -> None:
        self.is_ordered = case.time is not None or case.sequence is not None
        self.watched = [compiler.text(column) for column in watched_columns(mapping)]
        self._column = case.id_column
        self._id = compiler.text(case.id_column)
        self._time = None if case.time is None else (compiler.rule(case.time, "instant"), label_of(case.time))
        self._sequence = (
            None if case.sequence is None else (compiler.rule(case.sequence, "integer"), label_of(case.sequence))
        )

    def place(self, cells: Cells) -> tuple[str, int, int]:
        """Case, time (µs) and sequence of a row, 0 where the mapping names none; raises `UnmappableRowError`."""
        case = self._id(cells)
        if case is None:
            raise UnmappableRowError(f'Column "{self._column}" is empty, and it says which case the row belongs to.')
        time = sequence = 0
        if self._time is not None:
            read, label = self._time
            moment = read(cells)
            if not isinstance(moment, datetime):
                raise UnmappableRowError(f"{label} is empty, and it says when it happened.")
            time = _microseconds(moment)
        if self._sequence is not None:
            read, label = self._sequence
            sequence = checked_sequence(read, label, cells)
        return case, time, sequence


def checked_sequence(read: Reader, label: str, cells: Cells) -> int:
    """A sequence that can be compared: whole, not negative, and not beyond `MAX_SEQUENCE`."""
    number = read(cells)
    if not isinstance(number, int):
        raise UnmappableRowError(f"{label} is empty, and it says the order of events of one time.")
    if not 0 <= number <= MAX_SEQUENCE:
        raise UnmappableRowError(f"{label} is not a sequence number: those are 0 to {MAX_SEQUENCE}.")
    return number


class CaseRows(Protocol):
    """Adds cells to the rows of a file, batch by batch in file order."""

    def complete(self, batch: Sequence[Row]) -> list[Row]:
        """The same rows with the `added_cells`; one without a place in a case carries a problem instead."""


class Unrelated:
    """Rows of a file whose events depend on nothing but their row: no cells are added but the line, if any is."""

    def __init__(self, *, with_line: bool) -> None:
        self._with_line = with_line

    def complete(self, batch: Sequence[Row]) -> list[Row]:
        """See `CaseRows`."""
        if self._with_line:
            for row in batch:
                row.cells.append(str(row.line))
        return list(batch)


class InFileOrder:
    """Rows that happened in file order. Remembers the last values of each case: memory by cases, never by rows."""

    def __init__(self, reader: CaseReader) -> None:
        self._place, self._watched = reader.place, reader.watched
        self._nothing = (_NOTHING,) * len(self._watched)
        self._last: dict[str, tuple[str, ...]] = {}
        self._shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        """Each combination of last values once, however many cases stand there."""

    def complete(self, batch: Sequence[Row]) -> list[Row]:
        """See `CaseRows`."""
        return [row if row.problem is not None else self._completed(row) for row in batch]

    def _completed(self, row: Row) -> Row:
        cells = row.cells
        try:
            case, _, _ = self._place(cells)
        except UnmappableRowError as error:
            return _misplaced(row, error)
        before = self._last.get(case)
        last = before if before is not None else self._nothing
        now = tuple([read(cells) or held for read, held in zip(self._watched, last, strict=True)])
        if now != before:
            self._last[case] = self._shared.setdefault(now, now)
        cells += (str(row.line), _NOTHING if before is not None else FIRST, *last)
        return row


class InStatedOrder:
    """Rows that happened in the order of their time and sequence, whatever their order in the file.

    Made of a first reading of the whole file. It holds about 100 bytes a row while it sorts, and after that 2 bytes a
    row and 4 more for each watched column, beside each distinct value of such a column once.
    """

    def __init__(self, reader: CaseReader, rows: Iterable[Row], path: str) -> None:
        self._place, self._path = reader.place, path
        self._columns = [_Watched(read) for read in reader.watched]
        self._is_placed = np.empty(0, np.bool_)
        order, starts = _sorted(self._read(rows))
        self._is_first = np.zeros(len(order), np.bool_)
        self._is_first[order[starts]] = True
        for column in self._columns:
            column.look_back(order, starts)
        self._row = 0
        self._placed_row = 0

    def _read(self, rows: Iterable[Row]) -> list[npt.NDArray[np.int64]]:
        """The keys that order the placed rows, least first; notes which rows are placed, and what is watched."""
        placed, cases, times, sequences = bytearray(), array("Q"), array("q"), array("q")
        place, columns = self._place, self._columns
        for row in rows:
            if row.problem is not None:
                continue
            try:
                case, time, sequence = place(row.cells)
            except UnmappableRowError:
                placed.append(0)
                continue
            placed.append(1)
            cases.append(xxh3_64_intdigest(case.encode()))
            times.append(time)
            sequences.append(sequence)
            for column in columns:
                column.append(row.cells)
        self._is_placed = np.frombuffer(bytes(placed), np.bool_)
        return [np.frombuffer(key, np.int64) for key in (sequences, times, cases)]

    def complete(self, batch: Sequence[Row]) -> list[Row]:
        """See `CaseRows`."""
        readable = sum(row.problem is None for row in batch)
        placed = self._is_placed[self._row : self._row + readable].tolist()
        start, stop = self._placed_row, self._placed_row + sum(placed)
        self._row, self._placed_row = self._row + readable, stop
        if len(placed) < readable:
            raise UsageError(f"{self._path}: the file has grown while it was read; import it again.")
        first = [FIRST if is_first else _NOTHING for is_first in self._is_first[start:stop].tolist()]
        added = iter(zip(first, *(column.before(start, stop) for column in self._columns), strict=True))
        verdicts = iter(placed)
        return [row if row.problem is not None else self._completed(row, next(verdicts), added) for row in batch]

    def _completed(self, row: Row, is_placed: bool, added: Iterable[tuple[str, ...]]) -> Row:  # noqa: FBT001 - of one zip
        if is_placed:
            row.cells.append(str(row.line))
            row.cells.extend(next(iter(added)))
            return row
        try:
            self._place(row.cells)
        except UnmappableRowError as error:
            return _misplaced(row, error)
        raise UsageError(f"{self._path}: the file has changed while it was read; import it again.")


class _Watched:
    """One watched column over all placed rows, as codes: what each row's case held there before."""

    def __init__(self, read: Callable[[Cells], str | None]) -> None:
        self._read = read
        self._codes = array("i")
        self._code_of: dict[str, int] = {}
        self._before: npt.NDArray[np.int32] = np.empty(0, np.int32)
        self._values: list[str] = []

    def append(self, cells: Cells) -> None:
        """Take the column's value of the next placed row."""
        cell = self._read(cells)
        self._codes.append(-1 if cell is None else self._code_of.setdefault(cell, len(self._code_of)))

    def look_back(self, order: npt.NDArray[np.intp], starts: npt.NDArray[np.intp]) -> None:
        """Find the value before each row; `order` sorts the rows into cases, which begin at `starts` of it."""
        codes = np.frombuffer(self._codes, np.int32)[order]
        at = np.arange(len(codes))
        case_start = np.zeros(len(codes), np.intp)
        case_start[starts] = starts
        case_start = np.maximum.accumulate(case_start)
        held = np.maximum.accumulate(np.where(codes >= 0, at, -1))  # the last row at or before each that has a value
        earlier = np.concatenate((np.array([-1]), held[:-1])) if len(codes) else held
        self._before = np.full(len(codes), -1, np.int32)
        self._before[order] = np.where(earlier >= case_start, codes[earlier], -1)
        self._values = [*self._code_of, _NOTHING]  # code -1 is the last one, nothing
        self._codes = array("i")

    def before(self, start: int, stop: int) -> list[str]:
        """The value before each of these placed rows, empty when there is none."""
        values = self._values
        return [values[code] for code in self._before[start:stop].tolist()]


def _sorted(keys: Sequence[npt.NDArray[np.int64]]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The order of rows by the last key, the one before it …, at last place in the file; and where its values begin."""
    order = np.lexsort(keys)  # stable, so that equal rows stay in file order
    cases = keys[-1][order]
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, len(cases)), np.bool_), cases[1:] != cases[:-1])))
    return order, starts


def _misplaced(row: Row, error: UnmappableRowError) -> Row:
    return row._replace(problem=str(error).removesuffix("."))
