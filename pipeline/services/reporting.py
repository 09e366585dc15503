"""How long work says where it is: what the command line implements, and what tests may leave silent."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from pipeline.services.draining import Remaining


class Step(Protocol):
    """One step under way."""

    def sent(self, events: int, size_bytes: int) -> None:
        """So many events, of so many bytes, were acknowledged so far."""

    def left(self, left: Remaining) -> None:
        """So many records are still on their way."""


class Reporter(Protocol):
    """Says what is going on."""

    def say(self, sentence: str) -> None:
        """One sentence on a line of its own."""

    def step(self, name: str) -> AbstractContextManager[Step]:
        """Show a step from its beginning to its end."""
