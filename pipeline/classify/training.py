"""Models learnt from labelled texts, on the very features that the kernel scores.

Every figure that training reports or decides by (slope, sureness, threshold) comes from texts that the weights in
question have not seen: each head is fitted once per fold on the other folds, and once more on everything for the model.
One thread, fixed seeds: the same texts give the same file. This room imports scikit-learn; nothing that answers does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from pipeline.classify.calibration import calibrated
from pipeline.classify.cues import CueReader
from pipeline.classify.examples import Examples, examples_of
from pipeline.classify.features import FEATURES_VERSION, hashed, text_buffers
from pipeline.classify.fitting import HeldOut, TrainingOptions, fitted, held_out_scores, inputs_of
from pipeline.classify.heads import Head, answered
from pipeline.classify.kernel import LinearWeights
from pipeline.classify.measures import as_report, measured
from pipeline.classify.model import Header, TextModel
from pipeline.classify.vocabulary import vocabulary_of

__all__ = ["TrainingOptions", "train"]


def train(
    texts: Sequence[str | None],
    labels: Mapping[str, Sequence[str | None]],
    options: TrainingOptions,
    *,
    out_of_scope: Mapping[str, str] | None = None,
    groups: Sequence[str] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> TextModel:
    """A model with one head for each key of `labels`, which hold one label per text, None where it has none.

    `out_of_scope` names, by head, the label of texts that belong to no class. Texts of one group (a text and its
    translation, say) are always in the same fold. The header's `report` has the cross-validated measures by head.

    Raises:
        UsageError: a head has fewer than two classes, or a class too few examples.
    """
    beyond = out_of_scope or {}
    asked = [examples_of(name, given, beyond.get(name)) for name, given in labels.items()]
    features = hashed(text_buffers(texts), options.spec)
    vocabulary = vocabulary_of(features, options.word_share, options.least_texts)
    reader = CueReader.shipped() if options.cues else None
    cues = np.zeros((len(texts), 0), np.float32) if reader is None else reader.read(texts)
    inputs = inputs_of(features, cues, vocabulary)[0]
    heads: list[Head] = []
    parts, report = [], {}
    for examples in asked:
        say(f"{examples.head}: {len(examples.classes)} classes, {len(examples.rows):,} examples")
        held_out = held_out_scores(features, cues, examples, options, groups)
        head = calibrated(examples, held_out, sum(other.columns for other in heads), options.lost_at_most)
        report[head.name] = _report(examples, head, held_out)
        parts.append(fitted(inputs[examples.rows], examples.targets, examples, options))
        heads.append(head)
    header = Header(
        name=options.name,
        version=options.version,
        features_version=FEATURES_VERSION,
        spec=options.spec,
        word_share=float(vocabulary.word_share),
        unknown_idf=float(vocabulary.unknown_idf),
        heads=tuple(heads),
        cues=None if reader is None else reader.id,
        report=report,
    )
    weights, bias = (np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True))
    linear = LinearWeights.rounded(weights[: len(vocabulary.hashes)], bias)
    cue_weights = np.zeros((cues.shape[1], linear.weights.shape[1]), np.float32)
    cue_weights[:, : weights.shape[1]] = weights[len(vocabulary.hashes) :]
    return TextModel.of(header, vocabulary, linear, cue_weights, reader)


def _report(examples: Examples, head: Head, held_out: HeldOut) -> dict[str, Any]:
    """Cross-validated measures of a head at its threshold."""
    answers = answered(msgspec.structs.replace(head, first=0), held_out.scores, held_out.known)
    measures = measured(
        head.classes,
        examples.targets,
        answers.best,
        answers.answer,
        answers.confidence,
        silence_errs=head.out_of_scope is not None,
    )
    return as_report(measures)
