"""Weights that let answers stand for a population, and what weighting costs in precision."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]

DEFAULT_CAP: Final = 5.0
"""Largest weight as a multiple of the mean weight; common practice trims between 3 and 6 (Battaglia et al. 2009)."""
_PASSES: Final = 500
_CLOSE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Margin:
    """Known shares or counts of a population over one dimension, and where they are from.

    `targets` are scaled to sum 1. `source` and `as_of` (an ISO date) travel with every figure weighted by it.
    """

    dimension: str
    targets: Mapping[str, float]
    source: str
    as_of: str

    def __post_init__(self) -> None:
        if not self.targets or any(not math.isfinite(size) or size < 0 for size in self.targets.values()):
            raise ValueError(f"the margin `{self.dimension}` needs targets that are finite and not negative")
        if sum(self.targets.values()) <= 0:
            raise ValueError(f"the targets of the margin `{self.dimension}` are all zero")

    def shares(self) -> dict[str, float]:
        """The targets, scaled to sum 1."""
        total = math.fsum(self.targets.values())
        return {name: size / total for name, size in self.targets.items()}


@dataclass(frozen=True, slots=True)
class Weighting:
    """Weights of respondents in their order, with mean 1.

    `converged` says whether every margin is met within a billionth; `largest_gap` is the largest difference between a
    weighted and a target share, so that weights which could not meet their margins (a cap forbids it) show by how
    much. `capped` counts respondents at the cap.
    """

    weights: Weights
    converged: bool
    passes: int
    largest_gap: float
    capped: int
    n_eff: float
    design_effect: float


def effective_n(weights: Sequence[float] | Weights) -> float:
    """Kish's effective sample size (Σw)² / Σw²; 0 for nobody.

    >>> effective_n([1] * 50 + [3] * 50)
    80.0

    Raises:
        ValueError: a weight is negative or not finite, or all are zero.
    """
    values = _checked(weights)
    return float(values.sum() ** 2 / (values**2).sum()) if len(values) else 0.0


def design_effect(weights: Sequence[float] | Weights) -> float | None:
    """Kish's design effect n / n_eff = 1 + relvar(w); None for nobody. The variance grows by this factor."""
    n = len(weights)
    return n / effective_n(weights) if n else None


def post_stratify(strata: Sequence[str], margin: Margin, cap: float = DEFAULT_CAP) -> Weighting:
    """Weights that give each stratum its known share: raking to a single margin of cells."""
    return rake({margin.dimension: strata}, [margin], cap=cap)


def rake(
    answers: Mapping[str, Sequence[str]],
    margins: Sequence[Margin],
    *,
    cap: float = DEFAULT_CAP,
    base: Sequence[float] | None = None,
) -> Weighting:
    """Weights that meet all `margins` at once by iterative proportional fitting (Deming & Stephan 1940).

    `answers` holds, by dimension, the category of each respondent; `base` the weights to start from, equal by default.
    After each pass weights above `cap` times the mean are cut to it, and fitting goes on until nothing moves.

    Raises:
        ValueError: names the dimension without answers, the category that nobody answered in although it has a target
            (merge it with a neighbour), or the one that has answers and no target.
    """
    n = _respondents(answers, margins)
    if cap <= 1:
        raise ValueError(f"the cap is a multiple of the mean weight and lies above 1, not {cap}")
    codes, shares = zip(*(_coded(answers[margin.dimension], margin) for margin in margins), strict=True)
    start = np.ones(n) if base is None else _checked(base)
    if len(start) != n or not (start > 0).all():
        raise ValueError("base weights are as many as respondents, and above zero")
    weights, passes, moved = start / start.mean(), 0, math.inf
    while passes < _PASSES and moved > _CLOSE / 10:
        before = weights
        for code, share in zip(codes, shares, strict=True):
            weights = weights * (share * n / np.bincount(code, weights, len(share)))[code]
        weights = _capped(weights, cap)
        moved, passes = float(np.abs(weights - before).max()), passes + 1
    gap = max(
        float(np.abs(np.bincount(code, weights, len(share)) / n - share).max())
        for code, share in zip(codes, shares, strict=True)
    )
    n_eff = effective_n(weights)
    at_cap = int((weights >= cap * (1 - _CLOSE)).sum())
    return Weighting(weights, gap <= _CLOSE, passes, gap, at_cap, n_eff, n / n_eff)


def rake_table(table: Sequence[Sequence[float]], rows: Sequence[float], columns: Sequence[float]) -> Weights:
    """A two-way table of counts, fitted to the totals of its rows and columns, without a cap.

    Raises:
        ValueError: the totals do not fit the table or each other, a row or column with a total is empty, or fitting
            does not converge (zero cells can forbid it).
    """
    fitted = np.asarray(table, dtype=float)
    across, down = np.asarray(rows, dtype=float), np.asarray(columns, dtype=float)
    if fitted.shape != (len(across), len(down)) or (fitted < 0).any():
        raise ValueError("a table has one total for each row and column, and no negative counts")
    if not math.isclose(float(across.sum()), float(down.sum()), rel_tol=1e-9):
        raise ValueError(f"the row totals sum to {across.sum()}, the column totals to {down.sum()}")
    if (fitted.sum(1) == 0)[across > 0].any() or (fitted.sum(0) == 0)[down > 0].any():
        raise ValueError("a row or column without counts cannot be fitted to a total above zero; merge it")
    for _ in range(_PASSES):
        fitted = fitted * np.divide(across, fitted.sum(1), out=np.zeros_like(across), where=fitted.sum(1) > 0)[:, None]
        fitted = fitted * np.divide(down, fitted.sum(0), out=np.zeros_like(down), where=fitted.sum(0) > 0)
        if np.abs(fitted.sum(1) - across).max() <= _CLOSE * across.sum():
            return np.asarray(fitted, dtype=float)
    raise ValueError("the table does not converge to these totals; its zero cells forbid them")


def _capped(weights: Weights, cap: float) -> Weights:
    """Weights with mean 1 and none above `cap`: what is cut off goes to the others in proportion."""
    scaled: Weights = weights / weights.mean()
    held = np.zeros(len(scaled), dtype=bool)
    while (over := (scaled > cap) & ~held).any():
        held |= over
        rest = scaled[~held].sum()
        scaled = np.where(held, cap, scaled * ((len(scaled) - cap * held.sum()) / rest))
    return scaled


def _checked(weights: Sequence[float] | Weights) -> Weights:
    values: Weights = np.asarray(weights, dtype=float)
    if len(values) and (not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0):
        raise ValueError("weights are finite, not negative, and not all zero")
    return values


def _respondents(answers: Mapping[str, Sequence[str]], margins: Sequence[Margin]) -> int:
    if not margins:
        raise ValueError("weighting needs at least one margin of the population")
    missing = [margin.dimension for margin in margins if margin.dimension not in answers]
    if missing:
        raise ValueError(f"there are no answers by {', '.join(missing)}, so it cannot be weighted by")
    sizes = {len(answers[margin.dimension]) for margin in margins}
    if len(sizes) > 1 or 0 in sizes:
        raise ValueError("every dimension has one category for each respondent, and there is at least one")
    return sizes.pop()


def _coded(categories: Sequence[str], margin: Margin) -> tuple[NDArray[np.intp], Weights]:
    wanted = {name: share for name, share in margin.shares().items() if share > 0}
    seen = set(categories)
    untold = sorted(seen - wanted.keys())
    if untold:
        raise ValueError(
            f"the margin `{margin.dimension}` has no target for {', '.join(untold)}, where answers are; add one or "
            "leave those answers out"
        )
    empty = sorted(wanted.keys() - seen)
    if empty:
        raise ValueError(
            f"nobody answered in {', '.join(empty)} of the margin `{margin.dimension}`, which has a target above "
            "zero; merge it with a neighbouring category"
        )
    places = {name: place for place, name in enumerate(wanted)}
    return np.fromiter((places[name] for name in categories), np.intp, len(categories)), np.array([*wanted.values()])
