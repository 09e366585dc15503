"""Importance-performance analysis: what to work on, what to keep up (Martilla & James 1977, J. Marketing 41:77-79)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal

Quadrant = Literal["concentrate here", "keep it up", "low priority", "possible overkill"]
Lines = Literal["mean", "median"] | tuple[float, float]
"""Where the quadrants meet: at the mean or median of both axes, or at (importance, performance)."""


@dataclass(frozen=True, slots=True)
class Priority:
    """One aspect and its quadrant; a value on a line counts as high."""

    name: str
    importance: float
    performance: float
    quadrant: Quadrant


@dataclass(frozen=True, slots=True)
class Priorities:
    """Aspects in the order given, and the rule that drew the lines: another rule gives other quadrants."""

    aspects: tuple[Priority, ...]
    rule: str
    importance_line: float
    performance_line: float


def priorities(aspects: Mapping[str, tuple[float, float]], lines: Lines = "mean") -> Priorities:
    """Quadrants of `aspects`, each (importance, performance), with derived importance such as an LMG share.

    Raises:
        ValueError: no aspects.
    """
    if not aspects:
        raise ValueError("priorities need at least one aspect")
    importance, performance = zip(*aspects.values(), strict=True)
    if lines == "mean":
        across, down, rule = fmean(importance), fmean(performance), "lines at the means"
    elif lines == "median":
        across, down, rule = median(importance), median(performance), "lines at the medians"
    else:
        across, down = lines
        rule = f"lines at importance {across:g} and performance {down:g}"
    placed = tuple(
        Priority(name, weight, level, _quadrant(important=weight >= across, performs=level >= down))
        for name, (weight, level) in aspects.items()
    )
    return Priorities(placed, rule, across, down)


def _quadrant(*, important: bool, performs: bool) -> Quadrant:
    if important:
        return "keep it up" if performs else "concentrate here"
    return "possible overkill" if performs else "low priority"
