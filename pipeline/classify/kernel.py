"""The linear kernel: a batch's features looked up in a vocabulary and weighed for every class of every head, once.

A feature's value is its inverse document frequency times 1 + ln(count); the values of words and those of runs of
letters are scaled to length 1 each, then by the share its kind has. A feature that the vocabulary does not know has no
weights but counts in its kind's length, so that a text of unknown words is near to nothing. Sums are in 32-bit floats,
in the order in which features first appear in the text: the same bits on every machine and in any batch.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.classify.compiling import compiled
from pipeline.classify.features import (
    MAX_LETTERS,
    Bytes,
    FeatureSpec,
    HashedTexts,
    Hashes,
    Offsets,
    TextBuffers,
    fold_text,
    hash_letters,
)
from pipeline.classify.letters import Alphabet, alphabet

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]
Weights = npt.NDArray[np.int8]

LANES: Final = 16
"""Weights of a feature are padded to a multiple of so many, which the processor adds side by side."""

_ROW_BITS = np.uint64(24)
_ROW_MASK = np.uint64((1 << 24) - 1)
MOST_FEATURES: Final = (1 << 24) - 2
_KIND = np.uint64(1)

# ln by count: the C library's own may differ in the last bit from machine to machine
COUNT_FACTORS: Final = np.array([0.0] + [round(1 + float(np.log(n)), 6) for n in range(1, 256)], np.float32)
"""1 + ln(count), by count; the last one serves for all greater ones."""


class Vocabulary(NamedTuple):
    """The features a model knows: row i is `hashes[i]`, with inverse document frequency `idf[i]`.

    `slots` finds the row of a hash: an open-addressing table of the hash's upper 40 bits and the row + 1.
    `word_share` is how long the words' part of a text is, of a whole of length 1.
    """

    hashes: Hashes
    idf: Floats
    slots: Hashes
    unknown_idf: np.float32
    word_share: np.float32
    factors: Floats

    @classmethod
    def of(cls, hashes: Hashes, idf: Floats, unknown_idf: float, word_share: float) -> Vocabulary:
        """With its table, at most half full."""
        size = 1 << max(4, int(2 * len(hashes)).bit_length())
        slots = np.zeros(size, np.uint64)
        _fill_slots(hashes, slots)
        return cls(hashes, idf, slots, np.float32(unknown_idf), np.float32(word_share), COUNT_FACTORS)


@compiled
def _fill_slots(hashes: Hashes, slots: Hashes) -> None:
    mask = np.uint64(len(slots) - 1)
    for row in range(len(hashes)):
        place = (hashes[row] >> _KIND) & mask
        while slots[place] != 0:
            place = (place + _KIND) & mask
        slots[place] = (hashes[row] & ~_ROW_MASK) | np.uint64(row + 1)


@compiled
def _row_of(key: np.uint64, slots: Hashes) -> np.int64:
    """The row of a hash, -1 where the vocabulary does not know it."""
    mask = np.uint64(len(slots) - 1)
    place = (key >> _KIND) & mask
    while True:
        found = slots[place]
        if found == 0:
            return np.int64(-1)
        if (found ^ key) & ~_ROW_MASK == 0:
            return np.int64(found & _ROW_MASK) - 1
        place = (place + _KIND) & mask


class LinearWeights(NamedTuple):
    """Weights of every class of every head: one row per feature, one column per class, padded to `LANES`.

    A weight is `weights[row, column] * scales[row]`; whole numbers of 8 bits keep a row within a cache line or two.
    """

    weights: Weights
    scales: Floats
    bias: Floats

    @classmethod
    def rounded(cls, exact: npt.NDArray[np.float64], bias: npt.NDArray[np.float64]) -> LinearWeights:
        """The nearest 8-bit weights: each row scaled by its own largest."""
        columns = exact.shape[1]
        width = -(-columns // LANES) * LANES
        largest = np.abs(exact).max(axis=1, initial=0.0)
        scales = np.where(largest > 0, largest / 127, 1.0).astype(np.float32)
        weights = np.zeros((len(exact), width), np.int8)
        weights[:, :columns] = np.rint(exact / scales[:, None])
        padded = np.zeros(width, np.float32)
        padded[:columns] = bias
        return cls(weights, scales, padded)


class TextArrays(NamedTuple):
    """`TextBuffers` as the kernel takes them."""

    data: Bytes
    offsets: Offsets


class _Found(NamedTuple):
    """Room for the features of one text: rows in order of first appearance, and each row's count and last text."""

    rows: Rows
    values: Floats
    counts: Rows
    seen_in: Rows


@compiled
def _gather(hashes: Hashes, text: int, vocabulary: Vocabulary, found: _Found) -> tuple[int, int, int]:
    """Find the rows of a text's features and count them; how many rows, unknown words and unknown runs there are."""
    slots, rows, counts, seen_in = vocabulary.slots, found.rows, found.counts, found.seen_in
    m = 0
    unknown_words, unknown_runs = 0, 0
    for key in hashes:
        row = _row_of(key, slots)
        if row < 0:
            if key & _KIND:
                unknown_runs += 1
            else:
                unknown_words += 1
        elif seen_in[row] == text:
            counts[row] += 1
        else:
            seen_in[row] = text
            counts[row] = 1
            rows[m] = row
            m += 1
    return m, unknown_words, unknown_runs


@compiled
def _weigh(vocabulary: Vocabulary, m: int, unknown_words: int, unknown_runs: int, found: _Found) -> np.float32:
    """Write the value of each of `m` rows; the known part of the text's squared length, 0 to 1."""
    hashes, idf, factors = vocabulary.hashes, vocabulary.idf, vocabulary.factors
    rows, values, counts = found.rows, found.values, found.counts
    known_words, known_runs = np.float32(0), np.float32(0)
    for i in range(m):
        row = rows[i]
        value = idf[row] * factors[min(counts[row], 255)]
        values[i] = value
        if hashes[row] & _KIND:
            known_runs += value * value
        else:
            known_words += value * value
    square = vocabulary.unknown_idf * vocabulary.unknown_idf
    share = vocabulary.word_share
    by_word = _scale(share, known_words + square * np.float32(unknown_words))
    by_run = _scale(np.sqrt(np.float32(1) - share * share), known_runs + square * np.float32(unknown_runs))
    for i in range(m):
        values[i] *= by_run if hashes[rows[i]] & _KIND else by_word
    return known_words * by_word * by_word + known_runs * by_run * by_run


@compiled
def _scale(length: np.float32, square: np.float32) -> np.float32:
    """What makes a vector of this squared length `length` long."""
    return length / np.sqrt(square) if square > 0 else np.float32(0)


@compiled
def _score_all(
    texts: TextArrays,
    table: Alphabet,
    spec: FeatureSpec,
    vocabulary: Vocabulary,
    linear: LinearWeights,
    room: int,
    scores: Floats,
    known: Floats,
) -> None:
    """Fill `scores` (texts by columns) and `known`."""
    weights, scales, bias = linear.weights, linear.scales, linear.bias  # as in `fold_text`
    width = weights.shape[1]
    folded = np.empty(MAX_LETTERS + 4, np.uint16)
    hashes = np.empty(room, np.uint64)
    features = len(vocabulary.idf)
    found = _Found(
        np.empty(room, np.int32),
        np.empty(room, np.float32),
        np.zeros(features, np.int32),
        np.full(features, -1, np.int32),
    )
    rows, values = found.rows, found.values
    total = np.empty(width, np.float32)
    data, offsets = texts.data, texts.offsets
    for d in range(len(offsets) - 1):
        n = fold_text(data, offsets[d], offsets[d + 1], table, folded)
        k = hash_letters(folded, n, spec, hashes, 0)
        m, unknown_words, unknown_runs = _gather(hashes[:k], d, vocabulary, found)
        known[d] = _weigh(vocabulary, m, unknown_words, unknown_runs, found)
        for c in range(width):
            total[c] = bias[c]
        for i in range(m):
            row = rows[i]
            value = values[i] * scales[row]
            for c in range(width):
                total[c] += value * np.float32(weights[row, c])
        scores[d] = total


@compiled
def _matrix_all(
    texts: Hashes, starts: Offsets, vocabulary: Vocabulary, columns: Rows, values: Floats, ends: Offsets, known: Floats
) -> None:
    """Write the rows of a sparse matrix, one after the other, and where each ends."""
    features = len(vocabulary.idf)
    counts, seen_in = np.zeros(features, np.int32), np.full(features, -1, np.int32)
    k = 0
    for d in range(len(starts) - 1):
        found = _Found(columns[k:], values[k:], counts, seen_in)
        m, unknown_words, unknown_runs = _gather(texts[starts[d] : starts[d + 1]], d, vocabulary, found)
        known[d] = _weigh(vocabulary, m, unknown_words, unknown_runs, found)
        k += m
        ends[d + 1] = k


def scored(
    texts: TextBuffers, spec: FeatureSpec, vocabulary: Vocabulary, linear: LinearWeights
) -> tuple[Floats, Floats]:
    """Scores, texts by padded columns, and the part of each text's squared length that is known (0 to 1)."""
    scores = np.empty((len(texts), linear.weights.shape[1]), np.float32)
    known = np.empty(len(texts), np.float32)
    room = spec.most(min(texts.longest, MAX_LETTERS) + 4)
    arrays = TextArrays(texts.data, texts.offsets)
    _score_all(arrays, alphabet(), spec, vocabulary, linear, room, scores, known)
    return scores, known


def matrix(texts: HashedTexts, vocabulary: Vocabulary) -> tuple[Floats, Rows, Offsets, Floats]:
    """The same values as a sparse matrix: `values, columns, ends` as CSR wants them, and the known parts."""
    columns = np.empty(len(texts.hashes) + 1, np.int32)
    values = np.empty(len(texts.hashes) + 1, np.float32)
    ends = np.zeros(len(texts) + 1, np.int64)
    known = np.empty(len(texts), np.float32)
    _matrix_all(texts.hashes, texts.starts, vocabulary, columns, values, ends, known)
    return values[: ends[-1]], columns[: ends[-1]], ends, known


@compiled
def add_cues(scores: Floats, cues: Floats, weights: Floats) -> None:
    """Add to `scores` (texts by columns) the `cues` (texts by cues) by their `weights` (cues by columns).

    One cue after the other: a matrix product may add in another order on another machine.
    """
    for d in range(len(scores)):
        for cue in range(cues.shape[1]):
            value = cues[d, cue]
            if value != 0:
                for c in range(scores.shape[1]):
                    scores[d, c] += value * weights[cue, c]
