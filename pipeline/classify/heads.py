"""From scores to answers: the best class of each head, how sure that is, and whether it is sure enough to say."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.classify.compiling import compiled
from pipeline.classify.kernel import Floats

Indices = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]

DONT_KNOW: Final = -1
"""The class index of a text about which a head does not know enough."""

SIGNALS: Final = ("confidence", "top", "gap", "known", "out_of_scope")
"""What sureness is a weighted sum of: the best class's probability and score, its lead over the second, the share of
the text that the vocabulary knows, and the score of the out-of-scope class (0 where the head has none)."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """One question that a model answers.

    `classes` stand in the columns from `first` on; where examples of what is out of scope were given, one more column
    follows, which is never an answer. Probabilities are the softmax of `slope` times the scores. A text whose sureness
    (the sum of `sureness` by `SIGNALS`) is below `threshold` is not answered.
    """

    name: str
    classes: tuple[str, ...]
    first: int
    slope: float
    sureness: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 0.0)
    threshold: float = 0.0
    out_of_scope: str | None = None

    @property
    def columns(self) -> int:
        """How many columns are this head's."""
        return len(self.classes) + (self.out_of_scope is not None)


_LOG2_E, _LN_2 = 1.4426950408889634, 0.6931471805599453
_INVERSE_FACTORIALS = np.array([1 / factorial(n) for n in range(13)])
_HALVES = np.array([0.5**n for n in range(1_075)])


@dataclass(frozen=True, slots=True)
class Answers:
    """What a head says of texts, one element per text.

    `best` is the likeliest class and `confidence` its probability (0 to 1); `answer` is the same class, or `DONT_KNOW`
    where `sureness` is below the head's threshold or the vocabulary knows nothing of the text.
    """

    head: Head
    best: Indices
    answer: Indices
    confidence: Doubles
    sureness: Doubles

    def labels(self) -> list[str | None]:
        """The answers by name, None where the head does not know."""
        names = (*self.head.classes, None)
        return [names[i] for i in self.answer.tolist()]


def answered(head: Head, scores: Floats, known: Floats) -> Answers:
    """The answers of a head, from its model's scores (texts by columns) and known shares."""
    signals = signals_of(head, scores, known)
    sureness = sureness_of(head, signals)
    answer = np.where((sureness >= head.threshold) & (known > 0), signals.best, DONT_KNOW).astype(np.int32)
    return Answers(head, signals.best, answer, signals.confidence, sureness)


def sureness_of(head: Head, signals: Signals) -> Doubles:
    """The sum of the head's `SIGNALS`, weighed, in their order."""
    sureness = np.zeros(len(signals.best), np.float64)
    for weight, name in zip(head.sureness, SIGNALS, strict=True):
        sureness += weight * getattr(signals, name)
    return sureness


@dataclass(frozen=True, slots=True)
class Signals:
    """Of each text the likeliest class and the `SIGNALS`."""

    best: Indices
    confidence: Doubles
    top: Doubles
    gap: Doubles
    known: Doubles
    out_of_scope: Doubles


def signals_of(head: Head, scores: Floats, known: Floats) -> Signals:
    """What a head can see of texts, from its model's scores (texts by columns) and known shares."""
    n = len(scores)
    best = np.empty(n, np.int32)
    confidence, top, gap = np.empty(n), np.empty(n), np.empty(n)
    _look(scores, head.first, len(head.classes), head.slope, best, confidence, top, gap)
    beyond = np.zeros(n)
    if head.out_of_scope is not None:
        beyond = scores[:, head.first + len(head.classes)].astype(np.float64)
    return Signals(best, confidence, top, gap, known.astype(np.float64), beyond)


@compiled
def exponential(x: float) -> float:
    """The exponential of a number that is not positive, alike on every machine: the C library's is not.

    A Taylor series of 12 terms after taking out the nearest power of two; off by less than one part in 10^14. Below
    -700 it is 0.
    """
    if x < -700.0:
        return 0.0
    halvings = int(0.5 - x * _LOG2_E)
    rest = x + halvings * _LN_2
    total = _INVERSE_FACTORIALS[12]
    for term in range(11, -1, -1):
        total = total * rest + _INVERSE_FACTORIALS[term]
    return float(total * _HALVES[halvings])


@compiled
def _look(
    scores: Floats,
    first: int,
    classes: int,
    slope: float,
    best: Indices,
    confidence: Doubles,
    top: Doubles,
    gap: Doubles,
) -> None:
    """Fill the outputs; of equal scores the earlier class wins."""
    for d in range(len(scores)):
        row = scores[d]
        place, highest, second = 0, row[first], np.float32(-np.inf)
        for c in range(1, classes):
            score = row[first + c]
            if score > highest:
                second = highest
                highest = score
                place = c
            elif score > second:
                second = score
        total = 0.0
        for c in range(classes):
            total += exponential(slope * (np.float64(row[first + c]) - np.float64(highest)))
        best[d] = place
        confidence[d] = 1.0 / total
        top[d] = highest
        gap[d] = highest - second if classes > 1 else 0.0
