"""Measuring: CPU seconds of this process or of workers, and a table of what came out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figure:
    """One stage: events, and CPU seconds of each repetition."""

    stage: str
    events: int
    cpu_seconds: tuple[float, ...]

    @property
    def events_per_core_second(self) -> float:
        """Events for each CPU second, at the median of the repetitions."""
        return self.events / median(self.cpu_seconds)

    @property
    def cpu_seconds_per_million(self) -> float:
        """CPU seconds for a million events, at the median of the repetitions."""
        return 1e6 * median(self.cpu_seconds) / self.events


class CpuClock:
    """CPU seconds spent between entering and leaving."""

    seconds = 0.0


@contextmanager
def cpu_clock() -> Iterator[CpuClock]:
    """CPU seconds of this process, all its threads."""
    clock, began = CpuClock(), time.process_time()
    yield clock
    clock.seconds = time.process_time() - began


def cpu_seconds_of(pid: int) -> float:
    """User and system seconds of a running process so far, all its threads (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def measured(stage: str, events: int, work: Callable[[], object], *, repetitions: int = 3) -> Figure:
    """`work` on `events` events, in this process, after one run that is not counted."""
    work()
    seconds = []
    for _ in range(repetitions):
        with cpu_clock() as clock:
            work()
        seconds.append(clock.seconds)
    return Figure(stage, events, tuple(seconds))


def table(figures: list[Figure]) -> str:
    """Markdown: what `docs/performance.md` holds."""
    lines = ["| stage | events/s per core | CPU seconds per million | share of the whole path |", "|---|---|---|---|"]
    whole = figures[-1].cpu_seconds_per_million
    for figure in figures:
        cost = figure.cpu_seconds_per_million
        lines.append(f"| {figure.stage} | {figure.events_per_core_second:,.0f} | {cost:.1f} | {cost / whole:.0%} |")
    return "\n".join(lines)
