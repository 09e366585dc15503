"""How long things take when some of them are not over yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.statistics.estimate import DEFAULT_CONFIDENCE, Estimate, two_sided_z

KAPLAN_MEIER: Final = "kaplan-meier, log-log"
PERCENTILES: Final = (0.5, 0.9, 0.95)
# the product of many factors misses an exact half by a few units in the last place
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Survival:
    """The Kaplan-Meier curve: share still open just after each of `times`, with Greenwood's log-log band.

    `times` ascend, in the unit of the durations; `lo` and `hi` hold pointwise at the curve's confidence.
    """

    times: NDArray[np.float64]
    still_open: NDArray[np.float64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]
    n: int
    ended: int
    confidence: float


def kaplan_meier(
    durations: Sequence[float] | NDArray[np.float64],
    ended: Sequence[bool] | NDArray[np.bool_],
    confidence: float = DEFAULT_CONFIDENCE,
) -> Survival:
    """The curve of `durations`, of which those not `ended` have only lasted so long until now.

    scipy's estimator (Kaplan & Meier 1958), with Greenwood's variance on the log-log scale, which keeps the band
    within 0..1.

    Raises:
        ValueError: a duration is negative or not finite, or the two differ in length.
    """
    lengths, is_over = np.asarray(durations, dtype=float), np.asarray(ended, dtype=bool)
    if lengths.shape != is_over.shape or lengths.ndim != 1:
        raise ValueError("there is one `ended` for each duration")
    if not np.isfinite(lengths).all() or (lengths < 0).any():
        raise ValueError("durations are finite and not negative")
    z = two_sided_z(confidence)
    if not len(lengths):
        nothing = np.empty(0)
        return Survival(nothing, nothing, nothing, nothing, 0, 0, confidence)
    from scipy import stats  # noqa: PLC0415 (half a second to import; the workers never come here)

    curve = stats.ecdf(stats.CensoredData(uncensored=lengths[is_over], right=lengths[~is_over])).sf
    times, share = np.asarray(curve.quantiles, dtype=float), np.asarray(curve.probabilities, dtype=float)
    lo, hi = _log_log_band(lengths, is_over, times, share, z)
    return Survival(times, share, lo, hi, len(lengths), int(is_over.sum()), confidence)


def quantile(curve: Survival, share: float) -> Estimate:
    """Duration by which `share` (0.9 for p90) of all are over, with the interval of Brookmeyer & Crowley (1982).

    The smallest time at which at most 1 - `share` are still open. With nothing censored this is the plain percentile
    by the inverse of the empirical distribution (Hyndman & Fan's type 1, numpy's `inverted_cdf`). None where the curve
    never falls so far: too many are still open to say; `hi` alone may be None for the same reason.

    Raises:
        ValueError: `share` does not lie strictly between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"a quantile lies strictly between 0 and 1, not {share}")
    left = 1 - share
    value, lo, hi = (_first_at_most(curve.times, band, left) for band in (curve.still_open, curve.lo, curve.hi))
    if value is None:
        return Estimate(None, lo, None, curve.n, KAPLAN_MEIER, curve.confidence)
    return Estimate(value, value if lo is None else min(lo, value), hi, curve.n, KAPLAN_MEIER, curve.confidence)


def duration_quantiles(
    durations: Sequence[float] | NDArray[np.float64],
    ended: Sequence[bool] | NDArray[np.bool_],
    shares: Sequence[float] = PERCENTILES,
    confidence: float = DEFAULT_CONFIDENCE,
) -> dict[float, Estimate]:
    """Quantiles of possibly unfinished durations by share: p50, p90 and p95 by default.

    >>> duration_quantiles([1, 2, 3, 4], [True, True, True, False])[0.5].value
    2.0
    """
    curve = kaplan_meier(durations, ended, confidence)
    return {share: quantile(curve, share) for share in shares}


def _first_at_most(times: NDArray[np.float64], band: NDArray[np.float64], level: float) -> float | None:
    below = np.flatnonzero(band <= level + _ROUNDING)
    return float(times[below[0]]) if len(below) else None


def _log_log_band(
    lengths: NDArray[np.float64],
    ended: NDArray[np.bool_],
    times: NDArray[np.float64],
    share: NDArray[np.float64],
    z: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """exp(-exp(log(-log S) ± z·se)); scipy's own band is not a number where all are over, and this one carries on.

    At S = 1 the band is the curve. Where S = 0 Greenwood's sum has no value, and the last one before it holds.
    """
    at_risk = len(lengths) - np.searchsorted(np.sort(lengths), times, side="left")
    over = np.sort(lengths[ended])
    deaths = np.searchsorted(over, times, side="right") - np.searchsorted(over, times, side="left")
    remain = at_risk - deaths
    terms = np.divide(deaths, at_risk * remain.astype(float), out=np.zeros(len(times)), where=remain > 0)
    greenwood = np.cumsum(terms)
    inside = (share > _ROUNDING) & (share < 1 - _ROUNDING)
    log_share = np.log(share, out=np.full(len(share), -1.0), where=inside)
    reach = np.exp(z * np.sqrt(greenwood) / -log_share)
    lo = np.where(inside, np.exp(log_share * reach), share)
    hi = np.where(inside, np.exp(log_share / reach), share)
    if len(times) and share[-1] <= _ROUNDING:
        hi[-1] = hi[-2] if len(times) > 1 else 1.0
    return lo, hi
