"""The marks of texts, and of their first and last sentences, read from UTF-16 units in one compiled pass."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.classify.compiling import compiled

Units = npt.NDArray[np.uint16]
Places = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

MARKS: Final = ("!", "! twice", "?", "ends with ?", "…", "short", "long", "smiles", "frowns")
"""What is told of a text or a sentence, in the order of its columns.

It smiles with `:)`, `:D` or a bracket that closes nothing, as in `ok)))`, unless that makes an item of a list, `1)`; it
frowns with `:(` or a bracket that opens nothing, as in `well(`.
"""
PARTS: Final = 3
"""The whole text, its first sentence, its last."""

_SHORT, _LONG = 40, 150
(
    _PLAIN,
    _DIGIT,
    _LAUGHING,
    _EYES,
    _NOSE,
    _OPENING,
    _CLOSING,
    _BREAKING_SPACE,
    _SPACE,
    _FULL_STOP,
    _LOUD,
    _ASKING,
    _ELLIPSIS,
) = range(13)
_HIGH_SURROGATES, _LOW_SURROGATES = 0xD800, 0xDC00


class Marked(NamedTuple):
    """The marks of a batch of texts and where their sentences end.

    `marks` is texts by `PARTS` by `MARKS`. `first_end` and `last_end` are the units at which the space after the first
    sentence and that before the last one begin, -1 where a text has one sentence only.
    """

    marks: Flags
    first_end: Places
    last_end: Places


@cache
def _kinds() -> Kinds:
    """What each UTF-16 unit is to sentences; white space is what Python's `str.strip` takes away."""
    kinds = np.full(65_536, _PLAIN, np.uint8)
    kinds[[*range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)]] = _SPACE
    kinds[[0x2028, 0x2029, 0x202F, 0x205F, 0x3000]] = _SPACE
    kinds[[ord(space) for space in " \t\r\n"]] = _BREAKING_SPACE
    for mark, kind in ((".", _FULL_STOP), ("!", _LOUD), ("?", _ASKING), ("…", _ELLIPSIS), ("(", _OPENING)):
        kinds[ord(mark)] = kind
    for marks, kind in (("0123456789", _DIGIT), ("D", _LAUGHING), (":;=", _EYES), ("-", _NOSE), (")", _CLOSING)):
        kinds[[ord(mark) for mark in marks]] = kind
    return kinds


def marked(units: Units, begins: Places, ends: Places) -> Marked:
    """Read the texts that stand in `units[begins[i]:ends[i]]`.

    A sentence ends with one or more of `.!?…` before a space, tab or line end. A text of one sentence has neither a
    first nor a last one: those count as empty.
    """
    found = Marked(
        np.zeros((len(begins), PARTS, len(MARKS)), np.bool_), np.full(len(begins), -1), np.full(len(begins), -1)
    )
    _read_all(units, begins, ends, _kinds(), found.marks, found.first_end, found.last_end)
    return found


@compiled
def _is_space(kind: np.uint8) -> bool:
    return bool(_BREAKING_SPACE <= kind <= _SPACE)


@compiled
def _read_all(
    units: Units, begins: Places, ends: Places, kinds: Kinds, marks: Flags, first_end: Places, last_end: Places
) -> None:
    for text in range(len(begins)):
        begin, end = begins[text], ends[text]
        _mark(units, begin, end, kinds, marks[text, 0])
        while begin < end and _is_space(kinds[units[begin]]):
            begin += 1
        while begin < end and _is_space(kinds[units[end - 1]]):
            end -= 1
        at = _break_after(units, begin, end, kinds)
        if at >= 0:
            first_end[text] = at
            _mark(units, begin, at, kinds, marks[text, 1])
            at = _break_before(units, begin, end, kinds)
            last_end[text] = at
            while kinds[units[at]] == _BREAKING_SPACE:
                at += 1
            _mark(units, at, end, kinds, marks[text, 2])
        else:
            _mark(units, begin, begin, kinds, marks[text, 1])
            _mark(units, begin, begin, kinds, marks[text, 2])


@compiled
def _break_after(units: Units, begin: int, end: int, kinds: Kinds) -> int:
    """Where the first sentence is followed by space, -1 if it is not."""
    for at in range(begin + 1, end):
        if kinds[units[at]] == _BREAKING_SPACE and kinds[units[at - 1]] >= _FULL_STOP:
            return at
    return -1


@compiled
def _break_before(units: Units, begin: int, end: int, kinds: Kinds) -> int:
    """Where the space before the last sentence begins; there is one."""
    for at in range(end - 1, begin, -1):
        if kinds[units[at]] == _BREAKING_SPACE and kinds[units[at - 1]] >= _FULL_STOP:
            return at
    return -1


@compiled
def _mark(units: Units, begin: int, end: int, kinds: Kinds, marks: Flags) -> None:
    """Fill the marks of `units[begin:end]`."""
    loud, stops = 0, 0
    asks, asks_last, trails_off = False, False, False
    length = end - begin
    for at in range(begin, end):
        kind = kinds[units[at]]
        if kind < _BREAKING_SPACE:
            asks_last = False
            stops = 0
            # the second half of a pair is no character of its own
            if _LOW_SURROGATES <= units[at] < 0xE000 and at > begin and units[at - 1] & 0xFC00 == _HIGH_SURROGATES:
                length -= 1
            continue
        stops = stops + 1 if kind == _FULL_STOP else 0
        trails_off = trails_off or kind == _ELLIPSIS or stops == 3
        loud += kind == _LOUD
        asks = asks or kind == _ASKING
        if not _is_space(kind):
            asks_last = kind == _ASKING
    marks[0], marks[1], marks[2], marks[3] = loud > 0, loud > 1, asks, asks_last
    marks[4], marks[5], marks[6] = trails_off, length < _SHORT, length > _LONG
    marks[7], marks[8] = _faces(units, begin, end, kinds)


@compiled
def _faces(units: Units, begin: int, end: int, kinds: Kinds) -> tuple[bool, bool]:
    """Whether `units[begin:end]` smiles and whether it frowns."""
    smiles, frowns, loose = False, False, False
    opened = 0
    for at in range(begin, end):
        kind = kinds[units[at]]
        if not _LAUGHING <= kind <= _CLOSING:
            continue
        before = kinds[units[at - 1]] if at > begin else _SPACE
        after = kinds[units[at + 1]] if at + 1 < end else _SPACE
        eyes = before == _EYES or (before == _NOSE and at > begin + 1 and kinds[units[at - 2]] == _EYES)
        if kind == _CLOSING:
            if opened and not eyes:
                opened -= 1
            elif before != _DIGIT:
                smiles = True
        elif kind == _OPENING:
            if eyes:
                frowns = True
            else:
                opened += 1
                # what opens something has it right behind
                loose = loose or after == _OPENING or after >= _BREAKING_SPACE
        elif kind == _LAUGHING and eyes and after >= _OPENING:
            smiles = True
    return smiles, frowns or (opened > 0 and loose)
