"""Time that passes: clocks of open cases run out and are told of, though nothing arrives."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from pipeline.domain.errors import DependencyError
from pipeline.domain.logs import in_log
from pipeline.domain.passing import Ends
from pipeline.ports import TopicPartition
from pipeline.services.case_alerts import breach_records
from pipeline.services.ledger import Ledger
from pipeline.services.open_cases import OpenCases
from pipeline.services.overdue import Overdue
from pipeline.settings import Settings
from streams.agents.ledger import send_all
from streams.known_ends import KnownEnds
from streams.sender import BatchSender
from streams.topics import ALERTS, EVENTS

if TYPE_CHECKING:
    import faust

TICK_SECONDS: Final = 1.0
"""How often time passes; an alert comes about so long after a clock ran out."""

_log: Final = logging.getLogger("vidhuk.cases")


def wall_clock_us() -> int:
    """Microseconds since 1970, as the machine has it."""
    return time.time_ns() // 1000


def passing_timer(
    app: faust.App,
    settings: Settings,
    ledger: Ledger,
    cases: OpenCases,
    sender: BatchSender,
    log_ids: Mapping[str, str],
    known_ends: KnownEnds,
    *,
    now_us: Callable[[], int] = wall_clock_us,
) -> None:
    """Define the timer on `app`. It works on the app's worker thread, never beside a group handler."""
    events, alerts = settings.topic(EVENTS), settings.topic(ALERTS)

    def ends(partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Ends]:
        landed = {tp.partition: at for tp, at in ledger.confirmed(partitions).items()}
        known = known_ends.of([tp.partition for tp in partitions], landed)
        return {tp: known[tp.partition] for tp in partitions if tp.partition in known}

    overdue = Overdue(cases, ends)

    def pass_time(reading: Collection[TopicPartition]) -> None:
        ours = [TopicPartition(in_log(tp.topic, log_ids[tp.topic]), tp.partition) for tp in reading]
        try:
            news = overdue.step(ours, now_us())
        except DependencyError as error:
            _log.warning("Time cannot pass for the open cases now: %s", error)
            return
        send_all(app, sender, alerts, {tp.partition: breach_records(each) for tp, each in news.items()})
        overdue.told()
        ledger.save_cases()

    @app.timer(interval=TICK_SECONDS, name="open cases")
    async def tick() -> None:
        reading = [tp for tp in app.consumer.reading() if tp.topic == events]
        if reading:
            await asyncio.get_running_loop().run_in_executor(app.transport.worker, pass_time, reading)


class KeptCases:
    """Keeps a last snapshot of the open cases when the worker leaves; enter it before the app starts."""

    def __init__(self, app: faust.App, ledger: Ledger) -> None:
        self._app = app
        self._ledger = ledger

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        """Once the app has stopped, on its worker thread."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._app.transport.worker, partial(self._ledger.save_cases, every=True))
