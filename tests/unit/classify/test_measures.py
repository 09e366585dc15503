"""The figures of an evaluation, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.classify.heads import DONT_KNOW
from pipeline.classify.measures import Confusion, Measures, measured

# truth a a a b b and one text out of scope; the head is silent about the third and the last
TRUTH = np.array([0, 0, 0, 1, 1, 2])
BEST = np.array([0, 1, 0, 1, 1, 0])
ANSWER = np.array([0, 1, DONT_KNOW, 1, 1, DONT_KNOW])
CONFIDENCE = np.array([0.99, 0.6, 0.61, 0.98, 0.97, 0.5])


def of(*, silence_errs: bool) -> Measures:
    return measured(("a", "b"), TRUTH, BEST, ANSWER, CONFIDENCE, silence_errs=silence_errs)


def test_silence_is_an_error_only_where_scope_was_asked_for() -> None:
    strict, forced = of(silence_errs=True), of(silence_errs=False)
    assert strict.accuracy == strict.accuracy_if_silent == forced.accuracy_if_silent == pytest.approx(3 / 5)
    assert forced.accuracy == forced.accuracy_if_forced == strict.accuracy_if_forced == pytest.approx(4 / 5)
    assert strict.answered == pytest.approx(4 / 5)
    assert strict.accuracy_of_answered == pytest.approx(3 / 4)
    assert strict.out_of_scope_recall == 1.0
    assert (strict.n, strict.n_out_of_scope) == (5, 1)


def test_macro_f1_is_the_mean_over_classes() -> None:
    # a: 1 of 3 found, nothing wrongly called a; b: both found, one wrongly called b
    assert of(silence_errs=True).macro_f1 == pytest.approx((2 / 4 + 4 / 5) / 2)
    assert [(one.label, one.n, one.precision) for one in of(silence_errs=True).classes] == [
        ("a", 3, 1.0),
        ("b", 2, pytest.approx(2 / 3)),
    ]


def test_every_error_is_named_once() -> None:
    assert of(silence_errs=True).confusions == [Confusion("a", None, 1), Confusion("a", "b", 1)]
    assert of(silence_errs=False).confusions == [Confusion("a", "b", 1)]


def test_calibration_error_weighs_each_bin_by_its_texts() -> None:
    # in-scope texts fall into [0.6, 0.667): 0.6 and 0.61, one right of two; and the last bin: three, all right
    expected = (2 * abs(0.605 - 0.5) + 3 * abs(0.98 - 1)) / 5
    assert of(silence_errs=True).calibration_error == pytest.approx(expected)


def test_a_class_without_texts_does_not_count_in_macro_f1() -> None:
    found = measured(("a", "b"), np.array([0]), np.array([0]), np.array([0]), np.array([1.0]), silence_errs=True)
    assert found.macro_f1 == 1.0
    assert found.out_of_scope_recall is None


def test_nothing_in_scope_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="no text is in scope"):
        measured(("a", "b"), np.array([2]), np.array([0]), np.array([0]), np.array([1.0]), silence_errs=True)
