"""Draining: nothing is called landed before it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from pipeline.domain.errors import FatalError
from pipeline.ports import TopicPartition
from pipeline.services.draining import LandedInbox, Remaining, drain, remaining

EVENTS = TopicPartition("feedback.events", 0)
LETTERS = TopicPartition("feedback.dead-letters", 0)


@dataclass
class FakePipeline:
    """Moves one record a tick: inbox → log → lake."""

    inbox: int = 0
    intake: int = 0
    lake: int = 0
    dead: bool = False
    stuck: bool = False
    clock: float = 0.0
    seen: list[Remaining] = field(default_factory=list)

    def inbox_ends(self) -> Mapping[int, int]:
        return {0: self.inbox}

    def intake_done(self) -> Mapping[int, int]:
        return {0: self.intake} if self.intake else {}

    def log_ends(self) -> Mapping[TopicPartition, int]:
        return {EVENTS: self.intake, LETTERS: 0}

    def landed(self) -> Mapping[TopicPartition, int]:
        return {EVENTS: self.lake} if self.lake else {}

    def check_workers(self) -> None:
        if self.dead:
            raise FatalError("intake stopped")

    def sleep(self, seconds: float) -> None:
        self.clock += seconds
        if self.stuck:
            return
        if self.lake < self.intake:
            self.lake += 1
        elif self.intake < self.inbox:
            self.intake += 1

    def drain(self) -> None:
        drain(self, sleep=self.sleep, now=lambda: self.clock, on_progress=self.seen.append)


def test_drain_returns_only_when_every_record_is_in_the_lake() -> None:
    pipeline = FakePipeline(inbox=5)
    pipeline.drain()
    assert pipeline.lake == 5
    assert pipeline.seen[0] == Remaining(before_intake=5, before_lake=0)
    assert pipeline.seen[-1].total == 0


def test_an_empty_broker_is_drained_at_once() -> None:
    pipeline = FakePipeline()
    pipeline.drain()
    assert pipeline.clock == 0.0


def test_a_stopped_worker_ends_the_wait_with_its_reason() -> None:
    with pytest.raises(FatalError, match="intake stopped"):
        FakePipeline(inbox=1, dead=True).drain()


def test_standing_still_ends_the_wait_and_says_where_the_records_are() -> None:
    with pytest.raises(FatalError, match=r"3 records wait for intake and 2 for the lake"):
        FakePipeline(inbox=5, intake=2, stuck=True).drain()


def test_records_between_intake_and_lake_count_as_remaining() -> None:
    assert remaining(FakePipeline(inbox=5, intake=5, lake=2)) == Remaining(before_intake=0, before_lake=3)


def test_landed_inbox_waits_for_the_lake_and_not_only_for_intake() -> None:
    pipeline = FakePipeline(inbox=5, intake=3, lake=1)
    landed = LandedInbox(pipeline)
    assert landed() == {}
    pipeline.lake = 3
    assert landed() == {0: 3}


def test_landed_inbox_does_not_credit_what_intake_finished_after_it_was_asked() -> None:
    pipeline = FakePipeline(inbox=9, intake=3, lake=1)
    landed = LandedInbox(pipeline)
    landed()
    pipeline.intake, pipeline.lake = 9, 3  # six more left the inbox and are not in the lake
    assert landed() == {0: 3}
    assert landed() == {0: 3}
    pipeline.lake = 9
    assert landed() == {0: 9}
