"""One use case: take files through the whole pipeline and account for every row of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.domain.errors import UsageError
from pipeline.ports import ImportChunk, Receipt
from pipeline.services.reconciliation import Reconciliation


@dataclass(frozen=True, slots=True)
class Source:
    """One file or simulation: a name for messages and dead letters, and its chunks, read when asked."""

    name: str
    chunks: Callable[[], Iterator[ImportChunk]]


class Line(Protocol):
    """A pipeline whose broker and workers run: publish into it, wait for it, ask it."""

    def publish(self, source: Source) -> Receipt:
        """Send one source's chunks; returns when the broker has acknowledged all of them."""

    def drain(self) -> None:
        """Return when everything on the broker has landed."""

    def account(self, receipts: Sequence[Receipt]) -> Reconciliation:
        """Where each input of the receipts ended, counted in the lake."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did: where every input ended, and the sources that could not be read to their end."""

    counts: Reconciliation
    unreadable: tuple[UsageError, ...] = ()


def require_readable(sources: Sequence[Source]) -> None:
    """Raise the first source's `UsageError` when none can be read at all, before anything is started for them."""
    errors = [error for error in map(_first_error, sources) if error is not None]
    if errors and len(errors) == len(sources):
        raise errors[0]


def _first_error(source: Source) -> UsageError | None:
    try:
        next(iter(source.chunks()), None)
    except UsageError as error:
        return error
    return None


def run_sources(sources: Sequence[Source], line: Line) -> Outcome:
    """Publish every source, wait until all of it has landed, and account for it.

    A source that cannot be read costs the others nothing: it is named in the outcome. Raises `CheckFailedError` when
    the counts do not add up: something was lost or landed twice.
    """
    receipts, unreadable = [], []
    for source in sources:
        try:
            receipts.append(line.publish(source))
        except UsageError as error:
            unreadable.append(error)
    line.drain()
    counts = line.account(receipts)
    counts.check()
    return Outcome(counts, tuple(unreadable))
