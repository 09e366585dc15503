"""Errors in three families, named by what the caller should do about them."""

from __future__ import annotations


class VidhukError(Exception):
    """Base of every error that Vidhuk raises on purpose.

    The message is one sentence for a person: what, where and what to do. It never holds feedback text,
    an identifier of a person or a secret.
    """


class RetryableError(VidhukError):
    """The same call may succeed later: a broker that is starting, a lake commit on a stale snapshot."""


class DependencyError(RetryableError):
    """Something outside cannot be reached; commands exit with 3."""


class InvalidEventError(VidhukError):
    """One event is at fault; it goes to the dead letters and everything else goes on."""


class FatalError(VidhukError):
    """Going on would lose or corrupt data; the worker stops and says why."""


class OffsetOutOfRangeError(FatalError):
    """The broker no longer holds an offset that was not yet processed.

    Resetting silently would lose events, so a person decides.
    """

    def __init__(self, topic: str, partition: int, offset: int) -> None:
        self.topic, self.partition, self.offset = topic, partition, offset
        super().__init__(
            f"{topic}/{partition}: offset {offset} is no longer on the broker, so events between it and the "
            "oldest kept one may be lost. Raise the topic's retention, or import the missing events again from "
            "their source; nothing was skipped."
        )


class UsageError(VidhukError):
    """The caller asked for something that cannot be: a bad option, a bad mapping, a file that is not there. Exit 2."""


class CheckFailedError(VidhukError):
    """A check ran and did not hold: an audit, a reconciliation. Exit 1."""
