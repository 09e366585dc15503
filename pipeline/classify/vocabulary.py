"""Which features of the training texts a model keeps, and how rare each is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.classify.features import HashedTexts
from pipeline.classify.kernel import MOST_FEATURES, Vocabulary


def some(texts: HashedTexts, rows: npt.NDArray[np.int64]) -> HashedTexts:
    """These texts, in this order."""
    lengths = np.diff(texts.starts)[rows]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    places = np.repeat(texts.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
    return HashedTexts(texts.hashes[places], starts)


def vocabulary_of(
    texts: HashedTexts, word_share: float, least_texts: int = 1, most_features: int = MOST_FEATURES
) -> Vocabulary:
    """The features found in at least so many texts, the most frequent `most_features` of them, frequent ones first.

    The inverse document frequency is ln((1 + N) / (1 + n)) + 1 of N texts, n of which have the feature, as
    scikit-learn smooths it; that of an unknown feature has n = 0.
    """
    text = np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(texts.starts))
    order = np.lexsort((text, texts.hashes))
    hashes, text = texts.hashes[order], text[order]
    first = np.ones(len(hashes), np.bool_)
    first[1:] = (hashes[1:] != hashes[:-1]) | (text[1:] != text[:-1])
    features, found_in = np.unique(hashes[first], return_counts=True)
    enough = found_in >= least_texts
    features, found_in = features[enough], found_in[enough]
    order = np.lexsort((features, -found_in))[:most_features]
    features, found_in = features[order], found_in[order]
    idf = np.log((1 + len(texts)) / (1 + found_in)) + 1
    return Vocabulary.of(features, idf.astype(np.float32), float(np.log(1 + len(texts)) + 1), word_share)
