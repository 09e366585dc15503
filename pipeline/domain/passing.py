"""How far time may pass for what a log tells: to a moment after which nothing that was known then is still on its way.

A clock of a case that runs out is breached only if nothing stopped it in time. After an outage the step that did may
still wait in the inbox, so the wall clock alone breaches nothing: a moment is marked together with how far the inbox
was written, and has passed once everything up to there has landed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple


class Ends(NamedTuple):
    """Offsets of one partition number, read in this order: each is at least as new as those before it."""

    inbox: int
    """Next offset to be written to the inbox."""
    intake: int
    """Next offset of the inbox that intake has not finished."""
    log: int
    """Next offset to be written to the log of record."""
    landed: int
    """Next offset of the log of record that has not landed."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment, and how far the inbox and then the log were written when they held all that was known by then."""

    at_us: int
    inbox: int
    log: int | None = None


def passing(mark: Mark | None, now_us: int, ends: Ends) -> tuple[Mark | None, int | None]:
    """The mark to hold on to, and the moment up to which time has passed if it now has.

    Call it again and again with what it gave; without a mark it begins one at `now_us`.
    """
    mark = mark or Mark(now_us, ends.inbox)
    if mark.log is None and ends.intake >= mark.inbox:
        mark = replace(mark, log=ends.log)
    if mark.log is not None and ends.landed >= mark.log:
        return None, mark.at_us
    return mark, None
