"""Rules of a mapping, compiled against a file's columns into functions from a row's cells to a value."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from string import Formatter
from typing import Final

import msgspec

from pipeline.domain.errors import UsageError
from pipeline.importers.envelopes import UnmappableRowError
from pipeline.importers.mapping import Condition, CsvMapping, Rule, Scalar
from pipeline.importers.moments import instant_reader, rfc3339
from pipeline.importers.targets import Kind

Cells = Sequence[str]
Value = str | int | float | bool | datetime
Reader = Callable[[Cells], Value | None]
TextReader = Callable[[Cells], str | None]
Selector = Callable[[Sequence[Cells]], list[bool]]

FIRST: Final = "first"
"""Name of the added cell that is not empty in the first row of a case."""
LINE: Final = "line"
"""Name of the added cell that holds the line of the file on which the row begins."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_EXACT_DIGITS: Final = 18
"""Whole numbers of so many digits are read as they stand and not by way of a float."""
_TRUE = frozenset({"true", "yes", "y", "t", "1", "так"})
_FALSE = frozenset({"false", "no", "n", "f", "0", "ні"})


def was(column: str) -> str:
    """Name of the added cell that holds what a column held last in the case's earlier rows, empty when nothing."""
    return f"was {column}"


class CellCompiler:
    """Turns rules into readers for one file with these columns.

    `added` names cells that stand behind the file's own in every row that the readers are given: see `case_rows`.
    """

    def __init__(self, mapping: CsvMapping, columns: Sequence[str], path: str, added: Sequence[str] = ()) -> None:
        self._mapping, self._columns, self._path = mapping, columns, path
        self._added = {name: len(columns) + at for at, name in enumerate(added)}
        self._instants: dict[tuple[tuple[str, ...], str], Callable[[str], datetime]] = {}
        self._rows: Sequence[Cells] = ()
        self._read: dict[str, list[str | None]] = {}

    def index(self, column: str) -> int:
        """Where a column stands; raises `UsageError` naming the file, the column and what to do."""
        count = self._columns.count(column)
        if count == 1:
            return self._columns.index(column)
        if count > 1:
            raise UsageError(f'{self._path}: the column "{column}" stands {count} times in the header.')
        near = difflib.get_close_matches(column, self._columns, 1)
        if near:
            hint = f'did you mean "{near[0]}"?'
        elif len(self._columns) == 1 and any(mark in self._columns[0] for mark in ";\t|,"):
            hint = "its header looks like one column; set file.delimiter in the mapping."
        else:
            hint = f"a constant would be written {{ value = … }} in {self._mapping.path}."
        raise UsageError(f'{self._path}: there is no column "{column}", which the mapping names; {hint}')

    def text(self, column: str) -> TextReader:
        """Reads one column trimmed, None where it is empty by the mapping's `file.empty`."""
        at, empty = self.index(column), self._mapping.empty

        def read(cells: Cells) -> str | None:
            cell = cells[at].strip()
            return None if cell in empty else cell

        return read

    def has_added(self, name: str) -> bool:
        """Whether such a cell is added."""
        return name in self._added

    def added(self, name: str) -> Callable[[Cells], str]:
        """Reads one of the cells that were added behind the file's own, as it stands."""
        return itemgetter(self._added[name])

    def condition(self, condition: Condition) -> Selector:
        """Which rows give the event. An empty cell equals nothing, is in nothing and has not changed."""
        if condition.column is None:
            is_first, wanted_first = self.added(FIRST), condition.first
            return lambda rows: [(cell != "") is wanted_first for cell in map(is_first, rows)]
        if condition.looks_back:
            return self._of_earlier_rows(condition, condition.column)
        cells = self._whole(condition.column)
        if condition.present is not None:
            wanted = condition.present
            return lambda rows: [(cell is not None) is wanted for cell in cells(rows)]
        if condition.not_in is not None:
            refused = frozenset(condition.not_in)
            return lambda rows: [cell not in refused for cell in cells(rows)]
        accepted = frozenset(condition.one_of if condition.one_of is not None else (condition.equals,))
        return lambda rows: [cell in accepted for cell in cells(rows)]

    def _whole(self, column: str) -> Callable[[Sequence[Cells]], list[str | None]]:
        """Reads a column of some rows; once, however many conditions ask for it."""
        read = self.text(column)

        def cells(rows: Sequence[Cells]) -> list[str | None]:
            if rows is not self._rows:
                self._rows, self._read = rows, {}
            if column not in self._read:
                self._read[column] = list(map(read, rows))
            return self._read[column]

        return cells

    def _of_earlier_rows(self, condition: Condition, column: str) -> Selector:
        cells = self._whole(column)
        before = self.added(was(column))
        if condition.changed is not None:
            wanted = condition.changed
            return lambda rows: [
                cell is not None and (cell != held) is wanted
                for cell, held in zip(cells(rows), map(before, rows), strict=True)
            ]
        named = condition.was if condition.was is not None else condition.was_not
        values = frozenset((named,) if isinstance(named, str) else named or ())
        if condition.was is not None:
            return lambda rows: [held in values for held in map(before, rows)]
        return lambda rows: [held not in values for held in map(before, rows)]

    def rule(self, rule: Rule, kind: Kind) -> Reader:
        """Reads the value of a rule as its target wants it; the reader raises `UnmappableRowError`."""
        if rule.value is not None:
            constant = _constant(rule.value, kind)
            return lambda _cells: constant
        read, label = self._source(rule)
        convert = self._conversion(rule, kind, label)
        default = None if rule.default is None else _constant(rule.default, kind)
        if rule.map is not None:
            return _mapped(read, rule, kind, convert, default, label)
        if default is None and convert is str:
            return read

        def value(cells: Cells) -> Value | None:
            cell = read(cells)
            return default if cell is None else convert(cell)

        return value

    def instant_text(self, rule: Rule) -> Reader:
        """Reads the rule's value as a date and gives it as RFC 3339 text in UTC."""
        dated = msgspec.structs.replace(rule, format=rule.format if rule.format is not None else self._mapping.dates)
        convert = self._conversion(dated, "text", "the constant")
        try:
            constants = {
                name: convert(str(value))
                for name, value in (("value", rule.value), ("default", rule.default))
                if value is not None
            }
        except UnmappableRowError as error:
            raise UsageError(f"{self._mapping.path}: in an event's `time`, {error}") from error
        return self.rule(msgspec.structs.replace(dated, **constants), "text")

    def _source(self, rule: Rule) -> tuple[TextReader, str]:
        if rule.column is not None:
            return self.text(rule.column), label_of(rule)
        if rule.template is not None:
            return self._template(rule.template), label_of(rule)
        readers = [self.text(column) for column in rule.concat or rule.first or ()]
        if rule.concat is not None:
            separator = rule.separator
            return (lambda cells: separator.join(_present(readers, cells)) or None), label_of(rule)
        return (lambda cells: next(iter(_present(readers, cells)), None)), label_of(rule)

    def _template(self, template: str) -> TextReader:
        """`{Column}` replaced by its cell; None as soon as one of them is empty."""
        try:
            pieces = [(before, name) for before, name, _, _ in Formatter().parse(template)]
        except ValueError as error:
            raise UsageError(f"{self._mapping.path}: a template is not well-formed: {error}.") from error
        parts = [(before, self.text(name) if name is not None else None) for before, name in pieces]

        def read(cells: Cells) -> str | None:
            text = ""
            for before, reader in parts:
                cell = reader(cells) if reader is not None else ""
                if cell is None:
                    return None
                text += before + cell
            return text or None

        return read

    def _conversion(self, rule: Rule, kind: Kind, label: str) -> Callable[[str], Value]:
        if kind == "instant" or rule.format is not None or rule.timezone is not None:
            return self._instant(rule, kind, label)
        if kind == "text":
            return str
        if kind == "flag":
            return lambda cell: _flag(cell, label)
        decimal, thousands = self._mapping.decimal, self._mapping.thousands
        return lambda cell: _number(cell, kind, decimal, thousands, label)

    def _instant(self, rule: Rule, kind: Kind, label: str) -> Callable[[str], Value]:
        formats = rule.format if rule.format is not None else self._mapping.dates
        written = (formats,) if isinstance(formats, str) else formats
        zone_name = rule.timezone if rule.timezone is not None else self._mapping.timezone
        read = self._instants.get((written, zone_name))
        if read is None:  # what one column taught it, the next one knows
            read = self._instants[written, zone_name] = instant_reader(written, zone_name)

        @lru_cache(maxsize=65_536)
        def convert(cell: str) -> Value:
            try:
                moment = read(cell)
            except ValueError as error:
                raise UnmappableRowError(f"{label} {error}.") from None
            return moment if kind == "instant" else rfc3339(moment)

        return convert


def label_of(rule: Rule) -> str:
    """How a sentence names where a rule's value comes from."""
    if rule.column is not None:
        return f'column "{rule.column}"'
    if rule.template is not None:
        return "the template over " + " and ".join(
            f'"{name}"' for _, name, _, _ in Formatter().parse(rule.template) if name
        )
    named = rule.concat or rule.first
    return "columns " + " and ".join(f'"{column}"' for column in named) if named else "a constant of the mapping"


def _present(readers: Sequence[TextReader], cells: Cells) -> list[str]:
    return [cell for reader in readers if (cell := reader(cells)) is not None]


def _mapped(
    read: TextReader, rule: Rule, kind: Kind, convert: Callable[[str], Value], default: Value | None, label: str
) -> Reader:
    values = {cell: _constant(value, kind) for cell, value in (rule.map or {}).items()}
    other = None if rule.other is None else _constant(rule.other, kind)
    keep = rule.keep

    def value(cells: Cells) -> Value | None:
        cell = read(cells)
        if cell is None:
            return default
        found = values.get(cell, other)
        if found is not None:
            return found
        if keep:
            return convert(cell)
        raise UnmappableRowError(f"{label} holds a value that the mapping's `map` does not name.")

    return value


def _constant(value: Scalar, kind: Kind) -> Value:
    """A constant as its target wants it; what does not fit is left for the event's own check to refuse."""
    if kind == "text" and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _flag(cell: str, label: str) -> bool:
    lowered = cell.lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise UnmappableRowError(f"{label} is neither yes nor no.")


def _number(cell: str, kind: Kind, decimal: str, thousands: str, label: str) -> float | int:
    text = cell.replace(thousands, "") if thousands else cell
    if decimal != ".":
        # a point is then either the thousands mark, already gone, or a mistake
        text = text.replace(".", "?").replace(decimal, ".")
    if kind == "integer" and len(text) <= _EXACT_DIGITS and text.isascii() and text.isdecimal():
        return int(text)
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise UnmappableRowError(f"{label} is not a number.")
    if kind == "number":
        return number
    if not number.is_integer():
        raise UnmappableRowError(f"{label} is not a whole number.")
    return int(number)
