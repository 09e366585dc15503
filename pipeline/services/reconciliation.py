"""Every input ends in exactly one of accepted, duplicate, dead letter: counted from the lake, not from what was said.

The publisher says which inbox offsets it took; the lake's three tables are asked, independently of the ledger that
wrote them, what became of each of those offsets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pipeline.domain.errors import CheckFailedError
from pipeline.ports import LandedCounts, Receipt, Span

EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What became of everything that was published; `holds` when each input is in exactly one place."""

    read: int
    accepted: int
    duplicates: int
    dead_letters: int
    missing: int
    twice: int
    examples: tuple[tuple[int, int], ...] = ()
    """A few (inbox partition, inbox offset) at fault."""

    @property
    def holds(self) -> bool:
        """Whether the counts add up and no offset is missing or twice."""
        landed = self.accepted + self.duplicates + self.dead_letters
        return self.read == landed and not self.missing and not self.twice

    def check(self) -> None:
        """Raise `CheckFailedError` with the figures unless it holds."""
        if self.holds:
            return
        places = ", ".join(f"{partition}/{offset}" for partition, offset in self.examples)
        raise CheckFailedError(
            f"The lake does not account for what was read: read {self.read:,}, accepted {self.accepted:,}, duplicates "
            f"{self.duplicates:,}, dead letters {self.dead_letters:,}; {self.missing:,} inputs are missing and "
            f"{self.twice:,} are there more than once"
            + (f" (inbox partition/offset {places})" if places else "")
            + ". If workers are still running, wait until they have caught up and ask again."
        )


def reconcile(receipts: Iterable[Receipt], counts: LandedCounts) -> Reconciliation:
    """Account for everything that these publishings took. Blocks on storage; call it once the lake has caught up."""
    inbox: dict[int, list[Span]] = {}
    letters: dict[int, list[Span]] = {}
    read = 0
    for receipt in receipts:
        read += receipt.events + receipt.unmappable
        for partition, spans in receipt.inbox.items():
            inbox.setdefault(partition, []).extend(spans)
        for partition, spans in receipt.dead_letters.items():
            letters.setdefault(partition, []).extend(spans)
    found = counts.of_inbox(inbox, EXAMPLES)
    rows_of_files = counts.of_files(letters)
    expected_of_files = sum(span.next_offset - span.position for spans in letters.values() for span in spans)
    return Reconciliation(
        read=read,
        accepted=found.accepted,
        duplicates=found.duplicates,
        dead_letters=found.dead_letters + rows_of_files,
        missing=found.missing + max(0, expected_of_files - rows_of_files),
        twice=found.twice + max(0, rows_of_files - expected_of_files),
        examples=found.examples,
    )
