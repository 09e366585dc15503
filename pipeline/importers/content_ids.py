"""Identities for rows that bring none: what they say, and which repetition of it they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_128_intdigest

_LOW_64 = (1 << 64) - 1


def content_hash(cells: Iterable[str]) -> int:
    """128-bit hash of a row's cells; quoting, line ends and column widths are not in it."""
    return xxh3_128_intdigest("\x1f".join(cells).encode())


class Occurrences:
    """Counts how often each row content has been seen, in 8 bytes per distinct row.

    Two equal rows of a file are two facts: the first is occurrence 1, the next 2, and so at every run over the file.
    """

    def __init__(self) -> None:
        self._runs: list[npt.NDArray[np.uint64]] = []
        """Sorted hashes seen before, each run at most half as long as the one before it."""
        self._repeated: dict[int, int] = {}

    def number(self, hashes: Sequence[int]) -> list[int]:
        """The occurrence number, from 1, of each content hash, in order."""
        low = np.fromiter((value & _LOW_64 for value in hashes), dtype=np.uint64, count=len(hashes))
        known = self._known(low)
        fresh: set[int] = set()
        numbers = []
        for value, seen in zip(low.tolist(), known.tolist(), strict=True):
            if not seen and value not in fresh:
                fresh.add(value)
                numbers.append(1)
                continue
            self._repeated[value] = self._repeated.get(value, 1) + 1
            numbers.append(self._repeated[value])
        self._remember(fresh)
        return numbers

    def _known(self, low: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        known = np.zeros(len(low), dtype=np.bool_)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, low), len(run) - 1)
            known |= run[at] == low
        return known

    def _remember(self, fresh: set[int]) -> None:
        if not fresh:
            return
        run = np.sort(np.fromiter(fresh, dtype=np.uint64, count=len(fresh)))
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.sort(np.concatenate((self._runs.pop(), run)), kind="stable")
        self._runs.append(run)


class ContentIds:
    """Identities by content: the hash in hexadecimal and the occurrence number."""

    def __init__(self) -> None:
        self._occurrences = Occurrences()

    def of(self, rows: Sequence[Sequence[str]]) -> list[str]:
        """One identity per row of cells, in order; the same file gives the same ones again."""
        hashes = [content_hash(cells) for cells in rows]
        return [f"{value:032x}-{n}" for value, n in zip(hashes, self._occurrences.number(hashes), strict=True)]
