"""Which phrases a text holds: words, pairs and triples of neighbours, as 64-bit hashes read from its UTF-8 bytes.

Texts are folded as for the classifier (`pipeline.classify.features`). A phrase neither begins nor ends with a stop word
of its text's language or with a word of one or two letters; signs, emoji, words with a digit and monsters of more than
40 letters are in none and part those around them. So no number, date or order reference is ever a phrase.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest

from pipeline.classify.compiling import compiled
from pipeline.classify.features import MAX_LETTERS, Bytes, Hashes, Offsets, fold_text, mixed, text_buffers
from pipeline.classify.letters import FIRST_SIGN, GAP, LAST_SIGN, Alphabet, Letters, alphabet

STOP_WORDS: Final = Path(__file__).with_name("stop_words.toml")
LONGEST_PHRASE: Final = 3
"""Words of the longest phrase."""
SHORTEST_WORD: Final = 3
"""Letters; a shorter word is treated as a stop word."""
LONGEST_WORD: Final = 40
"""Letters; what is longer is no word."""

Places = npt.NDArray[np.int32]

_SEED = np.uint64(0xCBF29CE484222325)
_FACTOR = np.uint64(0x100000001B3)
_NEXT = np.uint64(0x9E3779B97F4A7C15)
_NOTHING = np.uint64(0)


def language_seeds(languages: Sequence[str]) -> Hashes:
    """What the hashes of each language's phrases begin with, so that no phrase is counted in two languages."""
    return np.array([xxh3_64_intdigest(language.encode()) for language in languages], np.uint64)


@cache
def stop_word_table() -> Hashes:
    """The stop words of all languages as a hash table: a power of two of places, 0 where one is free."""
    words = [(language, word) for language, text in _stop_words().items() for word in text.split()]
    buffers = text_buffers([word for _, word in words])
    hashes = np.empty(len(words), np.uint64)
    _hash_words(buffers.data, buffers.offsets, alphabet(), language_seeds([name for name, _ in words]), hashes)
    table = np.zeros(1 << (4 * len(words)).bit_length(), np.uint64)
    for value in hashes:
        place = int(value) & (len(table) - 1)
        while table[place] not in {0, value}:
            place = (place + 1) & (len(table) - 1)
        table[place] = value
    return table


def _stop_words() -> dict[str, str]:
    found: dict[str, str] = tomllib.loads(STOP_WORDS.read_text(encoding="utf-8"))
    return found


@compiled
def find(table: Hashes, value: np.uint64) -> int:
    """The place of a hash in a table of a power of two of places, or the free one where it belongs."""
    mask = np.uint64(len(table) - 1)
    place = value & mask
    while table[place] != _NOTHING and table[place] != value:
        place = (place + np.uint64(1)) & mask
    return int(place)


@compiled
def phrases_of(
    letters: Letters, n: int, seed: np.uint64, stops: Hashes, hashes: Hashes, begins: Places, ends: Places
) -> int:
    """Write the phrases of `n` folded letters, repeats included, and where each stands; how many there are."""
    k = 0
    first, second = _NOTHING, _NOTHING  # the two words before the present one
    first_at, second_at = 0, 0
    first_stops, second_stops = True, True
    begin = 1
    while begin < n:
        end = begin
        word = _SEED ^ seed
        speaks = not FIRST_SIGN <= letters[begin] <= LAST_SIGN
        while letters[end] != GAP:
            word = (word ^ np.uint64(letters[end])) * _FACTOR
            speaks = speaks and not 0x30 <= letters[end] <= 0x39
            end += 1
        word = mixed(word)
        stops_here = end - begin < SHORTEST_WORD or stops[find(stops, word)] == word
        if not speaks or end - begin > LONGEST_WORD:
            word, stops_here, second = _NOTHING, True, _NOTHING
        if not stops_here:
            hashes[k], begins[k], ends[k] = word, begin, end
            k += 1
            if second != _NOTHING:
                if not second_stops:
                    hashes[k], begins[k], ends[k] = mixed(second * _NEXT + word), second_at, end
                    k += 1
                if first != _NOTHING and not first_stops:
                    hashes[k], begins[k], ends[k] = mixed(mixed(first * _NEXT + second) * _NEXT + word), first_at, end
                    k += 1
        first, first_at, first_stops = second, second_at, second_stops
        second, second_at, second_stops = word, begin, stops_here
        begin = end + 1
    return k


@compiled
def _hash_words(data: Bytes, offsets: Offsets, table: Alphabet, seeds: Hashes, out: Hashes) -> None:
    """The hash of each text that is one word."""
    folded = np.empty(MAX_LETTERS + 4, np.uint16)
    for d in range(len(offsets) - 1):
        n = fold_text(data, offsets[d], offsets[d + 1], table, folded)
        word = _SEED ^ seeds[d]
        for p in range(1, n - 1):
            word = (word ^ np.uint64(folded[p])) * _FACTOR
        out[d] = mixed(word)
