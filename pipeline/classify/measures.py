"""How well a head answers: figures over labelled texts, each with the number of texts it stands on."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.classify.heads import DONT_KNOW

Integers = npt.NDArray[np.int64] | npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]

CALIBRATION_BINS: Final = 15


class ClassMeasures(msgspec.Struct, frozen=True):
    """One class: how many texts are of it, and how often the head was right about it."""

    label: str
    n: int
    precision: float
    recall: float
    f1: float


class Confusion(msgspec.Struct, frozen=True):
    """How many texts of one class were given another; `answered` is None where the head did not know."""

    label: str
    answered: str | None
    n: int


class CalibrationBin(msgspec.Struct, frozen=True):
    """Texts whose confidence lies in [lo, hi): how sure the head was and how often its best class was right."""

    lo: float
    hi: float
    n: int
    confidence: float
    accuracy: float


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one head over labelled texts.

    `accuracy` and `macro_f1` (the mean of the classes' F1) are over the `n` in-scope texts. Where what is out of scope
    was asked for, a text that is not answered counts as an error in them; elsewhere the likeliest class is taken. Both
    readings of the accuracy stand beside: `accuracy_if_forced` takes the likeliest class, `accuracy_if_silent` counts
    silence as an error. `answered` is the share of in-scope texts answered, `accuracy_of_answered` how many of these
    are right. `out_of_scope_recall` is the share of the `n_out_of_scope` texts that were rightly not answered.
    """

    n: int
    accuracy: float
    macro_f1: float
    accuracy_if_forced: float
    accuracy_if_silent: float
    answered: float
    accuracy_of_answered: float | None
    calibration_error: float
    n_out_of_scope: int
    out_of_scope_recall: float | None
    classes: list[ClassMeasures]
    confusions: list[Confusion]
    calibration: list[CalibrationBin]


def measured(
    classes: tuple[str, ...],
    targets: Integers,
    best: Integers,
    answer: Integers,
    confidence: Doubles,
    *,
    silence_errs: bool,
) -> Measures:
    """Figures of answers given as class indices; targets outside the classes are out of scope.

    `calibration_error` is the expected one: the mean over texts of the gap between confidence and accuracy of their
    bin (Naeini and others, 2015; bins of equal width).

    Raises:
        ValueError: no target is in scope.
    """
    inside = (targets >= 0) & (targets < len(classes))
    if not inside.any():
        raise ValueError("no text is in scope")
    truth, likeliest, spoken = targets[inside], best[inside], answer[inside]
    said = spoken if silence_errs else likeliest
    per_class = [_class_measures(label, truth == i, said == i) for i, label in enumerate(classes)]
    bins = _calibration(likeliest == truth, confidence[inside])
    given = spoken != DONT_KNOW
    beyond = answer[~inside]
    return Measures(
        n=len(truth),
        accuracy=float(np.mean(said == truth)),
        macro_f1=float(np.mean([found.f1 for found in per_class if found.n])),
        accuracy_if_forced=float(np.mean(likeliest == truth)),
        accuracy_if_silent=float(np.mean(spoken == truth)),
        answered=float(np.mean(given)),
        accuracy_of_answered=float(np.mean(spoken[given] == truth[given])) if given.any() else None,
        calibration_error=sum(b.n * abs(b.confidence - b.accuracy) for b in bins) / len(truth),
        n_out_of_scope=len(beyond),
        out_of_scope_recall=float(np.mean(beyond == DONT_KNOW)) if len(beyond) else None,
        classes=per_class,
        confusions=_confusions(classes, truth, said),
        calibration=bins,
    )


def _class_measures(label: str, is_so: npt.NDArray[np.bool_], said_so: npt.NDArray[np.bool_]) -> ClassMeasures:
    right, n, said = int((is_so & said_so).sum()), int(is_so.sum()), int(said_so.sum())
    precision, recall = right / said if said else 0.0, right / n if n else 0.0
    return ClassMeasures(label, n, precision, recall, 2 * right / (n + said) if n + said else 0.0)


def _confusions(classes: tuple[str, ...], truth: Integers, said: Integers) -> list[Confusion]:
    """Every kind of error, the most frequent first."""
    wrong = truth != said
    pairs, counts = np.unique(np.stack((truth[wrong], said[wrong]), axis=1), axis=0, return_counts=True)
    names = (*classes, None)
    found = [Confusion(classes[a], names[b], n) for (a, b), n in zip(pairs.tolist(), counts.tolist(), strict=True)]
    return sorted(found, key=lambda c: (-c.n, c.label, c.answered or ""))


def _calibration(right: npt.NDArray[np.bool_], confidence: Doubles) -> list[CalibrationBin]:
    """Bins of equal width that hold any text."""
    place = np.minimum((confidence * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    return [
        CalibrationBin(
            lo=i / CALIBRATION_BINS,
            hi=(i + 1) / CALIBRATION_BINS,
            n=int((place == i).sum()),
            confidence=float(confidence[place == i].mean()),
            accuracy=float(right[place == i].mean()),
        )
        for i in range(CALIBRATION_BINS)
        if (place == i).any()
    ]


def as_report(measures: Measures) -> dict[str, Any]:
    """The same as JSON values."""
    report: dict[str, Any] = msgspec.to_builtins(measures)
    return report
