"""Which aspects go with satisfaction, how surely, and what to do about them first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.statistics.estimate import DEFAULT_CONFIDENCE

LMG_METHOD: Final = "lmg, percentile bootstrap"
MOST_DRIVERS: Final = 12
"""LMG averages over all subsets of the drivers: 4,096 of them here, and twice as many for each further one."""
COLLINEAR_VIF: Final = 5.0
Matrix = NDArray[np.float64]


def fewest_answers(drivers: int) -> int:
    """Answers below which drivers are refused: Green's rule (1991, MBR 26:499-510), the larger of 50+8m and 104+m."""
    return max(50 + 8 * drivers, 104 + drivers)


@dataclass(frozen=True, slots=True)
class Driver:
    """One aspect's share of R², with its bootstrap interval.

    `null_p` is how often chance alone gives it as much: the share of permutations of the outcome, the observed one
    among them, with at least this importance. `vif` is its variance inflation.
    """

    name: str
    importance: float
    lo: float
    hi: float
    null_p: float
    vif: float


@dataclass(frozen=True, slots=True)
class Drivers:
    """Drivers by falling importance. Importances sum to `r_squared`. None of this shows a cause."""

    drivers: tuple[Driver, ...]
    r_squared: float
    n: int
    note: str
    """A sentence about collinearity, empty where there is nothing to say."""
    method: str = LMG_METHOD
    confidence: float = DEFAULT_CONFIDENCE


@dataclass(frozen=True, slots=True)
class TooFew:
    """Why there is no answer: a sentence, and the figures it rests on."""

    n: int
    needed: int
    reason: str


def lmg_shares(correlations: Matrix) -> Matrix:
    """LMG (Shapley) shares of R² from correlation matrices whose last variable is the outcome.

    (Lindeman, Merenda & Gold 1980, p. 119.) Takes `(…, m+1, m+1)`, gives `(…, m)`: a driver's gain in R² averaged over
    all orders of entering. Shares sum to R² of all drivers.

    Raises:
        ValueError: no driver, or more than `MOST_DRIVERS`.
    """
    m = correlations.shape[-1] - 1
    if not 1 <= m <= MOST_DRIVERS:
        raise ValueError(f"importance is shared among 1 to {MOST_DRIVERS} drivers, not {m}; combine some")
    explained = {subset: _r_squared(correlations, subset) for subset in _subsets(m)}
    shares = np.zeros((*correlations.shape[:-2], m))
    for driver in range(m):
        for subset, without in explained.items():
            if driver in subset:
                continue
            weight = factorial(len(subset)) * factorial(m - len(subset) - 1) / factorial(m)
            shares[..., driver] += weight * (explained[tuple(sorted((*subset, driver)))] - without)
    return shares


def drivers(
    outcome: Sequence[float],
    aspects: Mapping[str, Sequence[float]],
    *,
    seed: int = 0,
    draws: int = 1000,
    confidence: float = DEFAULT_CONFIDENCE,
) -> Drivers | TooFew:
    """Importance of `aspects` for `outcome`: LMG shares, bootstrap intervals, and a null by permutation.

    Each value of `aspects` holds one number for each respondent, in the order of `outcome`. Refuses (as `TooFew`) below
    Green's rule. Equal input and `seed` give equal output.

    Raises:
        ValueError: aspects of another length, missing answers, an outcome or aspect that does not vary, or one that is
            an exact combination of the others; the sentence names it.
    """
    y, x = (
        np.asarray(outcome, dtype=float),
        np.column_stack([np.asarray(each, dtype=float) for each in aspects.values()]),
    )
    names = tuple(aspects)
    n, needed = len(y), fewest_answers(len(names))
    if x.shape[0] != n or not np.isfinite(x).all() or not np.isfinite(y).all():
        raise ValueError("every aspect has one finite answer for each outcome; leave incomplete answers out")
    if n < needed:
        return TooFew(n, needed, f"{len(names)} drivers need {needed} complete answers (Green 1991); there are {n}.")
    table = np.column_stack([x, y])
    still = [name for name, spread in zip((*names, "the outcome"), table.std(axis=0), strict=True) if spread == 0]
    if still:
        raise ValueError(f"{', '.join(still)} does not vary, so nothing can be said of it")
    correlation = np.corrcoef(table, rowvar=False)
    vif = _inflation(correlation[:-1, :-1], names)
    observed = lmg_shares(correlation)
    chance = np.random.default_rng(seed)
    resampled = lmg_shares(_stack(table[chance.integers(0, n, n)] for _ in range(draws)))
    permuted = lmg_shares(_stack(np.column_stack([x, chance.permutation(y)]) for _ in range(draws)))
    tail = (1 - confidence) / 2
    lo, hi = np.nanquantile(resampled, [tail, 1 - tail], axis=0)
    null_p = (1 + (permuted >= observed).sum(axis=0)) / (1 + draws)
    found = [
        Driver(name, *(float(column[place]) for column in (observed, lo, hi, null_p, vif)))
        for place, name in enumerate(names)
    ]
    found.sort(key=lambda each: (-each.importance, each.name))
    return Drivers(tuple(found), float(observed.sum()), n, _collinearity(names, vif), confidence=confidence)


def _stack(tables: Iterator[Matrix]) -> Matrix:
    return np.stack([np.corrcoef(table, rowvar=False) for table in tables])


def _subsets(m: int) -> Iterator[tuple[int, ...]]:
    return (subset for size in range(m + 1) for subset in combinations(range(m), size))


def _r_squared(correlations: Matrix, subset: tuple[int, ...]) -> Matrix:
    if not subset:
        return np.zeros(correlations.shape[:-2])
    chosen = list(subset)
    among = correlations[..., chosen, :][..., chosen]
    with_outcome = correlations[..., chosen, -1]
    # a pseudo-inverse: a resample may repeat so few rows that drivers coincide
    solved = np.einsum("...ij,...j->...i", np.linalg.pinv(among, hermitian=True), with_outcome)
    explained: Matrix = np.einsum("...i,...i->...", with_outcome, solved)
    return explained


def _inflation(among: Matrix, names: Sequence[str]) -> Matrix:
    """Variance inflation factors: the diagonal of the inverse correlation matrix."""
    if np.linalg.cond(among) > 1e10:
        weakest = np.abs(np.linalg.eigh(among)[1][:, 0])
        tied = ", ".join(name for name, part in zip(names, weakest, strict=True) if part > 1e-3)
        raise ValueError(f"{tied} are an exact combination of one another; leave one out")
    return np.asarray(np.diag(np.linalg.inv(among)), dtype=float)


def _collinearity(names: Sequence[str], vif: Matrix) -> str:
    tied = [f"{name} ({factor:.1f})" for name, factor in zip(names, vif, strict=True) if factor > COLLINEAR_VIF]
    if not tied:
        return ""
    return (
        f"Variance inflation is above {COLLINEAR_VIF:.0f} for {', '.join(tied)}: these move together, so how "
        "importance is shared among them is uncertain; read their sum."
    )
