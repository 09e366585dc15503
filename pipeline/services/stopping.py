"""Commands that go on until somebody tells them to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

Told = Callable[[], bool]
"""Whether somebody has told it by now: what takes long asks, and ends early."""


def until_told_to_stop(work: Callable[[Told], None], *, every_seconds: float) -> None:
    """Call `work` now and every so often until SIGTERM or SIGINT comes."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    work(told.is_set)
    while not told.wait(every_seconds):
        work(told.is_set)
