"""Rates of events by exposure, how many answers a survey needs, and how near they come."""

from __future__ import annotations

import math

from pipeline.statistics.estimate import DEFAULT_CONFIDENCE, Estimate, two_sided_z, unknown

BYAR = "byar"


def rate(events: int, exposure: float, per: float = 1000.0, confidence: float = DEFAULT_CONFIDENCE) -> Estimate:
    """Events `per` units of exposure with Byar's approximation of the exact Poisson interval.

    (Breslow & Day 1987, vol. II, eq. 2.13.) `exposure` counts transactions, customers or accounts of the same scope
    and period as the events; `n` of the result is the exposure. An exposure of 0 gives an unknown estimate.

    >>> estimate = rate(12, 8000)
    >>> round(estimate.value, 3), round(estimate.lo, 3), round(estimate.hi, 3)
    (1.5, 0.774, 2.62)

    Raises:
        ValueError: a negative count, exposure or `per`.
    """
    if events < 0 or exposure < 0 or per <= 0 or not math.isfinite(exposure):
        raise ValueError("events and exposure cannot be negative, and `per` is above zero")
    z = two_sided_z(confidence)
    if exposure == 0:
        return unknown(BYAR, confidence)
    lo = 0.0 if events == 0 else max(0.0, events * (1 - 1 / (9 * events) - z / (3 * math.sqrt(events))) ** 3)
    above = events + 1
    hi = above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3
    scale = per / exposure
    return Estimate(events * scale, lo * scale, hi * scale, exposure, BYAR, confidence)


def sample_size(
    margin: float, population: int | None = None, share: float = 0.5, confidence: float = DEFAULT_CONFIDENCE
) -> int:
    """Completed answers needed to know a share within ± `margin` (0.05 is five points).

    Cochran's formula with the finite-population correction where the population is known; `share` of 0.5 is the
    widest case. Rounded up, and never above the population.

    Raises:
        ValueError: a margin or share outside 0..1, or an empty population.
    """
    if not 0 < margin < 1 or not 0 < share < 1:
        raise ValueError("margin and share lie strictly between 0 and 1")
    if population is not None and population < 1:
        raise ValueError("a population has at least one member")
    z = two_sided_z(confidence)
    size = z * z * share * (1 - share) / (margin * margin)
    if population is not None:
        size = min(float(population), size / (1 + (size - 1) / population))
    # an exact answer may arrive as 96.00000000000001
    return math.ceil(size - 1e-9)


def margin_of_error(
    share: float,
    n: float,
    population: int | None = None,
    *,
    projectable: bool,
    confidence: float = DEFAULT_CONFIDENCE,
) -> float:
    """How far the population's share may lie from the `share` among `n` answers: half the interval's width, 0..1.

    z·sqrt(p(1-p)/n · (N-n)/(N-1)); the second factor only where the `population` N is known: whoever asked everybody
    has no margin. `n` may be an effective n. `projectable` says that the answers are a probability sample, or all of
    the population.

    Raises:
        ValueError: answers that are not projectable, whatever their number; an impossible share, `n` or population.
    """
    if not projectable:
        raise ValueError(
            "these answers were not drawn from a known population (who answered chose to), so no margin of error "
            "describes them; report their number and say that they are not projectable"
        )
    if not 0 <= share <= 1 or n <= 0 or not math.isfinite(n):
        raise ValueError("a margin of error needs a share within 0..1 and at least one answer")
    if population is not None and population < n:
        raise ValueError(f"{n} answers cannot come from a population of {population}")
    left = 1.0 if population is None else (population - n) / max(population - 1, 1)
    return two_sided_z(confidence) * math.sqrt(share * (1 - share) / n * left)
