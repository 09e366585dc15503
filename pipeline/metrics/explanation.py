"""A difference between two figures of one metric, taken apart into causes that add up to it exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.domain.errors import UsageError
from pipeline.metrics.metric import Metric

CAUSES: Final = {
    "recorded later": "It happened in the period, but was recorded only afterwards.",
    "reclassified": "The case was reclassified, merged or withdrawn since.",
    "late steps": "Steps of cases known then that had happened by then, but were recorded afterwards.",
    "happened since": "Steps of cases known then that happened afterwards: reopened, decided, closed.",
    "no longer there": "It was erased, or is another one's repetition.",
    "enriched or time passed": "The same events: classified anew, or a clock or a wait went on with time.",
}
"""What comes between two moments, in the order in which it is taken out of the difference, and what each means."""

DEFINITION: Final = "definition"
"""The cause that is no event: today's definition and models give another figure of what was known then."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of contributions (k, d, t and n), and for a percentile its duration in microseconds, which no sum gives.

    Where contributions weigh differently, k, d and t are weighted sums, and `weight` is the sum of the weights.
    """

    k: Fraction | int
    d: Fraction | int
    t: Fraction
    n: int
    duration_us: Fraction | None = None
    weight: Fraction | None = None

    @property
    def base(self) -> Fraction:
        """What stands below the line."""
        return Fraction(self.n) if self.weight is None else self.weight


@dataclass(frozen=True, slots=True)
class Part:
    """What one cause added: contributions that it touched, and its share of the difference; value None if unknown."""

    cause: str
    units: int
    numerator: Fraction
    n: int
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The figure as published, as known now, and the parts between them: sums are exact, for nothing is rounded."""

    published: Totals
    now: Totals
    published_value: Fraction | None
    now_value: Fraction | None
    parts: tuple[Part, ...]


def figure(metric: Metric, totals: Totals) -> Fraction | None:
    """The value that the sums give, exactly; None where nothing was observed.

    Raises `UsageError` for a kind of metric that is not made of single contributions.
    """
    match metric.kind:
        case "count":
            return Fraction(totals.n)
        case "quantile":
            return None if totals.duration_us is None else totals.duration_us / 3_600_000_000
        case _ if totals.n == 0:
            return None
        case "share":
            return totals.k / totals.base
        case "net":
            return 100 * (totals.k - totals.d) / totals.base
        case "mean":
            return totals.t / totals.base
        case _:
            raise UsageError(f"{metric.name} is not made of single contributions, so its change has no parts.")


def numerator(metric: Metric, totals: Totals) -> Fraction:
    """What stands above the line in the metric's own answer."""
    return {"net": Fraction(totals.k - totals.d), "mean": totals.t}.get(metric.kind, Fraction(totals.k))


def explained(metric: Metric, published: Totals, stages: Sequence[tuple[str, int, Totals]]) -> Explanation:
    """Parts from `published` over `stages`: a cause, the contributions that it touched, and the sums after it.

    The parts telescope: whatever the stages are, they add up to the difference between the last and `published`.
    """
    parts = []
    before = published
    for cause, units, after in stages:
        first, second = figure(metric, before), figure(metric, after)
        value = None if first is None or second is None else second - first
        step = numerator(metric, after) - numerator(metric, before)
        parts.append(Part(cause, units, step, after.n - before.n, value))
        before = after
    return Explanation(published, before, figure(metric, published), figure(metric, before), tuple(parts))
