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


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """One question that a model answers.

    `classes` stand in the columns from `first` on; where examples of what is out of scope were given, one more column
    follows, which is never an answer. Probabilities are the softmax of `slope` times the classes' scores. Sureness is
    the best class's score, less that of what is out of scope where there is one; below `threshold` there is no answer.
    """

    name: str
    classes: tuple[str, ...]
    first: int
    slope: float
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
    """The answers of a head, from its model's scores (texts by columns) and known parts."""
    best = np.empty(len(scores), np.int32)
    confidence, sureness = np.empty(len(scores)), np.empty(len(scores))
    classes = len(head.classes)
    beyond = -1 if head.out_of_scope is None else head.first + classes
    _look(scores, head.first, classes, beyond, head.slope, best, confidence, sureness)
    answer = np.where((sureness >= head.threshold) & (known > 0), best, DONT_KNOW).astype(np.int32)
    return Answers(head, best, answer, confidence, sureness)


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
    beyond: int,
    slope: float,
    best: Indices,
    confidence: Doubles,
    sureness: Doubles,
) -> None:
    """Fill the outputs; of equal scores the earlier class wins. `beyond` is the out-of-scope column, -1 for none."""
    for d in range(len(scores)):
        row = scores[d]
        place = 0
        for c in range(1, classes):
            if row[first + c] > row[first + place]:
                place = c
        highest = np.float64(row[first + place])
        total = 0.0
        for c in range(classes):
            total += exponential(slope * (np.float64(row[first + c]) - highest))
        best[d] = place
        confidence[d] = 1.0 / total
        sureness[d] = highest - np.float64(row[beyond]) if beyond >= 0 else highest
