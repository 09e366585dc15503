"""Waiting until everything that stands on the broker has landed, and knowing when that will never happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pipeline.domain.errors import FatalError
from pipeline.ports import TopicPartition


class Progress(Protocol):
    """How far each hop is. Every call asks the broker or the lake and may block for a moment."""

    def inbox_ends(self) -> Mapping[int, int]:
        """Next offset to be written, per inbox partition."""

    def intake_done(self) -> Mapping[int, int]:
        """Next offset that intake has not finished, per inbox partition; absent means none yet."""

    def log_ends(self) -> Mapping[TopicPartition, int]:
        """Next offset to be written, per partition of the events and dead-letter topics."""

    def landed(self) -> Mapping[TopicPartition, int]:
        """Next offset that is not in the lake, per partition of the events and dead-letter topics."""

    def check_workers(self) -> None:
        """Raise `FatalError` when a worker has stopped for good."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """Records still on their way: before intake, and between intake and the lake."""

    before_intake: int
    before_lake: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.before_intake + self.before_lake


def remaining(progress: Progress) -> Remaining:
    """What is still on its way now.

    Intake is asked before the log's ends: whatever intake had finished by then is within those ends, so zero
    really means that all of it has landed.
    """
    done, ends = progress.intake_done(), progress.inbox_ends()
    before_intake = sum(max(0, end - done.get(partition, 0)) for partition, end in ends.items())
    landed, log_ends = progress.landed(), progress.log_ends()
    before_lake = sum(max(0, end - landed.get(tp, 0)) for tp, end in log_ends.items())
    return Remaining(before_intake, before_lake)


def drain(
    progress: Progress,
    *,
    sleep: Callable[[float], None],
    now: Callable[[], float],
    patience_seconds: float = 120.0,
    on_progress: Callable[[Remaining], None] = lambda _: None,
) -> None:
    """Return when the broker holds nothing that has not landed.

    Raises `FatalError` when a worker has stopped for good, or when nothing moved for `patience_seconds`.
    """
    best, since = None, now()
    while True:
        progress.check_workers()
        left = remaining(progress)
        on_progress(left)
        if left.total == 0:
            return
        if best is None or left != best:
            best, since = left, now()
        elif now() - since > patience_seconds:
            raise FatalError(
                f"Nothing has moved for {patience_seconds:.0f} s: {left.before_intake} records wait for intake and "
                f"{left.before_lake} for the lake. They are safe on the broker; see the worker logs under the home's "
                "state/logs, then run the same command again."
            )
        sleep(0.1)


class LandedInbox:
    """How much of each inbox partition has certainly landed, for pacing a publisher.

    The intake's own progress says only that records left the inbox. They have landed once the lake has reached the
    ends that the next topics had when intake was asked.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._certain: Mapping[int, int] = {}
        self._pending: tuple[Mapping[int, int], Mapping[TopicPartition, int]] | None = None

    def __call__(self) -> Mapping[int, int]:
        """Next offset not certainly landed, per inbox partition."""
        self._progress.check_workers()
        if self._pending is None:
            done = self._progress.intake_done()
            self._pending = done, self._progress.log_ends()
        done, ends = self._pending
        landed = self._progress.landed()
        if all(landed.get(tp, 0) >= end for tp, end in ends.items()):
            self._certain, self._pending = done, None
        return self._certain
