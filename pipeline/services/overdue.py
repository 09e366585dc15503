"""Breaches that nobody's event shows: clocks that run out while nothing arrives, told of a few at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.domain.cases.fold import Breach
from pipeline.domain.passing import Ends, Mark, passing
from pipeline.ports import TopicPartition
from pipeline.services.open_cases import OpenCases

ALERTS_AT_ONCE: Final = 20_000
"""Alerts of one step, all partitions together: landing waits about a quarter of a second for so many."""
LOOKING_SHARE: Final = 0.05
"""Looking for what fell due takes no more than about this share of a worker's time, however much is overdue."""

ReadEnds = Callable[[Collection[TopicPartition]], Mapping[TopicPartition, Ends]]
"""How far inbox, intake, log and lake are, by partition of the log; may block on the broker."""


@dataclass(slots=True)
class _Passage:
    """One partition: the moment that is passing, and what is still to be told of."""

    generation: int | None
    mark: Mark | None = None
    waiting: list[Breach] = field(default_factory=list)
    rests_until: float = 0.0


class Overdue:
    """Lets time pass for the open cases of a ledger. Not for several threads at once.

    Ask `step` every second or so, tell of what it gives, then say `told`. If the worker dies in between, its successor
    tells again.
    """

    def __init__(self, cases: OpenCases, ends: ReadEnds, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._cases = cases
        self._ends = ends
        self._monotonic = monotonic
        self._passages: dict[TopicPartition, _Passage] = {}
        self._given: dict[TopicPartition, int] = {}

    def step(self, partitions: Collection[TopicPartition], now_us: int) -> dict[TopicPartition, list[Breach]]:
        """Breaches to tell of now, by partition: of all partitions that are this worker's at this moment."""
        self._passages = {tp: self._passage(tp) for tp in partitions}
        self._look(now_us)
        room = ALERTS_AT_ONCE
        self._given = {}
        for tp, passage in self._passages.items():
            if passage.waiting and room:
                self._given[tp] = min(room, len(passage.waiting))
                room -= self._given[tp]
        return {tp: self._passages[tp].waiting[:count] for tp, count in self._given.items()}

    def told(self) -> None:
        """Everybody was told of what the last `step` gave."""
        for tp, count in self._given.items():
            waiting = self._passages[tp].waiting
            del waiting[:count]
            self._cases.told(tp, waiting)
        self._given = {}

    def _passage(self, tp: TopicPartition) -> _Passage:
        """Where time is in a partition; from the beginning if it was taken up anew, for then all is found again."""
        generation = self._cases.generation(tp)
        known = self._passages.get(tp)
        return known if known is not None and known.generation == generation else _Passage(generation)

    def _look(self, now_us: int) -> None:
        """Find what fell due where everything that was known has landed."""
        now = self._monotonic()
        due = [
            tp
            for tp, passage in self._passages.items()
            if not passage.waiting and passage.rests_until <= now and self._cases.is_due(tp, now_us)
        ]
        if not due:
            return
        for tp, ends in self._ends(due).items():
            passage = self._passages[tp]
            passage.mark, until_us = passing(passage.mark, now_us, ends)
            if until_us is not None:
                began = self._monotonic()
                passage.waiting = self._cases.overdue(tp, until_us)
                ended = self._monotonic()
                passage.rests_until = ended + (ended - began) / LOOKING_SHARE
