from __future__ import annotations

import msgspec

from streams.live import sum_over_partitions


def cell(start: int, channel: str | None, partition: int, **measures: float) -> bytes:
    return msgspec.json.encode(
        {
            "window_start_us": start,
            "window_end_us": start + 10,
            "channel": channel,
            "category": "delivery",
            "partition": partition,
            **measures,
        }
    )


def test_measures_of_one_window_are_added_up_over_partitions() -> None:
    (row,) = sum_over_partitions([cell(0, "email", 0, events=3, rating_sum=4.5), cell(0, "email", 1, events=2)])
    assert row == {
        "window_start_us": 0,
        "window_end_us": 10,
        "channel": "email",
        "category": "delivery",
        "events": 5,
        "rating_sum": 4.5,
    }


def test_windows_come_in_order_of_time_then_channel() -> None:
    values = [cell(20, "web", 0, n=1), cell(3, "web", 0, n=1), cell(20, None, 0, n=1), cell(20, "email", 0, n=1)]
    rows = sum_over_partitions(values)
    assert [(row["window_start_us"], row["channel"]) for row in rows] == [
        (3, "web"),
        (20, None),
        (20, "email"),
        (20, "web"),
    ]
