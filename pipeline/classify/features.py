"""What a text is to a linear model: hashed words, word pairs and runs of letters, read from its UTF-8 bytes.

A text is folded to the letters of `letters.py`; apostrophes vanish, and a word that mixes Cyrillic with Latin
look-alikes is made Cyrillic. Each word, each pair of neighbours and each run of a few letters within a word (with the
gaps around it) becomes one 64-bit hash, its lowest bit 0 for words and 1 for letters. `FEATURES_VERSION` names all of
this: whoever changes what the hashes of a text are gives it a new number, and models of the old one are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.classify.compiling import compiled
from pipeline.classify.letters import (
    BREVE,
    DIAERESIS,
    DROPPED,
    FIRST_CYRILLIC,
    FIRST_SIGN,
    GAP,
    LAST_CYRILLIC,
    LAST_SIGN,
    Alphabet,
    Letters,
    alphabet,
)

FEATURES_VERSION: Final = 1
"""Which definition of a text's features this is; stored in every model."""

MAX_LETTERS: Final = 20_000
"""What a text is about is said in its first 20,000 letters; the rest is not read."""

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

_WORD_SEED = np.uint64(0xCBF29CE484222325)
_WORD_FACTOR = np.uint64(0x100000001B3)
_PAIR_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)  # the finalizer of SplitMix64, by Sebastiano Vigna
_MIX_B = np.uint64(0x94D049BB133111EB)
_RUN_SEEDS = np.array([0, 0, 0x51, 0x52, 0x53, 0x54, 0x55], np.uint64) * _PAIR_FACTOR
_KIND = np.uint64(1)
_LATIN, _CYRILLIC = 1, 2
_MASKS = np.array([0, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF], np.uint64)
_SIXTEEN, _THIRTY, _TWENTY_SEVEN, _THIRTY_ONE = np.uint64(16), np.uint64(30), np.uint64(27), np.uint64(31)


class FeatureSpec(NamedTuple):
    """Which features are taken: words alone or with pairs, and runs of `run_min` to `run_max` letters (at most 6)."""

    words: int = 2
    run_min: int = 2
    run_max: int = 4

    def most(self, letters: int) -> int:
        """No text of so many letters has more features."""
        return (letters + 2) * (2 + self.run_max - self.run_min + 1)


@dataclass(frozen=True, slots=True)
class TextBuffers:
    """Texts as UTF-8: text i is `data[offsets[i]:offsets[i + 1]]`; an absent text is empty."""

    data: Bytes
    offsets: Offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def longest(self) -> int:
        """Bytes of the longest text, at most what is read of one."""
        return int(min(np.diff(self.offsets).max(initial=0), MAX_LETTERS * 4))


@dataclass(frozen=True, slots=True)
class HashedTexts:
    """The features of texts, repeats included: those of text i are `hashes[starts[i]:starts[i + 1]]`, in text order."""

    hashes: Hashes
    starts: Offsets

    def __len__(self) -> int:
        return len(self.starts) - 1


def text_buffers(texts: Sequence[str | None] | pa.Array | pa.ChunkedArray) -> TextBuffers:
    """The bytes of texts, taken as they lie where they are an Arrow array; a lone surrogate becomes `?`."""
    array = texts
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if not isinstance(array, pa.Array):
        try:
            array = pa.array(texts, pa.large_string())
        except UnicodeEncodeError:
            kept = [text and text.encode("utf-8", "replace").decode() for text in texts]
            array = pa.array(kept, pa.large_string())
    if not pa.types.is_large_string(array.type):
        array = array.cast(pa.large_string())
    if array.null_count:
        array = array.fill_null("")
    _, offsets, data = array.buffers()
    places = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1] if offsets else None
    if places is None or not len(places):
        places = np.zeros(1, np.int64)
    return TextBuffers(np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), places)


def hashed(texts: TextBuffers, spec: FeatureSpec) -> HashedTexts:
    """Every feature of every text."""
    starts = np.zeros(len(texts) + 1, np.int64)
    parts = []
    for first in range(0, len(texts), 4_096):
        last = min(first + 4_096, len(texts))
        room = spec.most(int(texts.offsets[last] - texts.offsets[first]) + 2 * (last - first))
        out = np.empty(room, np.uint64)
        offsets = texts.offsets[first : last + 1]
        _hash_all(texts.data, offsets, alphabet(), spec, out, starts[first : last + 1])
        parts.append(out[: starts[last] - starts[first]].copy())
    return HashedTexts(np.concatenate(parts) if parts else np.zeros(0, np.uint64), starts)


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """A 64-bit number whose every bit depends on every bit of `value`."""
    value = (value ^ (value >> _THIRTY)) * _MIX_A
    value = (value ^ (value >> _TWENTY_SEVEN)) * _MIX_B
    return value ^ (value >> _THIRTY_ONE)


@compiled
def _decoded(data: Bytes, at: int, end: int) -> tuple[np.int64, int]:
    """The character of three or four bytes at a place, and where the next one begins; a broken one is a gap."""
    lead = np.int64(data[at])
    if lead < 0xF0 and at + 2 < end:
        middle = (np.int64(data[at + 1]) & 0x3F) << 6
        return (lead & 0x0F) << 12 | middle | np.int64(data[at + 2]) & 0x3F, at + 3
    if at + 3 < end:
        middle = (np.int64(data[at + 1]) & 0x3F) << 12 | (np.int64(data[at + 2]) & 0x3F) << 6
        return (lead & 0x07) << 18 | middle | np.int64(data[at + 3]) & 0x3F, at + 4
    return np.int64(0), end


@compiled
def _letter_of(code: np.int64, letters: Letters, emoji: Letters) -> np.int64:
    """The letter of a character."""
    if code < 0x10000:
        return np.int64(letters[code])
    if 0x1F000 <= code < 0x20000:
        return np.int64(emoji[code - 0x1F000])
    # rare scripts and signs; Chinese characters beyond the first plane share letters with some within it
    return np.int64(FIRST_SIGN + 0x100 + (code & 0x3FF)) if code < 0x20000 else np.int64(0x4E00 + (code & 0x3FFF))


@compiled
def _join_mark(out: Letters, n: int, mark: np.int64) -> None:
    """Make й of и and ї of і; other letters stay without their mark."""
    if mark == BREVE and out[n - 1] == 0x0438:
        out[n - 1] = 0x0439
    elif mark == DIAERESIS and out[n - 1] == 0x0456:
        out[n - 1] = 0x0457


@compiled
def fold_text(data: Bytes, begin: int, end: int, table: Alphabet, out: Letters) -> int:
    """Write a text's letters to `out`, one gap between words and at both ends; how many there are."""
    letters, emoji, twins = table.letters, table.emoji, table.twins  # numba counts references at each look into a tuple
    out[0] = GAP
    n = 1
    word = 1  # where the present word began
    scripts = 0  # which it is written in
    at = begin
    while at < end and n < MAX_LETTERS:
        lead = np.int64(data[at])
        # nearly all characters are of one byte or two
        if lead < 0x80:
            letter = np.int64(letters[lead])
            at += 1
        elif lead < 0xE0 and at + 1 < end:
            letter = np.int64(letters[(lead & 0x1F) << 6 | np.int64(data[at + 1]) & 0x3F])
            at += 2
        else:
            code, at = _decoded(data, at, end)
            letter = _letter_of(code, letters, emoji)
        if letter > DIAERESIS and not FIRST_SIGN <= letter <= LAST_SIGN:
            if FIRST_CYRILLIC <= letter <= LAST_CYRILLIC:
                scripts |= _CYRILLIC
            elif 0x61 <= letter <= 0x7A:
                scripts |= _LATIN
            out[n] = letter
            n += 1
        elif DROPPED <= letter <= DIAERESIS:
            _join_mark(out, n, letter)
        else:
            n = _end_word(out, word, n, twins, scripts == _LATIN | _CYRILLIC)
            scripts = 0
            if letter != GAP:
                out[n] = letter
                out[n + 1] = GAP
                n += 2
            word = n
    return _end_word(out, word, n, twins, scripts == _LATIN | _CYRILLIC)


@compiled
def _end_word(out: Letters, word: int, n: int, twins: Letters, mixed_scripts: bool) -> int:  # noqa: FBT001 - numba passes by position
    """Repair the word that ends at `n`, if there is one, and set a gap after it; where the next one begins."""
    if mixed_scripts:
        _make_cyrillic(out, word, n, twins)
    if out[n - 1] != GAP:
        out[n] = GAP
        n += 1
    return n


@compiled
def _make_cyrillic(out: Letters, begin: int, end: int, twins: Letters) -> None:
    """Turn the Latin look-alikes of a word into Cyrillic."""
    for i in range(begin, end):
        if out[i] < 128 and twins[out[i]] != 0:
            out[i] = twins[out[i]]


@compiled
def hash_letters(letters: Letters, n: int, spec: FeatureSpec, out: Hashes, k: int) -> int:
    """Write the features of `n` folded letters to `out` from place `k` on; where they end."""
    before = np.uint64(0)
    begin = 1
    while begin < n:
        word = _WORD_SEED
        end = begin
        while letters[end] != GAP:
            word = (word ^ np.uint64(letters[end])) * _WORD_FACTOR
            end += 1
        word = mixed(word)
        out[k] = word & ~_KIND
        k += 1
        if spec.words > 1:
            out[k] = mixed(before * _PAIR_FACTOR + word) & ~_KIND
            k += 1
        before = word
        if not FIRST_SIGN <= letters[begin] <= LAST_SIGN:
            k = _hash_runs(letters, begin - 1, end, spec, out, k)
        begin = end + 1
    return k


@compiled
def _hash_runs(letters: Letters, begin: int, end: int, spec: FeatureSpec, out: Hashes, k: int) -> int:
    """Write the runs of letters from the gap at `begin` to the gap at `end`; a run's hash is of its letters alone.

    Four letters are the 64 bits of one number, which slides along.
    """
    window = np.uint64(0)
    for p in range(begin, end + 1):
        window = window << _SIXTEEN | np.uint64(letters[p])
        for run in range(spec.run_min, min(spec.run_max, p - begin + 1) + 1):
            if run <= 4:
                key = mixed((window & _MASKS[run]) + _RUN_SEEDS[run])
            else:
                key = mixed((window ^ _longer(letters, p, run) * _PAIR_FACTOR) + _RUN_SEEDS[run])
            out[k] = key | _KIND
            k += 1
    return k


@compiled
def _longer(letters: Letters, p: int, run: int) -> np.uint64:
    """The letters of a run that ends at `p`, without its last four, as one number."""
    rest = np.uint64(0)
    for q in range(p - run + 1, p - 3):
        rest = rest << _SIXTEEN | np.uint64(letters[q])
    return rest + np.uint64(1)


@compiled
def _hash_all(data: Bytes, offsets: Offsets, table: Alphabet, spec: FeatureSpec, out: Hashes, starts: Offsets) -> None:
    """Fill `out` and, counting on from `starts[0]`, where each text's features begin."""
    folded = np.empty(MAX_LETTERS + 4, np.uint16)
    k = 0
    base = starts[0]
    for d in range(len(offsets) - 1):
        n = fold_text(data, offsets[d], offsets[d + 1], table, folded)
        k = hash_letters(folded, n, spec, out, k)
        starts[d + 1] = base + k
