"""Differences of two independent figures, with interval and two-sided test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from pipeline.statistics.estimate import DEFAULT_CONFIDENCE, two_sided_z
from pipeline.statistics.proportions import wilson

NEWCOMBE: Final = "difference of shares, newcombe; z pooled"
WEIGHTED_NEWCOMBE: Final = f"{NEWCOMBE}, kish n_eff"
NORMAL: Final = "difference, normal"


@dataclass(frozen=True, slots=True)
class Difference:
    """`value` is a - b; `lo` and `hi` enclose it. `z` and `p` are None where neither side varies."""

    value: float
    lo: float
    hi: float
    standard_error: float
    z: float | None
    p: float | None
    method: str
    confidence: float = DEFAULT_CONFIDENCE


def share_difference(k1: int, n1: int, k2: int, n2: int, confidence: float = DEFAULT_CONFIDENCE) -> Difference:
    """Difference of two shares: Newcombe's hybrid score interval (1998, method 10), z from the pooled share.

    >>> difference = share_difference(56, 70, 48, 80)
    >>> round(difference.lo, 4), round(difference.hi, 4)
    (0.0524, 0.3339)

    Raises:
        ValueError: a side is empty, or counts more than it has.
    """
    if min(n1, n2) < 1:
        raise ValueError("both sides need at least one observation")
    return _newcombe(k1, n1, k2, n2, NEWCOMBE, confidence)


def weighted_share_difference(
    share1: float, n_eff1: float, share2: float, n_eff2: float, confidence: float = DEFAULT_CONFIDENCE
) -> Difference:
    """Difference of two weighted shares: as `share_difference`, at Kish's effective n of each side.

    Raises:
        ValueError: a share is none, or nobody weighs anything.
    """
    if min(n_eff1, n_eff2) <= 0 or not (0 <= share1 <= 1 and 0 <= share2 <= 1):
        raise ValueError("both sides need a share in 0..1 and an effective n above zero")
    return _newcombe(share1 * n_eff1, n_eff1, share2 * n_eff2, n_eff2, WEIGHTED_NEWCOMBE, confidence)


def _newcombe(k1: float, n1: float, k2: float, n2: float, method: str, confidence: float) -> Difference:
    a, b = wilson(k1, n1, confidence), wilson(k2, n2, confidence)
    first, second = k1 / n1, k2 / n2
    below = math.hypot(first - (a.lo or 0.0), (b.hi or 0.0) - second)
    above = math.hypot((a.hi or 0.0) - first, second - (b.lo or 0.0))
    pooled = (k1 + k2) / (n1 + n2)
    error = math.sqrt(max(0.0, pooled * (1 - pooled) * (1 / n1 + 1 / n2)))
    value = first - second
    return Difference(value, value - below, value + above, error, *_test(value, error), method, confidence)


def normal_difference(
    value1: float, error1: float, value2: float, error2: float, confidence: float = DEFAULT_CONFIDENCE
) -> Difference:
    """Difference of two figures with known standard errors, as of net scores and means: errors add as squares.

    >>> round(normal_difference(30.0, 2.46982, 22.0, 2.55265).z, 3)
    2.252
    """
    error = math.hypot(error1, error2)
    value = value1 - value2
    reach = two_sided_z(confidence) * error
    return Difference(value, value - reach, value + reach, error, *_test(value, error), NORMAL, confidence)


def _test(value: float, error: float) -> tuple[float | None, float | None]:
    if error <= 0:
        return None, None
    z = value / error
    return z, 2 * NormalDist().cdf(-abs(z))
