"""Kafka's default partitioner, over whole batches of keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

_M: Final = np.uint32(0x5BD1E995)
_SEED: Final = 0x9747B28C
_R: Final = np.uint32(24)
_POSITIVE: Final = np.uint32(0x7FFFFFFF)


def partitions_of(keys: Sequence[bytes], partitions: int) -> list[int]:
    """The partition of each key, in order, as Kafka's own clients choose it (murmur2 of the key's bytes).

    Keys of equal length are hashed together, four bytes at a step, so the cost is in the number of different lengths.
    """
    lengths: dict[int, list[int]] = {}
    for index, key in enumerate(keys):
        lengths.setdefault(len(key), []).append(index)
    chosen = np.empty(len(keys), dtype=np.int64)
    for length, indexes in lengths.items():
        joined = b"".join([keys[index] for index in indexes])
        rows = np.frombuffer(joined, dtype=np.uint8).reshape(len(indexes), length)
        chosen[indexes] = (_murmur2(rows) & _POSITIVE) % np.uint32(partitions)
    return [int(partition) for partition in chosen]


def _murmur2(rows: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """One 32-bit hash a row of bytes; all rows have one length. Arithmetic wraps, as in Kafka's Java."""
    count, length = rows.shape
    words = length // 4
    hashes = np.full(count, _SEED ^ length, dtype=np.uint32)
    little = np.ascontiguousarray(rows[:, : words * 4]).view("<u4").reshape(count, words)
    for word in range(words):
        k = little[:, word] * _M
        k ^= k >> _R
        k *= _M
        hashes *= _M
        hashes ^= k
    rest = rows[:, words * 4 :].astype(np.uint32)
    for place in reversed(range(rest.shape[1])):
        hashes ^= rest[:, place] << np.uint32(8 * place)
    if rest.shape[1]:
        hashes *= _M
    hashes ^= hashes >> np.uint32(13)
    hashes *= _M
    hashes ^= hashes >> np.uint32(15)
    return hashes
