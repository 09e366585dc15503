"""`make bench`: throughput of the whole path and of each stage, in events per second and CPU core of the workers.

usage: python -m benchmarks.run [EVENTS]

The whole path runs on the local Kafka: a backlog of simulated events is published first, then one intake and one
ledger worker are started and their CPU seconds taken when all of it has landed. Starting them is part of the figure.
"""

from __future__ import annotations

import sys
import tempfile
import time
from functools import partial

from benchmarks.measure import Figure, cpu_seconds_of, table
from benchmarks.stages import stage_figures
from pipeline.bootstrap.lines import open_line
from pipeline.cli.reporter import Reporter
from pipeline.services.running import Source
from pipeline.settings import Settings
from pipeline.simulator import simulate
from streams.worker import collect_garbage_seldom

EVENTS = 1_000_000


def whole_path(events: int) -> list[Figure]:
    """CPU seconds of the workers for a backlog of `events`, by role and together."""
    with tempfile.TemporaryDirectory() as home, open_line(Settings(home=home), Reporter()) as line:
        line.workers.stop()
        receipt = line.publish(Source("simulation", partial(simulate, events, 1)))
        line.workers.start()
        began = time.monotonic()
        line.drain()
        seconds = time.monotonic() - began
        spent = {role: cpu_seconds_of(pid) for role, pid in line.workers.pids().items()}
        counts = line.account([receipt])
        counts.check()
    print(f"{events:,} events landed in {seconds:.1f} s: {events / seconds:,.0f} a second on the clock\n")
    figures = [Figure(f"{role} worker, start to finish", events, (cpu,)) for role, cpu in spent.items()]
    return [*figures, Figure("whole path (both workers)", events, (sum(spent.values()),))]


def main() -> None:
    """Print the table that `docs/performance.md` holds."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    collect_garbage_seldom()  # as workers do
    stages = stage_figures(min(events, 100_000))
    print(table([*stages, *whole_path(events)]))


if __name__ == "__main__":
    main()
