"""Scores of weighted answers, with intervals that pay for the weighting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipeline.statistics.estimate import DEFAULT_CONFIDENCE, two_sided_z
from pipeline.statistics.proportions import wilson
from pipeline.statistics.weighting import effective_n

WEIGHTED_SHARE_METHOD: Final = "wilson, kish n_eff"
WEIGHTED_NPS_METHOD: Final = "nps adjusted wald, kish n_eff"


@dataclass(frozen=True, slots=True)
class WeightedEstimate:
    """A weighted figure with its interval; None throughout where nobody answered.

    `n` counts the answers, `n_eff` says how many equally weighted answers would know as much: the interval uses it.
    """

    value: float | None
    lo: float | None
    hi: float | None
    n: int
    n_eff: float
    method: str
    confidence: float = DEFAULT_CONFIDENCE


def weighted_share(
    favourable: Sequence[bool], weights: Sequence[float], confidence: float = DEFAULT_CONFIDENCE
) -> WeightedEstimate:
    """Weighted share of `favourable` in 0..1, with Wilson's interval at Kish's effective n.

    Raises:
        ValueError: not as many weights as answers, or impossible weights.
    """
    shares, n_eff = _shares([favourable], weights)
    if n_eff == 0:
        return WeightedEstimate(None, None, None, 0, 0, WEIGHTED_SHARE_METHOD, confidence)
    value = min(shares[0], 1.0)
    interval = wilson(min(value * n_eff, n_eff), n_eff, confidence)
    return WeightedEstimate(value, interval.lo, interval.hi, len(weights), n_eff, WEIGHTED_SHARE_METHOD, confidence)


def weighted_nps(
    scores: Sequence[float], weights: Sequence[float], confidence: float = DEFAULT_CONFIDENCE
) -> WeightedEstimate:
    """Weighted NPS in points, with the adjusted Wald interval of Rocks (2016) at Kish's effective n.

    Equal weights give exactly what `surveys.nps` gives.

    Raises:
        ValueError: a score outside 0..10, not as many weights as scores, or impossible weights.
    """
    values = np.asarray(scores, dtype=float)
    if not ((values >= 0) & (values <= 10)).all():
        raise ValueError("a promoter score lies within 0..10")
    (promoters, detractors), n_eff = _shares([values >= 9, values < 7], weights)
    if n_eff == 0:
        return WeightedEstimate(None, None, None, 0, 0, WEIGHTED_NPS_METHOD, confidence)
    net = promoters - detractors
    favour, against, n = promoters * n_eff + 0.75, detractors * n_eff + 0.75, n_eff + 3
    centre = (favour - against) / n
    reach = two_sided_z(confidence) * math.sqrt(max(0.0, (favour + against) / n - centre * centre) / n)
    return WeightedEstimate(
        value=100 * net,
        lo=100 * max(-1.0, min(net, centre - reach)),
        hi=100 * min(1.0, max(net, centre + reach)),
        n=len(weights),
        n_eff=n_eff,
        method=WEIGHTED_NPS_METHOD,
        confidence=confidence,
    )


def _shares(groups: Sequence[Sequence[bool] | np.ndarray], weights: Sequence[float]) -> tuple[list[float], float]:
    values = np.asarray(weights, dtype=float)
    if any(len(group) != len(values) for group in groups):
        raise ValueError("there are as many weights as answers")
    n_eff = effective_n(values)
    if n_eff == 0:
        return [0.0] * len(groups), 0.0
    return [float(values[np.asarray(group, dtype=bool)].sum() / values.sum()) for group in groups], n_eff
