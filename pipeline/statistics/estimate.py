"""What every statistic here answers with: a figure, its interval, its n and how it was got."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

DEFAULT_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval.

    `value`, `lo` and `hi` are None where the data say nothing (`n` of 0): unknown is not zero. `lo` and `hi` are
    inclusive, in the unit of `value`, and always enclose it.
    """

    value: float | None
    lo: float | None
    hi: float | None
    n: float
    method: str
    confidence: float = DEFAULT_CONFIDENCE


def unknown(method: str, confidence: float = DEFAULT_CONFIDENCE) -> Estimate:
    """The estimate of nothing observed."""
    return Estimate(None, None, None, 0, method, confidence)


def two_sided_z(confidence: float = DEFAULT_CONFIDENCE) -> float:
    """Standard normal quantile that leaves (1 - confidence) / 2 in each tail: 1.95996 for 0.95.

    Raises:
        ValueError: `confidence` is not strictly between 0 and 1.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie strictly between 0 and 1, not {confidence}")
    return NormalDist().inv_cdf(0.5 + confidence / 2.0)
