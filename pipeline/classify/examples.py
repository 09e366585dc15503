"""Labelled examples of one head, checked before anything is learnt from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.domain.errors import UsageError

Rows = npt.NDArray[np.int64]

FEWEST_EXAMPLES: Final = 5
"""A class of fewer examples cannot be cross-validated."""


@dataclass(frozen=True, slots=True)
class Examples:
    """One head's examples: rows of the texts, and the class of each; `len(classes)` means out of scope.

    `classes` are sorted by name.
    """

    head: str
    classes: tuple[str, ...]
    out_of_scope: str | None
    rows: Rows
    targets: Rows

    @property
    def columns(self) -> int:
        """Classes, and one for what is out of scope."""
        return len(self.classes) + (self.out_of_scope is not None)

    @property
    def in_scope(self) -> npt.NDArray[np.bool_]:
        """Which examples belong to a class."""
        inside: npt.NDArray[np.bool_] = self.targets < len(self.classes)
        return inside


def examples_of(head: str, labels: Sequence[str | None], out_of_scope: str | None = None) -> Examples:
    """The rows that have a label, and which.

    Raises:
        UsageError: fewer than two classes, or a class (or what is out of scope) of fewer than `FEWEST_EXAMPLES`.
    """
    counts = Counter(label for label in labels if label is not None)
    beyond = counts.pop(out_of_scope, 0) if out_of_scope is not None else 0
    if len(counts) < 2:
        found = f"only `{next(iter(counts))}`" if counts else "none"
        raise UsageError(f"`{head}` needs at least two classes to tell apart and has {found}")
    few = sorted(label for label, count in counts.items() if count < FEWEST_EXAMPLES)
    if few:
        shown = ", ".join(f"`{label}` ({counts[label]})" for label in few[:5])
        more = f" and {len(few) - 5} more" if len(few) > 5 else ""
        raise UsageError(
            f"`{head}` needs at least {FEWEST_EXAMPLES} examples of each class; too few of {shown}{more}. "
            "Label more, or leave these out"
        )
    if 0 < beyond < FEWEST_EXAMPLES:
        raise UsageError(
            f"`{head}` has {beyond} examples of `{out_of_scope}`; give at least {FEWEST_EXAMPLES}, or none at all"
        )
    classes = tuple(sorted(counts))
    index = {label: i for i, label in enumerate(classes)}
    if beyond and out_of_scope is not None:
        index[out_of_scope] = len(classes)
    pairs = [(row, index[label]) for row, label in enumerate(labels) if label in index]
    rows, targets = np.array(pairs, np.int64).reshape(-1, 2).T
    return Examples(head, classes, out_of_scope if beyond else None, rows.copy(), targets.copy())
