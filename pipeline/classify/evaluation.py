"""A model asked about labelled texts: how right it is, and how fast."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from pipeline.classify.features import text_buffers
from pipeline.classify.heads import Head
from pipeline.classify.measures import Measures, measured
from pipeline.classify.model import TextModel
from pipeline.domain.errors import UsageError

_TEXTS_A_PASS: Final = 20_000
_CPU_SECONDS: Final = 2.0
_FEWEST_PASSES: Final = 5


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What `vidhuk evaluate` says: the measures, which model and head they are of, and the rate.

    `documents_per_second` is of one core, from Arrow strings to answers with confidence, all heads of the model: the
    median of several passes, by the processor's time, after a first one that is not counted.
    """

    model: str
    head: str
    threshold: float
    unknown_labels: list[str]
    documents_per_second: float
    measures: Measures


def head_for(model: TextModel, name: str | None, label_column: str) -> Head:
    """The head of this name, else the one named like the label column, else the model's only one.

    Raises:
        UsageError: there is none, or more than one could be meant.
    """
    heads = {head.name: head for head in model.heads}
    if name is None and len(heads) == 1:
        return model.heads[0]
    wanted = label_column if name is None else name
    if wanted not in heads:
        have = ", ".join(f"`{other}`" for other in heads)
        raise UsageError(f"the model {model.id} has no head `{wanted}`; name one of {have} with --head")
    return heads[wanted]


def evaluated(
    model: TextModel, head: Head, texts: Sequence[str], labels: Sequence[str], out_of_scope: str | None
) -> Evaluation:
    """The measures of one head over labelled texts, and how fast the whole model answers.

    `out_of_scope` is the label of texts that belong to no class; where it is given, a text that is not answered counts
    as an error, otherwise the likeliest class is taken throughout. Labels that the head does not have count as classes
    that are never answered.

    Raises:
        UsageError: no text is in scope.
    """
    unknown = sorted(set(labels) - set(head.classes) - {out_of_scope})
    classes = (*head.classes, *unknown)
    index = {label: i for i, label in enumerate(classes)}
    targets = np.array([index.get(label, len(classes)) for label in labels], np.int64)
    if not (targets < len(classes)).any():
        raise UsageError(f"every row has the label `{out_of_scope}`, so there is no accuracy to measure")
    answers = model.predict(texts)[head.name]
    measures = measured(
        classes, targets, answers.best, answers.answer, answers.confidence, silence_errs=out_of_scope is not None
    )
    return Evaluation(
        model=model.id,
        head=head.name,
        threshold=head.threshold,
        unknown_labels=unknown,
        documents_per_second=documents_per_second(model, texts),
        measures=measures,
    )


def documents_per_second(model: TextModel, texts: Sequence[str]) -> float:
    """How many such texts one core answers in a second of its time; few texts are taken several times a pass."""
    several = list(texts) * -(-_TEXTS_A_PASS // len(texts))
    buffers = text_buffers(pa.array(several, pa.large_string()))
    model.predict(buffers)  # compiles, and brings the weights near
    rates: list[float] = []
    spent = 0.0
    while spent < _CPU_SECONDS or len(rates) < _FEWEST_PASSES:
        began = time.process_time()
        model.predict(buffers)
        took = time.process_time() - began
        rates.append(len(buffers) / max(took, 1e-9))
        spent += took
    return float(np.median(rates))
