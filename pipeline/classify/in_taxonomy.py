"""A classifier whose categories are those of an organization's taxonomy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.domain.taxonomies.loading import is_shipped
from pipeline.domain.taxonomies.taxonomy import Taxonomy
from pipeline.ports import Classification, Classifier


class InTaxonomy:
    """A `Classifier` over another one: of every text it says the same, with its category in words of the taxonomy.

    A category that is not known stays unknown: the fallback is for what the model does say. The confidence stays that
    of the model's own, narrower category, so it never says too much.
    """

    def __init__(self, classifier: Classifier, categories: Sequence[str], taxonomy: Taxonomy) -> None:
        """`categories` are all that the classifier may answer.

        Raises `UsageError` that lists those of which the taxonomy does not say what becomes.
        """
        self._classifier = classifier
        self._taxonomy = taxonomy
        self._becomes: dict[str | None, str | None] = {None: None}
        self._becomes.update(taxonomy.becomes(categories, classifier.model))

    @property
    def model(self) -> str:
        """The classifier's own id, then the taxonomy's: other rules are another id."""
        return f"{self._classifier.model}+{self._taxonomy.id}"

    def classify(self, texts: Sequence[str | None], stated_languages: Sequence[str | None]) -> Classification:
        """One answer per text, in order. A stated language is believed."""
        said = self._classifier.classify(texts, stated_languages)
        return replace(said, model=self.model, category=list(map(self._becomes.__getitem__, said.category)))


def in_taxonomy(classifier: Classifier, categories: Sequence[str], taxonomy: Taxonomy) -> Classifier:
    """The classifier with its categories in words of the taxonomy; itself, with its own id, where nothing changes.

    Nothing does under Vidhuk's own taxonomy, nor where it answers no categories at all. Raises as `InTaxonomy`.
    """
    if not categories:
        return classifier
    translated = InTaxonomy(classifier, categories, taxonomy)
    return classifier if is_shipped(taxonomy) else translated
