"""Progress on standard error: moving on a terminal, a line per step elsewhere, so that standard output stays clean."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline.services.draining import Remaining

QUIET_SECONDS: Final = 5.0
"""How often a step says where it is when nobody watches a terminal."""


class Reporter:
    """Says what is going on, with counts and rates."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.console = Console(stderr=True, quiet=quiet, highlight=False)
        self._said_at = 0.0

    def say(self, sentence: str) -> None:
        """One sentence on a line of its own."""
        self.console.print(sentence, style="dim", soft_wrap=True)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Show a step from its beginning to its end."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
        )
        moving = self.console.is_terminal and not self.console.quiet
        started = time.monotonic()
        with Progress(*columns, console=self.console, transient=True, disable=not moving) as progress:
            step = Step(self, progress, name)
            yield step
        took = time.monotonic() - started
        self.say(f"{name}: {step.summary(took)}")


class Step:
    """One step under way."""

    def __init__(self, reporter: Reporter, progress: Progress, name: str) -> None:
        self._reporter, self._progress, self._name = reporter, progress, name
        self._task = progress.add_task(name, total=None, rate="")
        self._started = self._said_at = time.monotonic()
        self._events = 0
        self._most = 0

    def sent(self, events: int, size_bytes: int) -> None:
        """So many events, of so many bytes, were acknowledged so far."""
        self._events = events
        seconds = time.monotonic() - self._started
        rate = f"{events / max(seconds, 1e-6):,.0f} events/s, {size_bytes / 1e6:,.1f} MB"
        self._progress.update(self._task, completed=events, rate=rate)
        self._now_and_then(f"{self._name}: {events:,} events, {rate}")

    def left(self, left: Remaining) -> None:
        """So many records are still on their way."""
        self._most = max(self._most, left.total)
        done = self._most - left.total
        seconds = time.monotonic() - self._started
        rate = f"{done / max(seconds, 1e-6):,.0f} events/s"
        self._progress.update(self._task, total=self._most, completed=done, rate=rate)
        self._now_and_then(f"{self._name}: {left.before_intake:,} before intake, {left.before_lake:,} before the lake")

    def answered(self, done: int, of: int) -> None:
        """So many texts of so many are answered."""
        seconds = time.monotonic() - self._started
        rate = f"{done / max(seconds, 1e-6):,.0f} texts/s"
        self._progress.update(self._task, total=of, completed=done, rate=rate)
        self._now_and_then(f"{self._name}: {done:,} of {of:,} texts, {rate}")

    def summary(self, seconds: float) -> str:
        """How it went, in a few words."""
        if self._events:
            return f"{self._events:,} events in {seconds:.1f} s ({self._events / max(seconds, 1e-6):,.0f} events/s)"
        return f"{seconds:.1f} s"

    def _now_and_then(self, sentence: str) -> None:
        now = time.monotonic()
        if not self._reporter.console.is_terminal and now - self._said_at >= QUIET_SECONDS:
            self._said_at = now
            self._reporter.say(sentence)


def stdout_console() -> Console:
    """Where answers go: coloured on a terminal, plain in a pipe."""
    return Console(file=sys.stdout, highlight=False)
