"""What `vidhuk live` shows of windows."""

from __future__ import annotations

import io

from rich.console import Console

from pipeline.cli.live import windows_table
from tests.taxonomies import telecom


def test_categories_have_their_labels_and_channels_are_no_markup() -> None:
    figures = {"window_start_us": 0, "feedback": 1_200, "complaints": 3, "safety": 0}
    windows = [{"channel": "[b]kiosk", "category": name, **figures} for name in ("app_and_shops", "elsewhere", "")]
    out = io.StringIO()
    Console(file=out, width=100).print(windows_table(windows, telecom().label))
    lines = out.getvalue().splitlines()[1:]
    assert [" ".join(line.split()) for line in lines] == [
        "1970-01-01 00:00 [b]kiosk App, website, shops 1,200 3 0",
        "1970-01-01 00:00 [b]kiosk elsewhere 1,200 3 0",
        "1970-01-01 00:00 [b]kiosk 1,200 3 0",
    ]
