"""Running sources: every input is accounted for, and one bad file costs the others nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from pipeline.domain.errors import CheckFailedError, UsageError
from pipeline.ports import ImportChunk, Receipt
from pipeline.services.running import Counts, Source, run_sources


@dataclass
class FakeLine:
    """Accepts everything, once `drain` was called; may lose some."""

    lost: int = 0
    drained: bool = False
    published: list[str] = field(default_factory=list)

    @property
    def publisher(self) -> FakeLine:
        return self

    def publish(self, chunks: Iterator[ImportChunk], source: str) -> Receipt:
        receipt = Receipt()
        for chunk in chunks:
            receipt.events += len(chunk.values)
        self.published.append(source)
        return receipt

    def drain(self) -> None:
        self.drained = True

    def account(self, receipt: Receipt) -> Counts:
        assert self.drained
        return Counts(receipt.events, receipt.events - self.lost, 0, 0)


def a_source(name: str, events: int) -> Source:
    return Source(name, lambda: iter([ImportChunk(keys=[None] * events, values=[b"{}"] * events)]))


def an_unreadable_source(name: str) -> Source:
    def refuse(_: int) -> ImportChunk:
        raise UsageError(f"{name}: not a CSV file")

    return Source(name, lambda: map(refuse, [0]))


def test_counts_of_all_sources_are_added() -> None:
    outcome = run_sources([a_source("a", 2), a_source("b", 3)], FakeLine())
    assert outcome.counts == Counts(5, 5, 0, 0)


def test_a_source_that_cannot_be_read_costs_the_others_nothing() -> None:
    line = FakeLine()
    outcome = run_sources([a_source("a", 2), an_unreadable_source("b"), a_source("c", 3)], line)
    assert line.published == ["a", "c"]
    assert outcome.counts.accepted == 5
    assert [str(error) for error in outcome.unreadable] == ["b: not a CSV file"]


def test_a_lost_input_fails_the_run() -> None:
    with pytest.raises(CheckFailedError, match=r"5 were read, but 4 accepted \+ 0 duplicates \+ 0 dead letters make 4"):
        run_sources([a_source("a", 5)], FakeLine(lost=1))


def test_reasons_are_added_by_name() -> None:
    total = Counts(2, 0, 0, 2, {"not_json": 2}) + Counts(2, 0, 0, 2, {"not_json": 1, "empty": 1})
    assert total.reasons == {"empty": 1, "not_json": 3}
