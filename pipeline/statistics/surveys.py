"""Survey scores: Net Promoter Score, top-box satisfaction and an ACSI-style index."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from pipeline.statistics.estimate import DEFAULT_CONFIDENCE, Estimate, two_sided_z
from pipeline.statistics.proportions import wilson

NPS_METHOD = "nps adjusted wald"
NPS_DIFFERENCE_METHOD = "nps difference wald"


@dataclass(frozen=True, slots=True)
class PromoterCounts:
    """How many answered 9-10, 7-8 and 0-6 on a scale of 0 to 10."""

    promoters: int
    passives: int
    detractors: int

    def __post_init__(self) -> None:
        if min(self.promoters, self.passives, self.detractors) < 0:
            raise ValueError("counts of promoters, passives and detractors cannot be negative")

    @property
    def n(self) -> int:
        """Valid answers."""
        return self.promoters + self.passives + self.detractors

    @classmethod
    def of(cls, scores: Iterable[float]) -> PromoterCounts:
        """Count scores of 0 to 10.

        Raises:
            ValueError: a score lies outside 0..10: it belongs to another scale.
        """
        counts = [0, 0, 0]
        for score in scores:
            if not 0 <= score <= 10:
                raise ValueError(f"a promoter score lies within 0..10, not {score}")
            counts[0 if score >= 9 else 1 if score >= 7 else 2] += 1
        return cls(*counts)


@dataclass(frozen=True, slots=True)
class NetPromoterScore:
    """NPS in points (-100..100) with its interval; None throughout where nobody answered.

    `variance` is that of the score, in points squared, and `standard_error` its root: both describe the plain
    estimate and are 0 when all answers agree, which is why the interval comes from adjusted counts.
    """

    value: float | None
    lo: float | None
    hi: float | None
    n: int
    variance: float | None
    standard_error: float | None
    method: str = NPS_METHOD
    confidence: float = DEFAULT_CONFIDENCE


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """Difference `a - b` of two independent scores, with its interval and two-sided test.

    `z` and `p` are None where either side is empty or neither varies.
    """

    value: float | None
    lo: float | None
    hi: float | None
    n: int
    standard_error: float | None
    z: float | None
    p: float | None
    method: str = NPS_DIFFERENCE_METHOD
    confidence: float = DEFAULT_CONFIDENCE


def _score(promoters: float, detractors: float, n: float) -> tuple[float, float]:
    """NPS as a share (-1..1) and its variance, (p + d - (p - d)²) / n."""
    difference = (promoters - detractors) / n
    # cancellation may leave -1e-17 where everybody agrees
    return difference, max(0.0, (promoters + detractors) / n - difference * difference) / n


def nps(counts: PromoterCounts, confidence: float = DEFAULT_CONFIDENCE) -> NetPromoterScore:
    """NPS with standard error and interval.

    The interval is the adjusted Wald of Rocks (2016, The American Statistician 70:365-372): three answers are added,
    3/4 promoters, 3/2 passives and 3/4 detractors, so that unanimous and small samples keep an honest width. It is
    clamped to -100..100 and always encloses the plain value.
    """
    z = two_sided_z(confidence)
    if counts.n == 0:
        return NetPromoterScore(None, None, None, 0, None, None, confidence=confidence)
    share, variance = _score(counts.promoters, counts.detractors, counts.n)
    centre, adjusted = _score(counts.promoters + 0.75, counts.detractors + 0.75, counts.n + 3)
    reach = z * math.sqrt(adjusted)
    return NetPromoterScore(
        value=100 * share,
        lo=100 * max(-1.0, min(share, centre - reach)),
        hi=100 * min(1.0, max(share, centre + reach)),
        n=counts.n,
        variance=10_000 * variance,
        standard_error=100 * math.sqrt(variance),
        confidence=confidence,
    )


def nps_difference(a: PromoterCounts, b: PromoterCounts, confidence: float = DEFAULT_CONFIDENCE) -> ScoreDifference:
    """Difference of two independent NPS in points, with z and p.

    Whether the two may be compared at all (same scale, wording, mode, population) is the caller's question.
    """
    z_limit = two_sided_z(confidence)
    n = a.n + b.n
    if a.n == 0 or b.n == 0:
        return ScoreDifference(None, None, None, n, None, None, None, confidence=confidence)
    share_a, variance_a = _score(a.promoters, a.detractors, a.n)
    share_b, variance_b = _score(b.promoters, b.detractors, b.n)
    value = 100 * (share_a - share_b)
    error = 100 * math.sqrt(variance_a + variance_b)
    z = value / error if error > 0 else None
    return ScoreDifference(
        value=value,
        lo=max(-200.0, value - z_limit * error),
        hi=min(200.0, value + z_limit * error),
        n=n,
        standard_error=error,
        z=z,
        p=None if z is None else 2 * NormalDist().cdf(-abs(z)),
        confidence=confidence,
    )


@dataclass(frozen=True, slots=True)
class BoxRule:
    """Which answers count as satisfied: the `boxes` highest of the whole numbers `scale_min..scale_max`.

    Stored with every figure, because top-two of five and top-two of seven are different metrics.
    """

    scale_min: int
    scale_max: int
    boxes: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.boxes <= self.scale_max - self.scale_min:
            raise ValueError("a box rule counts at least one answer and leaves at least one out")

    @property
    def threshold(self) -> int:
        """Lowest satisfied answer."""
        return self.scale_max - self.boxes + 1

    @property
    def name(self) -> str:
        """`top 2 of 1-5`."""
        return f"top {self.boxes} of {self.scale_min}-{self.scale_max}"


TOP_TWO_OF_FIVE = BoxRule(1, 5)
TOP_TWO_OF_SEVEN = BoxRule(1, 7)


def csat(scores: Sequence[float | None], rule: BoxRule, confidence: float = DEFAULT_CONFIDENCE) -> Estimate:
    """Share of valid answers that are satisfied by `rule`, 0..1, with Wilson's interval.

    None is an unanswered question and counts nowhere. `method` names the interval and the rule. From counts, call
    `csat_of_counts`.

    Raises:
        ValueError: a score lies outside the rule's scale.
    """
    valid = [score for score in scores if score is not None]
    outside = next((score for score in valid if not rule.scale_min <= score <= rule.scale_max), None)
    if outside is not None:
        raise ValueError(f"a score of {outside} is not on the scale {rule.scale_min}-{rule.scale_max}")
    return csat_of_counts(sum(score >= rule.threshold for score in valid), len(valid), rule, confidence)


def csat_of_counts(satisfied: int, n: int, rule: BoxRule, confidence: float = DEFAULT_CONFIDENCE) -> Estimate:
    """The same from counts already made by `rule`."""
    share = wilson(satisfied, n, confidence)
    return Estimate(share.value, share.lo, share.hi, n, f"{share.method}, {rule.name}", confidence)


def acsi_style(items: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Index 0..100 of items answered on 1 to 10 (overall, against expectation, against the ideal).

    100 · Σ wᵢ(xᵢ - 1) / 9 with weights that are scaled to sum 1; equal by default. Items may be respondents' answers
    or their means. The published index's own weights come from a proprietary model: label this one "ACSI-style".

    Raises:
        ValueError: no items, one outside 1..10, or weights that are negative, all zero or of another length.
    """
    shares = [1.0] * len(items) if weights is None else list(weights)
    if not items or any(not 1 <= item <= 10 for item in items):
        raise ValueError("items lie within 1..10 and there is at least one")
    if len(shares) != len(items) or min(shares) < 0 or sum(shares) <= 0:
        raise ValueError("weights are as many as items, none negative and not all zero")
    total = math.fsum(shares)
    return 100 * math.fsum(share * (item - 1) for share, item in zip(shares, items, strict=True)) / (9 * total)
