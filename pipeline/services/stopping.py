"""Commands that go on until somebody tells them to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable


def until_told_to_stop(work: Callable[[], None], *, every_seconds: float) -> None:
    """Call `work` now and every so often until SIGTERM or SIGINT comes."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    work()
    while not told.wait(every_seconds):
        work()
