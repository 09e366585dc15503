"""Tumbling windows over event time, and the live figures kept for each.

A window is the half-open interval [start, start + length) in integer microseconds UTC; windows tile the whole line,
also before 1970. An event belongs to the window of its own time however late it comes: nothing is dropped.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import add
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

FEEDBACK_TYPE: Final = "vidhuk.feedback.submitted.v1"
RATING_UNITS: Final = 1_000_000
RATING_LIMIT: Final = 1e6
"""Ratings are summed as whole millionths, so that any order of adding gives the same sum; larger ones do not count."""

CELL_SCHEMA: Final = pa.schema(
    [
        pa.field("window_start_us", pa.int64()),
        pa.field("channel", pa.string()),
        pa.field("category", pa.string()),
        pa.field("events", pa.int64()),
        pa.field("feedback", pa.int64()),
        pa.field("complaints", pa.int64()),
        pa.field("negative", pa.int64()),
        pa.field("safety", pa.int64()),
        pa.field("rating_count", pa.int64()),
        pa.field("rating_units", pa.int64()),
    ]
)
"""One row per window × channel × category; an absent channel or category is the empty string."""

MEASURES: Final = tuple(CELL_SCHEMA.names[3:])
_KEYS: Final = CELL_SCHEMA.names[:3]


class Cell(NamedTuple):
    """What the figures of one row of `CELL_SCHEMA` are about."""

    window_start_us: int
    channel: str
    category: str


Figures = tuple[int, ...]
"""Values in the order of `MEASURES`."""


def window_starts(times_us: NDArray[np.int64], window_us: int) -> NDArray[np.int64]:
    """The start of the window that each instant falls into."""
    return times_us - np.mod(times_us, window_us)


def count_cells(events: pa.Table, window_us: int) -> pa.Table:
    """The cells that `events` (rows of the lake table) fall into, with their own counts: `CELL_SCHEMA`."""
    times = events.column("time").cast(pa.int64()).to_numpy()
    feedback = pc.equal(events.column("type"), FEEDBACK_TYPE)
    rated = pc.and_(pc.is_finite(events.column("rating")), pc.less_equal(pc.abs(events.column("rating")), RATING_LIMIT))
    rated = pc.and_(feedback, pc.fill_null(rated, fill_value=False))
    units = pc.floor(pc.add(pc.multiply(pc.if_else(rated, events.column("rating"), 0.0), float(RATING_UNITS)), 0.5))
    rows = pa.table(
        {
            "window_start_us": window_starts(times, window_us),
            "channel": pc.fill_null(events.column("channel"), fill_value=""),
            "category": pc.fill_null(events.column("category"), fill_value=""),
            "events": pa.array(np.ones(events.num_rows, np.int64)),
            "feedback": feedback.cast(pa.int64()),
            "complaints": _both(feedback, pc.equal(events.column("record_class"), "complaint")),
            "negative": _both(feedback, pc.equal(events.column("sentiment"), "negative")),
            "safety": _both(feedback, events.column("safety")),
            "rating_count": rated.cast(pa.int64()),
            "rating_units": units.cast(pa.int64()),
        }
    )
    sums = rows.group_by(_KEYS).aggregate([(name, "sum") for name in MEASURES])
    return sums.rename_columns([name.removesuffix("_sum") for name in sums.column_names]).select(CELL_SCHEMA.names)


def _both(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.and_(left, pc.fill_null(right, fill_value=False)).cast(pa.int64())


def cells_of(table: pa.Table) -> Iterator[tuple[Cell, Figures]]:
    """The rows of a `CELL_SCHEMA` table."""
    starts, *measures = (table.column(name).to_numpy().tolist() for name in (CELL_SCHEMA.names[0], *MEASURES))
    channels, categories = (_words(table.column(name)) for name in _KEYS[1:])
    return zip(map(Cell, starts, channels, categories), zip(*measures, strict=True), strict=True)


def _words(column: pa.ChunkedArray) -> list[str]:
    """Values of a column of few distinct words, each made once."""
    coded = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    chunk = coded.combine_chunks()
    words = chunk.dictionary.to_pylist()
    return [words[index] for index in chunk.indices.to_pylist()]


@dataclass(frozen=True, slots=True)
class Changed:
    """The new totals of the cells that a batch changed; nothing is kept of it until `LiveWindows.apply`."""

    cells: Mapping[Cell, Figures]


class LiveWindows:
    """The live cells of one partition: always what the lake holds for it, newest windows in memory.

    At most `limit` cells stay in memory; beyond that the oldest windows leave. Windows from `floor_us` on are complete
    in memory; an older one is either held whole (restored) or unknown and must be restored before it is added to.
    """

    def __init__(self, limit: int, floor_us: int | None = None) -> None:
        """`floor_us` None means that memory holds every window there is."""
        self.limit = limit
        self.floor_us = floor_us
        self._windows: dict[int, dict[Cell, Figures]] = {}
        self._order: list[int] = []
        self._cells = 0

    def __len__(self) -> int:
        return self._cells

    def unknown(self, windows: Iterable[int]) -> list[int]:
        """Which of these windows must be restored from the lake first."""
        if self.floor_us is None:
            return []
        return sorted({start for start in windows if start < self.floor_us and start not in self._windows})

    def restore(self, windows: Iterable[int], cells: Iterable[tuple[Cell, Figures]]) -> None:
        """Hold `windows` whole: `cells` are all that the lake has of them (some may have none)."""
        for start in windows:
            self._window(start)
        self._keep(cells)

    def change(self, counted: pa.Table) -> Changed:
        """New totals once `counted` (`CELL_SCHEMA`, every window known) is added."""
        changed: dict[Cell, Figures] = {}
        for cell, figures in cells_of(counted):
            held = self._windows.get(cell[0])
            old = held.get(cell) if held else None
            changed[cell] = figures if old is None else tuple(map(add, old, figures))
        return Changed(changed)

    def apply(self, changed: Changed) -> None:
        """Keep the new totals, and let the oldest windows leave if there are too many cells."""
        self._keep(changed.cells.items())
        self.evict()

    def evict(self) -> None:
        """Let the oldest windows leave until `limit` holds; the newest always stays."""
        while self._cells > self.limit and len(self._windows) > 1:
            start = heapq.heappop(self._order)
            self._cells -= len(self._windows.pop(start))
            after = self._order[0]
            self.floor_us = after if self.floor_us is None else max(self.floor_us, after)

    def totals(self, cells: Iterable[Cell]) -> Changed:
        """The held totals of those of `cells` that are in memory."""
        held = ((cell, self._windows.get(cell.window_start_us, {}).get(cell)) for cell in cells)
        return Changed({cell: figures for cell, figures in held if figures is not None})

    def _window(self, start: int) -> dict[Cell, Figures]:
        window = self._windows.get(start)
        if window is None:
            window = self._windows[start] = {}
            heapq.heappush(self._order, start)
        return window

    def _keep(self, cells: Iterable[tuple[Cell, Figures]]) -> None:
        for cell, figures in cells:
            window = self._windows.get(cell[0])
            if window is None:
                window = self._window(cell[0])
            before = len(window)
            window[cell] = figures
            self._cells += len(window) - before
