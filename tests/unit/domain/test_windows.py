"""Windows and the live cells.

-3600 s      0         3600 s      7200 s
   |---------|----------|----------|
a window is [start, start + length); before 1970 as after it
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipeline.domain.windows import CELL_SCHEMA, MEASURES, Cell, LiveWindows, cells_of, count_cells, window_starts
from pipeline.services.ledger_rows import event_rows
from tests.log_builders import START, a_batch, a_logged_event

HOUR_US = 3_600_000_000


@pytest.mark.parametrize(
    ("time_us", "start_us"),
    [(0, 0), (HOUR_US - 1, 0), (HOUR_US, HOUR_US), (-1, -HOUR_US), (-HOUR_US, -HOUR_US), (-HOUR_US - 1, -2 * HOUR_US)],
)
def test_a_window_holds_its_start_and_not_its_end(time_us: int, start_us: int) -> None:
    assert window_starts(np.array([time_us], np.int64), HOUR_US).tolist() == [start_us]


def a_count(*cells: tuple[int, str, int]) -> pa.Table:
    rows = [
        dict(zip(CELL_SCHEMA.names, (start, channel, "", events, *([0] * (len(MEASURES) - 1))), strict=True))
        for start, channel, events in cells
    ]
    return pa.Table.from_pylist(rows, schema=CELL_SCHEMA)


def test_counts_of_a_batch() -> None:
    complaint = a_logged_event(0, time=START)
    praise = a_logged_event(1, time=START, enrichclass="compliment", enrichsentiment="positive", enrichsafety=True)
    unrated = a_logged_event(2, time=START, data={"channel": "web", "text": "x"}, enrichcategory=None)
    step = a_logged_event(3, time=START, type="vidhuk.complaint.closed.v1", data={"case_id": "C", "channel": "web"})
    counted = dict(cells_of(count_cells(event_rows(a_batch([complaint, praise, unrated, step])), HOUR_US)))
    start = int(START.timestamp()) * 1_000_000
    by_name = {cell: dict(zip(MEASURES, figures, strict=True)) for cell, figures in counted.items()}
    assert by_name[Cell(start, "email", "delivery")] == {
        "events": 2,
        "feedback": 2,
        "complaints": 1,
        "negative": 1,
        "safety": 1,
        "rating_count": 2,
        "rating_units": 4_000_000,
    }
    assert by_name[Cell(start, "web", "")]["rating_count"] == 0
    assert by_name[Cell(start, "web", "delivery")]["feedback"] == 0


def test_totals_grow_and_only_changed_cells_are_said() -> None:
    windows = LiveWindows(10)
    windows.apply(windows.change(a_count((0, "a", 1), (0, "b", 2))))
    changed = windows.change(a_count((0, "a", 4)))
    assert [(cell.channel, figures[0]) for cell, figures in changed.cells.items()] == [("a", 5)]


def test_what_was_not_applied_is_forgotten() -> None:
    windows = LiveWindows(10)
    windows.change(a_count((0, "a", 1)))
    assert next(iter(windows.change(a_count((0, "a", 1))).cells.values()))[0] == 1


def test_the_oldest_window_leaves_first_and_is_unknown_from_then_on() -> None:
    windows = LiveWindows(2)
    windows.apply(windows.change(a_count((0, "a", 1), (HOUR_US, "a", 1), (2 * HOUR_US, "a", 1))))
    assert len(windows) == 2
    assert windows.unknown([0, HOUR_US, 2 * HOUR_US, 3 * HOUR_US, -HOUR_US]) == [-HOUR_US, 0]
    windows.restore([0], [(Cell(0, "a", ""), (1,) * len(MEASURES))])
    assert windows.unknown([0]) == []
    assert next(iter(windows.change(a_count((0, "a", 1))).cells.values()))[0] == 2
