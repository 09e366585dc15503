"""Intervals of a share."""

from __future__ import annotations

import math

from pipeline.statistics.estimate import DEFAULT_CONFIDENCE, Estimate, two_sided_z, unknown

WILSON = "wilson"


def wilson(successes: float, n: float, confidence: float = DEFAULT_CONFIDENCE) -> Estimate:
    """Share `successes / n` in 0..1 with Wilson's score interval (Wilson 1927, JASA 22:209-212).

    Fractional counts are allowed, so that weighted data can pass an effective n. `n` of 0 gives an unknown estimate.
    The interval is clamped to 0..1 and is exactly 0 or 1 at the end that was observed without exception: the formula
    itself gives 0.99999… there.

    >>> estimate = wilson(80, 100)
    >>> round(estimate.lo, 5), round(estimate.hi, 5)
    (0.71117, 0.86663)

    Raises:
        ValueError: `successes` is not within 0..n, or `confidence` not within 0..1.
    """
    if not 0 <= successes <= n or not math.isfinite(n):
        raise ValueError(f"successes must lie within 0..n, not {successes} of {n}")
    z = two_sided_z(confidence)
    if n == 0:
        return unknown(WILSON, confidence)
    share = successes / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    lo = 0.0 if successes == 0 else max(0.0, (centre - spread) / scale)
    hi = 1.0 if successes == n else min(1.0, (centre + spread) / scale)
    return Estimate(share, lo, hi, n, WILSON, confidence)
