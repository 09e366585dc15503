from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.domain.logs import landed_order


def order(*rows: tuple[str, int, int]) -> list[tuple[str, int]]:
    """(log, offset) of rows (log, offset, recorded) in the order in which they were landed."""
    logs, offsets, recorded = zip(*rows, strict=True)
    found = landed_order(pa.chunked_array([logs]), np.array(offsets), np.array(recorded))
    return [(logs[at], offsets[at]) for at in found]


def test_within_a_log_offsets_say_the_order_whatever_the_clock_said() -> None:
    assert order(("a", 3, 1), ("a", 1, 9), ("a", 2, 5)) == [("a", 1), ("a", 2), ("a", 3)]


def test_a_home_that_went_to_another_log_and_back_reads_its_rows_as_it_landed_them() -> None:
    rows = [("a", 0, 1), ("a", 1, 2), ("b", 0, 3), ("b", 1, 4), ("a", 2, 5)]
    assert order(*reversed(rows)) == [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("a", 2)]


def test_a_clock_that_went_back_within_a_log_moves_nothing_before_what_was_landed() -> None:
    assert order(("a", 0, 7), ("a", 1, 2), ("b", 0, 9)) == [("a", 0), ("a", 1), ("b", 0)]


def test_no_rows_have_an_order_too() -> None:
    assert len(landed_order(pa.chunked_array([], pa.string()), np.array([], np.int64), np.array([], np.int64))) == 0
