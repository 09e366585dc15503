"""Which classifier the settings ask for, and in whose categories it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.ports import Classifier
from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """A classifier and the questions that it answers, of `CONFIDENCE_HEADS`."""

    classifier: Classifier
    heads: tuple[str, ...]


def classifier_of(settings: Settings) -> Classifier | None:
    """The classifier that the intake works with, None if texts are not to be classified.

    Its categories are those of the taxonomy in force. Raises `UsageError` when the setting names a model that cannot be
    read, answers none of our questions, or answers categories of which the taxonomy does not say what becomes.
    """
    from pipeline.domain.taxonomies.loading import load_taxonomy

    match settings.classifier:
        case "off":
            load_taxonomy(settings.taxonomy)
            return None
        case "lexicon":
            from pipeline.classify.in_taxonomy import in_taxonomy
            from pipeline.classify.lexicon import LexiconClassifier

            lexicon = LexiconClassifier()
            return in_taxonomy(lexicon, lexicon.categories, load_taxonomy(settings.taxonomy))
        case name:
            return model_of(settings, name).classifier


def model_of(settings: Settings, name: str) -> Asked:
    """The trained model called `default`, or the one in the file `name`, answering in categories of the taxonomy.

    Raises `UsageError` as `classifier_of`.
    """
    from pipeline.classify.in_taxonomy import in_taxonomy
    from pipeline.classify.model import TextModel
    from pipeline.classify.text_classifier import DEFAULT_NAME, TextClassifier
    from pipeline.domain.taxonomies.loading import load_taxonomy

    taxonomy = load_taxonomy(settings.taxonomy)
    if name == DEFAULT_NAME:
        classifier = TextClassifier.default()
    else:
        classifier = TextClassifier(TextModel.load(Path(name).expanduser()))
    return Asked(in_taxonomy(classifier, classifier.categories, taxonomy), classifier.heads)


def check_classification(settings: Settings) -> None:
    """Look at what a worker would refuse to start with, before anything is started for it.

    What Vidhuk ships is known to fit together, so nothing is loaded for it. Raises `UsageError` as `classifier_of`.
    """
    if settings.taxonomy is not None or settings.classifier not in {"default", "lexicon", "off"}:
        classifier_of(settings)
