"""Identities as numbers: what makes two events the same event, and two dead letters the same letter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest

_SIGN: Final = 1 << 63
_WRAP: Final = 1 << 64
_MASK: Final = _WRAP - 1


def event_key(source: str, event_id: str) -> int:
    """Signed 64-bit xxh3 of `source`, NUL and `id`: the identity by which repeats are recognized.

    >>> event_key("channel/email", "e-1") == event_key("channel/email", "e-1")
    True
    """
    return _signed(xxh3_64_intdigest(f"{source}\0{event_id}".encode()))


def event_keys(sources: Sequence[str], ids: Sequence[str]) -> npt.NDArray[np.int64]:
    """`event_key` of each pair, in order; the two columns are equally long."""
    identities = map(str.encode, map("\0".join, zip(sources, ids, strict=True)))
    return np.fromiter(map(xxh3_64_intdigest, identities), np.uint64, len(ids)).view(np.int64)


def case_keys(case_ids: Sequence[str]) -> npt.NDArray[np.int64]:
    """Signed 64-bit xxh3 of each case id, in order: the number by which a case is found."""
    return np.fromiter(map(xxh3_64_intdigest, map(str.encode, case_ids)), np.uint64, len(case_ids)).view(np.int64)


def derived_case_id(source: str, event_id: str) -> str:
    """Case of a complaint that came without one: always the same for the same identity."""
    return derived_case_id_of(event_key(source, event_id))


def derived_case_id_of(key: int) -> str:
    """The same by the event's key."""
    return f"case-{key & _MASK:016x}"


def letter_key_of_record(topic: str, partition: int, offset: int) -> int:
    """Identity of a dead letter that was an inbox record: where it stood."""
    return _signed(xxh3_64_intdigest(f"record\0{topic}\0{partition}\0{offset}".encode()))


def letter_key_of_row(file: str, line: int, original: bytes) -> int:
    """Identity of a dead letter that was a row of a file: the same row of the same file is always one letter."""
    return _signed(xxh3_64_intdigest(f"row\0{file}\0{line}\0".encode() + original))


def _signed(digest: int) -> int:
    return digest - _WRAP if digest >= _SIGN else digest
