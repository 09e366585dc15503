"""One agent item: consecutive records of one partition, and the agent's word that they are finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.ports import RecordColumns, TopicPartition

RECORD_OVERHEAD_BYTES = 256
"""What Python keeps for a record beside its key and value: measured about 230 bytes with two small ints and a list."""


def payload_bytes(columns: RecordColumns) -> int:
    """Bytes of keys and values."""
    return sum(map(len, filter(None, columns.values))) + sum(map(len, filter(None, columns.keys)))


@dataclass(eq=False, slots=True)
class Batch:
    """Records `[columns.position, columns.next_offset)` of one partition, in one assignment of it.

    Nothing is committed for the partition until the agent calls `mark_done`, and then only as far as every earlier
    batch is done too. Safe to use from any thread.
    """

    columns: RecordColumns
    epoch: int
    _current_epoch: Callable[[], int] = field(repr=False)
    _on_done: Callable[[], None] = field(repr=False)
    payload_bytes: int = 0
    done: bool = False

    def __len__(self) -> int:
        return len(self.columns)

    def __bool__(self) -> bool:
        """True even without records: it is still an item."""
        return True

    @property
    def tp(self) -> TopicPartition:
        """The partition these records came from."""
        return self.columns.tp

    @property
    def memory_bytes(self) -> int:
        """About how much memory the records take."""
        return self.payload_bytes + RECORD_OVERHEAD_BYTES * len(self.columns)

    @property
    def is_current(self) -> bool:
        """Whether the assignment it was read in still holds.

        False means that another worker may have these records by now: marking it done commits nothing. True is no
        proof, because a worker that was paused learns of its eviction late; only the sink can tell.
        """
        return self.epoch == self._current_epoch()

    def mark_done(self) -> None:
        """Say that everything these records should cause is durable. Calling it again changes nothing."""
        if not self.done:
            self.done = True
            self._on_done()
