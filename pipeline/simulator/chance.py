"""Draws that give the same answer on every platform and Python version.

Only `random.Random.random` is used (its sequence for an integer seed is promised by Python's documentation), and only
multiplied and truncated, which IEEE arithmetic fixes: no logarithm, no hash, no order of a set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

Chance = Callable[[], float]
"""The next number of a stream, in [0, 1)."""

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


def stream(seed: int, number: int) -> Chance:
    """Independent stream `number` of a seed: what one draws does not shift what another draws."""
    return Random(seed * 1_000_003 + number).random  # noqa: S311 - a simulation wants repeatable, not secret, draws


def deck(weights: Mapping[T, int]) -> tuple[T, ...]:
    """Every option as many times as it weighs, to be drawn from with `pick`."""
    return tuple(option for option, weight in weights.items() for _ in range(weight))


def pick(chance: Chance, options: Sequence[T]) -> T:
    """One of `options`, all equally likely."""
    return options[int(chance() * len(options))]


def between(chance: Chance, low: int, high: int) -> int:
    """An integer in [low, high)."""
    return low + int(chance() * (high - low))


def spread(chance: Chance, quantiles: Sequence[int]) -> int:
    """An integer whose equally spaced quantiles are `quantiles`, straight lines between them."""
    step = int(chance() * (len(quantiles) - 1))
    return between(chance, quantiles[step], quantiles[step + 1])
