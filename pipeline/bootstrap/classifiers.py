"""Which classifier the settings ask for."""

from __future__ import annotations

from pathlib import Path

from pipeline.ports import Classifier
from pipeline.settings import Settings


def classifier_of(settings: Settings) -> Classifier | None:
    """The classifier that the intake works with, None if texts are not to be classified.

    Raises `UsageError` when the setting names a model that cannot be read or answers none of our questions.
    """
    match settings.classifier:
        case "off":
            return None
        case "lexicon":
            from pipeline.classify.lexicon import LexiconClassifier

            return LexiconClassifier()
        case "default":
            from pipeline.classify.text_classifier import TextClassifier

            return TextClassifier.default()
        case path:
            from pipeline.classify.model import TextModel
            from pipeline.classify.text_classifier import TextClassifier

            return TextClassifier(TextModel.load(Path(path).expanduser()))
