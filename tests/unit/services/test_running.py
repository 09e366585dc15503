"""Running sources: every input is accounted for, and one bad file costs the others nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from pipeline.domain.errors import CheckFailedError, UsageError
from pipeline.ports import ImportChunk, Receipt
from pipeline.services.reconciliation import Reconciliation
from pipeline.services.running import Source, require_readable, run_sources


@dataclass
class FakeLine:
    """Accepts everything, once `drain` was called; may lose some."""

    lost: int = 0
    drained: bool = False
    published: list[str] = field(default_factory=list)

    def publish(self, source: Source) -> Receipt:
        receipt = Receipt()
        for chunk in source.chunks():
            receipt.events += len(chunk.values)
        self.published.append(source.name)
        return receipt

    def drain(self) -> None:
        self.drained = True

    def account(self, receipts: Sequence[Receipt]) -> Reconciliation:
        assert self.drained
        read = sum(receipt.events for receipt in receipts)
        return Reconciliation(read, read - self.lost, 0, 0, missing=self.lost, twice=0)


def a_source(name: str, events: int) -> Source:
    return Source(name, lambda: iter([ImportChunk(keys=[None] * events, values=[b"{}"] * events)]))


def an_unreadable_source(name: str) -> Source:
    def refuse(_: int) -> ImportChunk:
        raise UsageError(f"{name}: not a CSV file")

    return Source(name, lambda: map(refuse, [0]))


def test_counts_cover_all_sources() -> None:
    outcome = run_sources([a_source("a", 2), a_source("b", 3)], FakeLine())
    assert (outcome.counts.read, outcome.counts.accepted) == (5, 5)


def test_a_source_that_cannot_be_read_costs_the_others_nothing() -> None:
    line = FakeLine()
    outcome = run_sources([a_source("a", 2), an_unreadable_source("b"), a_source("c", 3)], line)
    assert line.published == ["a", "c"]
    assert outcome.counts.accepted == 5
    assert [str(error) for error in outcome.unreadable] == ["b: not a CSV file"]


def test_a_lost_input_fails_the_run() -> None:
    with pytest.raises(CheckFailedError, match="1 inputs are missing"):
        run_sources([a_source("a", 5)], FakeLine(lost=1))


def test_nothing_is_started_for_files_none_of_which_can_be_read() -> None:
    with pytest.raises(UsageError, match="a: not a CSV file"):
        require_readable([an_unreadable_source("a"), an_unreadable_source("b")])
    require_readable([an_unreadable_source("a"), a_source("b", 1)])
