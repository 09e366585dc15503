"""Answers on a terminal: a table where it fits, else one record below the other, and never a figure cut in two."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

LOOKED_AT: Final = 200
"""Rows by which the form of an answer is chosen; as many are held in memory at a time."""
LONGEST: Final = 40
"""A text of a table is folded beyond so many characters, where the terminal is too narrow for all of it."""

Row = Sequence[object]


def print_rows(console: Console, columns: Sequence[str], rows: Iterator[Row]) -> None:
    """Print an answer and how many rows it has, holding few of them at a time."""
    first = list(islice(rows, LOOKED_AT))
    is_number = [_is_number(row[place] for row in first) for place in range(len(columns))]
    count = 0
    if _fits(console, columns, first):
        pages, page = rows, first
        while page:
            console.print(_table(columns, page, is_number))
            count += len(page)
            page = list(islice(pages, LOOKED_AT))
        if not count:
            console.print(_table(columns, [], is_number))
    else:
        for row in chain(first, rows):
            count += 1
            console.print(_record(columns, row, count))
    console.print(f"{count:,} {'row' if count == 1 else 'rows'}", style="dim")


def shown(value: object) -> Text:
    """One value for people: numbers short, NULL unlike an empty text; never read as markup."""
    if value is None:
        return Text("NULL", style="dim")
    if isinstance(value, (bool, dict, list)):
        return Text(json.dumps(value, ensure_ascii=False))
    return Text(f"{value:.6g}" if isinstance(value, float) else str(value))


def _table(columns: Sequence[str], rows: Sequence[Row], is_number: Sequence[bool]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, right in zip(columns, is_number, strict=True):
        table.add_column(Text(name), justify="right" if right else "left", no_wrap=right, overflow="fold")
    for row in rows:
        table.add_row(*(shown(value) for value in row))
    return table


def _record(columns: Sequence[str], row: Row, number: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title=f"row {number:,}", title_justify="left")
    table.show_header = False
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in zip(columns, row, strict=True):
        table.add_row(Text(name), shown(value))
    return table


def _fits(console: Console, columns: Sequence[str], rows: Sequence[Row]) -> bool:
    """Whether every column can have its numbers and names whole, and its texts at least LONGEST wide."""
    needed = 0
    for place, name in enumerate(columns):
        widest = max((min(shown(row[place]).cell_len, LONGEST) for row in rows), default=0)
        needed += max(Text(name).cell_len, widest) + 2
    return needed - 2 <= console.width


def _is_number(values: Iterator[object]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known)
