"""How far a publisher may run ahead of what has landed, where the broker does not keep everything."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

RECORD_BYTES: Final = 512
"""What a record may grow by on its way: attributes on the log of record, headers of a dead letter."""

Landed = Callable[[], Mapping[int, int]]
"""Next offset not certainly landed, per inbox partition; may block for a moment."""


class Pace:
    """Bytes of one topic's partitions that were sent and have not landed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sent: dict[int, deque[tuple[int, int]]] = {}
        self._ahead: dict[int, int] = {}

    def may_send(self, partition: int, size: int) -> bool:
        """Whether `size` bytes more stay within the limit; a partition with nothing ahead takes any."""
        ahead = self._ahead.get(partition, 0)
        return ahead == 0 or ahead + size <= self._limit

    def sent(self, partition: int, size: int) -> None:
        """So many bytes are on their way."""
        self._ahead[partition] = self._ahead.get(partition, 0) + size

    def acknowledged(self, partition: int, next_offset: int, size: int) -> None:
        """They stand on the broker, ending before `next_offset`."""
        self._sent.setdefault(partition, deque()).append((next_offset, size))

    def landed(self, next_offsets: Mapping[int, int]) -> int:
        """Forget what has landed; how many bytes that was."""
        freed = 0
        for partition, queue in self._sent.items():
            while queue and queue[0][0] <= next_offsets.get(partition, 0):
                size = queue.popleft()[1]
                self._ahead[partition] -= size
                freed += size
        return freed
