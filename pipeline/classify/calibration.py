"""What a head needs besides weights, decided on held-out scores: the slope of its confidence and where it is silent."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from pipeline.classify.examples import Examples
from pipeline.classify.fitting import HeldOut
from pipeline.classify.heads import Head, answered

Doubles = npt.NDArray[np.float64]


def slope_of(scores: Doubles, targets: npt.NDArray[np.int64]) -> float:
    """The factor of scores under which the softmax gives the right classes the greatest likelihood (temperature)."""

    def loss(log_slope: float) -> float:
        scaled = np.exp(log_slope) * scores
        return float(np.mean(logsumexp(scaled, axis=1) - scaled[np.arange(len(scaled)), targets]))

    found = minimize_scalar(loss, bounds=(np.log(0.1), np.log(100.0)), method="bounded", options={"xatol": 1e-4})
    return round(float(np.exp(found.x)), 4)


def threshold_of(sureness: Doubles, right: npt.NDArray[np.bool_], lost_at_most: float) -> float:
    """The greatest threshold that leaves at most this share of all texts right by themselves but not answered."""
    spared = int(lost_at_most * len(right))
    of_right = np.sort(sureness[right])
    return float(of_right[min(spared, len(of_right) - 1)]) if len(of_right) else 0.0


def calibrated(examples: Examples, held_out: HeldOut, first: int, lost_at_most: float) -> Head:
    """The head of these examples, its columns beginning at `first` of the model's."""
    inside = examples.in_scope
    classes = len(examples.classes)
    slope = slope_of(held_out.scores[inside, :classes].astype(np.float64), examples.targets[inside])
    head = Head(name=examples.head, classes=examples.classes, first=0, slope=slope, out_of_scope=examples.out_of_scope)
    found = answered(head, held_out.scores, held_out.known)
    right = found.best[inside] == examples.targets[inside]
    threshold = threshold_of(found.sureness[inside], right, lost_at_most)
    return msgspec.structs.replace(head, first=first, threshold=threshold)
