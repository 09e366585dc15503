"""One use case: take files through the whole pipeline and account for every row of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.domain.errors import CheckFailedError, UsageError
from pipeline.ports import ImportChunk, Publisher, Receipt


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of some inputs, each counted where it ended. `reasons` splits the dead letters."""

    read: int
    accepted: int
    duplicates: int
    dead_letters: int
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Whether every input ended in exactly one place."""
        return self.read == self.accepted + self.duplicates + self.dead_letters

    def __add__(self, other: Counts) -> Counts:
        reasons = dict(self.reasons)
        for reason, n in other.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + n
        return Counts(
            self.read + other.read,
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.dead_letters + other.dead_letters,
            dict(sorted(reasons.items())),
        )


NOTHING = Counts(0, 0, 0, 0)


class Line(Protocol):
    """A pipeline whose broker and workers run: publish into it, wait for it, ask it."""

    @property
    def publisher(self) -> Publisher:
        """Where chunks go."""

    def drain(self) -> None:
        """Return when everything on the broker has landed."""

    def account(self, receipt: Receipt) -> Counts:
        """Where each input of the receipt ended, counted in the lake."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file or simulation: a name for messages and dead letters, and its chunks, read when asked."""

    name: str
    chunks: Callable[[], Iterator[ImportChunk]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did: where every input ended, and the sources that could not be read to their end."""

    counts: Counts
    unreadable: tuple[UsageError, ...] = ()


def run_sources(sources: list[Source], line: Line) -> Outcome:
    """Publish every source, wait until all of it has landed, and account for it.

    A source that cannot be read costs the others nothing: it is named in the outcome.
    Raises `CheckFailedError` when the counts do not add up: something was lost or landed twice.
    """
    receipts, unreadable = [], []
    for source in sources:
        try:
            receipts.append(line.publisher.publish(source.chunks(), source.name))
        except UsageError as error:
            unreadable.append(error)
    line.drain()
    total = NOTHING
    for receipt in receipts:
        total += line.account(receipt)
    if not total.adds_up:
        ends = total.accepted + total.duplicates + total.dead_letters
        raise CheckFailedError(
            f"{total.read} were read, but {total.accepted} accepted + {total.duplicates} duplicates + "
            f"{total.dead_letters} dead letters make {ends}. Nothing was published; please report this with the worker "
            "logs under the home's state/logs."
        )
    return Outcome(total, tuple(unreadable))
