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


class Measures(msgspec.Struct, frozen=True):
    """Figures of one head over labelled texts.

    `accuracy` is over the `n` in-scope texts, where not answering counts as an error; `accuracy_if_forced` counts the
    likeliest class throughout. `macro_f1` is the mean of the classes' F1 with answers withheld counted as missed.
    `out_of_scope_recall` is the share of the `n_out_of_scope` texts that were rightly not answered; None without any.
    """

    n: int
    accuracy: float
    accuracy_if_forced: float
    answered: float
    macro_f1: float
    calibration_error: float
    n_out_of_scope: int
    out_of_scope_recall: float | None
    classes: list[ClassMeasures]
    confusions: list[Confusion]
    calibration: list[CalibrationBin]


def measured(
    classes: tuple[str, ...], targets: Integers, best: Integers, answer: Integers, confidence: Doubles
) -> Measures:
    """Figures of answers given as class indices; targets outside the classes are out of scope.

    Raises:
        ValueError: no target is in scope.
    """
    inside = (targets >= 0) & (targets < len(classes))
    if not inside.any():
        raise ValueError("no text is in scope")
    truth, said, likeliest, sure = targets[inside], answer[inside], best[inside], confidence[inside]
    per_class = [_class_measures(label, truth == i, said == i) for i, label in enumerate(classes)]
    present = [found for found in per_class if found.n]
    bins = _calibration(likeliest == truth, sure)
    beyond = answer[~inside]
    return Measures(
        n=int(inside.sum()),
        accuracy=float(np.mean(said == truth)),
        accuracy_if_forced=float(np.mean(likeliest == truth)),
        answered=float(np.mean(said != DONT_KNOW)),
        macro_f1=float(np.mean([found.f1 for found in present])),
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
