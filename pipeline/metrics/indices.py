"""Indices as data: items, weights and versions. Read from `indices.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from pipeline.domain.errors import FatalError
from pipeline.metrics.instruments import instruments, read_registry

INDICES_FILE: Final = Path(__file__).with_name("indices.toml")


class Index(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of an index, in force from the day `begins` until the next version begins.

    `items` are weights by the events' word for the instrument; all items are asked on `scale`. The index runs from 0
    (all at the lowest point) to 100.
    """

    name: str
    label: str
    """What people see; an index in somebody else's manner says so."""
    version: int
    begins: date = msgspec.field(name="from")
    scale: tuple[int, int]
    items: dict[str, float]
    rule: str

    def __post_init__(self) -> None:
        if not self.items or min(self.items.values()) < 0 or sum(self.items.values()) <= 0:
            raise ValueError(f"index `{self.name}` needs items with weights that are not negative nor all zero")
        if not self.scale[0] < self.scale[1]:
            raise ValueError(f"index `{self.name}` needs a scale that rises")

    def weights(self) -> dict[str, float]:
        """Weights that sum to 1."""
        total = sum(self.items.values())
        return {item: weight / total for item, weight in self.items.items()}

    def value(self, means: Mapping[str, float]) -> float | None:
        """The index of the items' means, 0..100; None where an item is missing: the others cannot speak for it.

        >>> index = indices()[0]
        >>> round(index.value({"overall_satisfaction": 8, "against_expectation": 7.5, "against_ideal": 7}), 4)
        72.2222
        """
        low, high = self.scale
        if any(item not in means for item in self.items):
            return None
        return 100 * sum(weight * (means[item] - low) / (high - low) for item, weight in self.weights().items())


@cache
def indices(path: Path = INDICES_FILE) -> tuple[Index, ...]:
    """All versions of all indices of a TOML file, in its order.

    Raises `FatalError` where a version repeats or does not follow the one before (in number and in date), where two
    versions mean the same, or where an item is not a direct measure on the index's scale: signs of satisfaction, such
    as complaints, are never averaged with what customers say of it.
    """
    found = read_registry(path, "index", Index)
    asked = {(each.instrument, each.scale) for each in instruments()}
    for index in found:
        strange = [item for item in index.items if (item, index.scale) not in asked]
        if strange:
            raise FatalError(
                f"Index `{index.name}` has items that are no instrument on {index.scale[0]}-{index.scale[1]}: "
                f"{', '.join(strange)}. An index is made of direct measures alone."
            )
    for name in {index.name for index in found}:
        versions = [index for index in found if index.name == name]
        for before, after in pairwise(versions):
            _check_successor(before, after)
    return found


def series_breaks(name: str, all_indices: tuple[Index, ...]) -> tuple[date, ...]:
    """Days from which figures of the index cannot be compared with earlier ones: where each later version begins."""
    return tuple(index.begins for index in all_indices if index.name == name)[1:]


def _check_successor(before: Index, after: Index) -> None:
    if after.version != before.version + 1 or after.begins <= before.begins:
        raise FatalError(
            f"Version {after.version} of index `{after.name}` does not follow version {before.version}: numbers rise "
            "by one, and so do days."
        )
    if (before.weights(), before.scale) == (after.weights(), after.scale):
        raise FatalError(f"Versions {before.version} and {after.version} of index `{after.name}` mean the same.")
