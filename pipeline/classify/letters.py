"""One 16-bit letter for every character: what the features of a text are made of.

Small letters without accents where the accent is a Latin one, one letter for each kind of sign, a gap for all else.
What Unicode says of a letter's case and accents never changes for letters it has, and only blocks that are full are
asked for, so the table is the same on every Python; a test holds its digest.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Letters = npt.NDArray[np.uint16]

GAP: Final = 0
DROPPED, BREVE, DIAERESIS = 1, 2, 3
"""Nothing, and two marks that make й, ї and ё of the letter before them."""
FIRST_CYRILLIC, LAST_CYRILLIC = 0x0400, 0x052F
FIRST_SIGN, LAST_SIGN = 0xE000, 0xF8FF
"""Private letters: each is a word of its own."""
POSITIVE_SIGN, NEGATIVE_SIGN, FIRST_EMOJI = 0xE000, 0xE001, 0xE800

_APOSTROPHES = "'’ʼ‘`´′ʹ＇"
_MARKS = "?!$€£¥₴₽%"
# each stands for all of its kind, by the low half of its UTF-16 form, which no common letter shares
_POSITIVE = "👍👏🙏😀😁😃😄😊😍🥰😘🤩🔥💯🎉💪😇🙂💛💙💚❤♥♡☺"
_NEGATIVE = "👎😡😠🤬😤😢😭😞😔😒🤮🤢💩😱🙄😩😫☹"
_LOOKALIKES = dict(zip("aceiopxy", "асеіорху", strict=True))
# Latin with its supplements, Greek, Cyrillic; then the alphabets and syllables that know no case, as they stand
_CASED = ((0x0061, 0x007A), (0x00C0, 0x024F), (0x0370, 0x03FF), (0x0400, 0x052F))
_UNCASED = ((0x0531, 0x1FFF), (0x3040, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFDFF))
_MULTIPLIED_OR_DIVIDED = (0x00D7, 0x00F7)


class Alphabet(NamedTuple):
    """The letter of every character below 65,536, of every one from 0x1F000 to 0x1FFFF, and Latin letters' twins."""

    letters: Letters
    emoji: Letters
    twins: Letters


@cache
def alphabet() -> Alphabet:
    """All three tables."""
    return Alphabet(letter_table(), emoji_table(), lookalike_table())


@cache
def letter_table() -> Letters:
    """The letter of every character below 65,536."""
    table = np.full(65_536, GAP, np.uint16)
    for first, last in (*_CASED, *_UNCASED):
        table[first : last + 1] = np.arange(first, last + 1)
    for first, last in _CASED:
        for code in range(first, last + 1):
            table[code] = _plain(chr(code))
    table[ord("A") : ord("Z") + 1] = np.arange(ord("a"), ord("z") + 1)
    table[ord("0") : ord("9") + 1] = np.arange(ord("0"), ord("9") + 1)
    table[list(_MULTIPLIED_OR_DIVIDED)] = GAP
    table[ord("ё")] = table[ord("Ё")] = ord("е")
    table[[ord(sign) for sign in _APOSTROPHES]] = DROPPED
    table[0x0300:0x0370] = DROPPED
    table[[0x00AD, *range(0x200B, 0x2010), 0x2060, *range(0xFE00, 0xFE10), 0xFEFF]] = DROPPED
    table[0x0306], table[0x0308] = BREVE, DIAERESIS
    for i, mark in enumerate(_MARKS):
        table[ord(mark)] = FIRST_SIGN + 16 + i
    for signs, letter in ((_POSITIVE, POSITIVE_SIGN), (_NEGATIVE, NEGATIVE_SIGN)):
        for sign in signs:
            if ord(sign) < 65_536:
                table[ord(sign)] = letter
    return table


@cache
def emoji_table() -> Letters:
    """The letter of every character from 0x1F000 to 0x1FFFF; skin tones are dropped."""
    table = (FIRST_EMOJI + np.arange(4_096)).astype(np.uint16)
    table[0x3FB:0x400] = DROPPED
    for signs, letter in ((_POSITIVE, POSITIVE_SIGN), (_NEGATIVE, NEGATIVE_SIGN)):
        for sign in signs:
            if ord(sign) >= 65_536:
                table[ord(sign) - 0x1F000] = letter
    return table


@cache
def lookalike_table() -> Letters:
    """The Cyrillic twin of each Latin letter below 128, 0 where there is none."""
    table = np.zeros(128, np.uint16)
    for latin, cyrillic in _LOOKALIKES.items():
        table[ord(latin)] = ord(cyrillic)
    return table


def _plain(character: str) -> int:
    """Small, and without accents unless it is Cyrillic, whose й and ї are letters of their own."""
    small = character.lower()
    if len(small) > 1 or not small.isalpha():
        return ord(small[0]) if small[0].isalpha() else GAP
    if FIRST_CYRILLIC <= ord(small) <= LAST_CYRILLIC:
        return ord(small)
    return ord(unicodedata.normalize("NFD", small)[0])
