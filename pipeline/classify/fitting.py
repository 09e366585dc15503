"""Weights fitted by scikit-learn, and scores of texts that the weights had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.svm import LinearSVC

from pipeline.classify.examples import Examples, Rows
from pipeline.classify.features import FeatureSpec, HashedTexts
from pipeline.classify.kernel import Floats, Vocabulary, matrix
from pipeline.classify.vocabulary import some, vocabulary_of

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """How a model is trained. The defaults were chosen by cross-validation; see docs/classification.md."""

    name: str = "model"
    version: str = "1"
    spec: FeatureSpec = field(default_factory=FeatureSpec)
    word_share: float = 0.7
    cost: float = 2.0
    balanced: bool = False
    out_of_scope_weight: float = 10.0
    """An example of what is out of scope counts so many times: there are few of them, and they are of many kinds."""
    least_texts: int = 1
    folds: int = 5
    seed: int = 0
    cues: bool = False
    """Whether the lexicon's sums and the marks of a text are weighed too; see `cues.py`."""
    lost_at_most: float = 0.0035
    """So much of the accuracy over in-scope texts may be given up to not answering."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of examples by weights fitted without them: examples by the head's columns, and the known shares."""

    scores: Floats
    known: Floats


def inputs_of(texts: HashedTexts, cues: Floats, vocabulary: Vocabulary) -> tuple[sp.csr_matrix, Floats]:
    """The features' values and then the cues, texts by vocabulary and cues, and the known shares."""
    values, columns, ends, known = matrix(texts, vocabulary)
    shape = (len(texts), len(vocabulary.hashes))
    features = sp.csr_matrix((values, columns, ends), shape=shape)
    return (sp.hstack([features, cues]).tocsr() if cues.shape[1] else features), known


def fitted(
    inputs: sp.csr_matrix, targets: Rows, examples: Examples, options: TrainingOptions
) -> tuple[Doubles, Doubles]:
    """Weights (inputs by columns) and biases, one class against all others; a class without examples gets none."""
    columns, classes = examples.columns, len(examples.classes)
    weights_of = dict.fromkeys(range(columns), 1.0)
    if options.balanced:
        counts = np.bincount(targets, minlength=columns)
        weights_of = {i: len(targets) / (columns * max(int(n), 1)) for i, n in enumerate(counts.tolist())}
    if columns > classes:
        weights_of[classes] = options.out_of_scope_weight
    present = {i: weight for i, weight in weights_of.items() if (targets == i).any()}
    machine = LinearSVC(C=options.cost, class_weight=present, random_state=options.seed).fit(inputs, targets)
    weights = np.zeros((inputs.shape[1], columns))
    bias = np.full(columns, -1.0)
    if len(machine.classes_) == 2:  # scikit-learn fits one row for two classes
        weights[:, machine.classes_] = np.stack((-machine.coef_[0], machine.coef_[0]), axis=1)
        bias[machine.classes_] = -machine.intercept_[0], machine.intercept_[0]
    else:
        weights[:, machine.classes_] = machine.coef_.T
        bias[machine.classes_] = machine.intercept_
    return weights, bias


def folds_of(examples: Examples, options: TrainingOptions, groups: Sequence[str] | None) -> list[tuple[Rows, Rows]]:
    """Positions among the examples to fit on and to hold out, once per fold."""
    places = np.arange(len(examples.rows))
    if groups is None:
        splitter = StratifiedKFold(options.folds, shuffle=True, random_state=options.seed)
        return [(fit, held) for fit, held in splitter.split(places, examples.targets)]
    among = np.array([groups[row] for row in examples.rows.tolist()])
    grouped = StratifiedGroupKFold(options.folds, shuffle=True, random_state=options.seed)
    return [(fit, held) for fit, held in grouped.split(places, examples.targets, among)]


def held_out_scores(
    texts: HashedTexts,
    cues: Floats,
    examples: Examples,
    options: TrainingOptions,
    groups: Sequence[str] | None = None,
) -> HeldOut:
    """Cross-validated scores of all examples; each fold has a vocabulary of its own."""
    scores = np.empty((len(examples.rows), examples.columns), np.float32)
    known = np.empty(len(examples.rows), np.float32)
    for fit, held in folds_of(examples, options, groups):
        rows, held_rows = examples.rows[fit], examples.rows[held]
        seen, unseen = some(texts, rows), some(texts, held_rows)
        vocabulary = vocabulary_of(seen, options.word_share, options.least_texts)
        weights, bias = fitted(inputs_of(seen, cues[rows], vocabulary)[0], examples.targets[fit], examples, options)
        inputs, known[held] = inputs_of(unseen, cues[held_rows], vocabulary)
        scores[held] = inputs @ weights + bias
    return HeldOut(scores, known)
