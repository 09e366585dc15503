"""The kernel gives what the same sums give when written out, and no more than 8-bit rounding away from the weights."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify.features import FeatureSpec, hashed, text_buffers
from pipeline.classify.heads import DONT_KNOW, Head, answered, exponential
from pipeline.classify.kernel import LANES, LinearWeights, Vocabulary, matrix, scored
from pipeline.classify.vocabulary import some, vocabulary_of

SPEC = FeatureSpec(words=2, run_min=3, run_max=4)
TEXTS = ["the parcel is late", "late late late again", "nothing alike here", "", "the THE parcel, parcel?"]
WORD_SHARE = 0.6


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return vocabulary_of(hashed(text_buffers(TEXTS[:3]), SPEC), WORD_SHARE)


def by_hand(text: str, vocabulary: Vocabulary) -> dict[int, float]:
    """Value of each known row: idf times 1 + ln(count), words and runs scaled to their shares."""
    counts = Counter(hashed(text_buffers([text]), SPEC).hashes.tolist())
    row_of = {feature: row for row, feature in enumerate(vocabulary.hashes.tolist())}
    values, squares = {}, {0: 0.0, 1: 0.0}
    for feature, count in counts.items():
        kind = feature % 2
        if feature in row_of:
            value = float(vocabulary.idf[row_of[feature]]) * (1 + math.log(count))
            values[row_of[feature]] = (kind, value)
            squares[kind] += value**2
        else:
            squares[kind] += count * float(vocabulary.unknown_idf) ** 2
    share = {0: WORD_SHARE, 1: math.sqrt(1 - WORD_SHARE**2)}
    return {row: value * share[kind] / math.sqrt(squares[kind]) for row, (kind, value) in values.items()}


def test_values_are_those_of_the_formula(vocabulary: Vocabulary) -> None:
    values, columns, ends, known = matrix(hashed(text_buffers(TEXTS), SPEC), vocabulary)
    for i, text in enumerate(TEXTS):
        found = dict(zip(columns[ends[i] : ends[i + 1]].tolist(), values[ends[i] : ends[i + 1]].tolist(), strict=True))
        expected = by_hand(text, vocabulary)
        assert found.keys() == expected.keys()
        assert found == pytest.approx(expected, rel=1e-5)
        assert known[i] == pytest.approx(sum(value**2 for value in expected.values()), rel=1e-5)


def test_scores_are_the_matrix_times_the_rounded_weights(vocabulary: Vocabulary) -> None:
    exact = np.random.default_rng(0).normal(size=(len(vocabulary.hashes), 21))
    linear = LinearWeights.rounded(exact, np.arange(21.0))
    assert linear.weights.shape[1] == 2 * LANES
    values, columns, ends, _ = matrix(hashed(text_buffers(TEXTS), SPEC), vocabulary)
    inputs = sp.csr_matrix((values, columns, ends), shape=(len(TEXTS), len(vocabulary.hashes)))
    rounded = linear.weights[:, :21] * linear.scales[:, None]
    scores, _ = scored(text_buffers(TEXTS), SPEC, vocabulary, linear)
    np.testing.assert_allclose(scores[:, :21], inputs @ rounded + np.arange(21.0), rtol=1e-4, atol=1e-4)
    assert np.abs(rounded - exact).max() <= np.abs(exact).max() / 127 / 2 + 1e-6


def test_every_feature_of_the_vocabulary_is_found_and_no_other(vocabulary: Vocabulary) -> None:
    assert len(set(vocabulary.hashes.tolist())) == len(vocabulary.hashes)
    known = scored(text_buffers([*TEXTS[:3], "жжж"]), SPEC, vocabulary, _no_weights(vocabulary))[1]
    np.testing.assert_allclose(known, [1, 1, 1, 0], rtol=1e-5)


def _no_weights(vocabulary: Vocabulary) -> LinearWeights:
    return LinearWeights.rounded(np.zeros((len(vocabulary.hashes), 1)), np.zeros(1))


def test_rare_features_can_be_left_out() -> None:
    texts = hashed(text_buffers(["parcel late", "parcel lost", "other"]), SPEC)
    everything, shared = vocabulary_of(texts, 0.5), vocabulary_of(texts, 0.5, least_texts=2)
    assert 0 < len(shared.hashes) < len(everything.hashes)
    assert np.all(np.diff(everything.idf) >= 0)  # frequent ones first
    assert len(vocabulary_of(texts, 0.5, most_features=7).hashes) == 7


def test_some_texts_keep_their_features_and_order() -> None:
    texts = hashed(text_buffers(TEXTS), SPEC)
    chosen = some(texts, np.array([4, 3, 0]))
    for place, row in enumerate((4, 3, 0)):
        expected = texts.hashes[texts.starts[row] : texts.starts[row + 1]]
        assert chosen.hashes[chosen.starts[place] : chosen.starts[place + 1]].tolist() == expected.tolist()


@given(st.floats(-750, 0))
def test_the_exponential_is_right_to_the_thirteenth_place(x: float) -> None:
    assert exponential(x) == pytest.approx(math.exp(x), rel=1e-13, abs=1e-300)


def head(**more: object) -> Head:
    return Head(name="h", classes=("a", "b", "c"), first=1, slope=2.0, **more)  # type: ignore[arg-type] # any field


def test_confidence_is_the_softmax_of_the_scaled_scores_of_the_heads_own_columns() -> None:
    scores = np.array([[9, 1, 2, 0.5, 9]], np.float32)
    found = answered(head(), scores, np.ones(1, np.float32))
    assert found.best.tolist() == [1]
    assert found.confidence[0] == pytest.approx(1 / (1 + math.exp(-2) + math.exp(-3)))


def test_of_equal_scores_the_earlier_class_wins() -> None:
    found = answered(head(), np.ones((1, 4), np.float32), np.ones(1, np.float32))
    assert found.labels() == ["a"]


def test_below_the_threshold_there_is_no_answer() -> None:
    scores = np.array([[0, 1, 0.25, 0], [0, 0.25, 0.5, 0]], np.float32)
    found = answered(head(threshold=0.75), scores, np.ones(2, np.float32))
    assert found.answer.tolist() == [0, DONT_KNOW]
    assert found.best.tolist() == [0, 1]


def test_what_is_out_of_scope_speaks_against_an_answer() -> None:
    scores = np.array([[0, 1, 0, 0, -1], [0, 1, 0, 0, 0.5]], np.float32)
    found = answered(head(threshold=1.0, out_of_scope="oos"), scores, np.ones(2, np.float32))
    assert found.sureness.tolist() == [2.0, 0.5]
    assert found.labels() == ["a", None]
