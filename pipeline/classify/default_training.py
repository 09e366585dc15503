"""Makes the model that Vidhuk ships: `python -m pipeline.classify.default_training` writes it anew from the corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pipeline.classify.corpus_files import training_texts
from pipeline.classify.features import FeatureSpec
from pipeline.classify.model import TextModel
from pipeline.classify.text_classifier import DEFAULT_MODEL
from pipeline.classify.training import TrainingOptions, train

OPTIONS: Final = TrainingOptions(
    name="default",
    version="1",
    spec=FeatureSpec(2, 3, 4),
    word_share=0.9,
    cost=1.0,
    balanced=True,
    cues=True,
    least_texts=2,
    lost_at_most=0.05,
)
"""Chosen by cross-validation over the trades of the training texts. Balanced, because wishes and dangers are few.
Features of one text only are left out: more dangers are found without them, and the file is small."""


def trained_default() -> TextModel:
    """The default model, learnt from the corpus as it stands."""
    corpus = training_texts()
    return train(corpus.texts, corpus.labels, OPTIONS)


def main(path: Path = DEFAULT_MODEL) -> None:
    """Train and write the model."""
    path.parent.mkdir(exist_ok=True)
    trained_default().save(path)


if __name__ == "__main__":
    main()
