"""A taxonomy as a value: its categories, and what becomes of the categories that a model answers in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from pipeline.domain.errors import UsageError


class Characteristic(StrEnum):
    """What kind of thing customers judge in a category; a survey's items are sorted in the same three."""

    PRODUCT = "product"
    DELIVERY = "delivery"
    ORGANIZATIONAL = "organizational"


@dataclass(frozen=True, slots=True)
class TaxonomyCategory:
    """One thing that feedback can be about. `takes` are the model's categories that become it, in the file's order."""

    id: str
    label_en: str
    label_uk: str
    description: str
    takes: tuple[str, ...]
    characteristic: Characteristic | None = None


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """An organization's categories, in the order in which they are shown.

    `mapping` holds every word that a classifier may answer and the id that it becomes: the ids themselves, what a
    category takes, and what only the fallback is left for. Mapping twice is mapping once.
    """

    name: str
    version: int
    fallback: str
    categories: tuple[TaxonomyCategory, ...]
    mapping: Mapping[str, str]

    @property
    def title(self) -> str:
        """`name-version`, for people."""
        return f"{self.name}-{self.version}"

    @property
    def digest(self) -> str:
        """SHA-256 over name, version and mapping: equal digests turn equal answers into equal categories.

        Labels and descriptions are no part of it, so a spelling that is put right changes no answer's id.
        """
        rules = msgspec.json.encode([self.name, self.version, sorted(self.mapping.items())])
        return hashlib.sha256(rules).hexdigest()

    @property
    def id(self) -> str:
        """`name-version+digest`, which models' ids end with."""
        return f"{self.title}+{self.digest[:8]}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The categories' ids, in order."""
        return tuple(category.id for category in self.categories)

    def label(self, category: str) -> str:
        """The English label of a category, the word itself where the taxonomy does not know it."""
        return next((each.label_en for each in self.categories if each.id == category), category)

    def becomes(self, answers: Iterable[str], model: str) -> dict[str, str]:
        """The id that each of a model's categories becomes.

        Raises `UsageError` that lists those which are neither ids here nor taken by a category, and says what to do.
        """
        asked = list(answers)
        unknown = [answer for answer in asked if answer not in self.mapping]
        if unknown:
            raise UsageError(
                f"The taxonomy {self.title} does not say what becomes of categories that the model {model} answers: "
                f"{', '.join(unknown)}. Give the taxonomy a category with that id for each, or name them in `from` "
                "(and, unless they are Vidhuk's own, in `model_categories`); the setting `taxonomy` names its file, "
                "and `vidhuk taxonomy show` lists what it has now."
            )
        return {answer: self.mapping[answer] for answer in asked}
