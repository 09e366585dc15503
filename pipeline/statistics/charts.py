"""Control charts of counts: is this week different, or is it the noise there always is?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Kind = Literal["p", "u", "laney_p", "laney_u"]
Rule = Literal["beyond limits", "nine on one side"]
Side = Literal["above", "below"]

BEYOND: Final[Rule] = "beyond limits"
NINE: Final[Rule] = "nine on one side"
ALL_RULES: Final = (BEYOND, NINE)
"""Nelson's rules 1 and 2. Each rule adds false alarms: 0.27 % of points for the first, about 0.4 % for the second."""
SHORT_BASELINE: Final = 100
"""Subgroups below which sigma_z is not let below 1: estimated from n moving ranges it errs by about 0.9/sqrt(n), and
limits a sixth too narrow (28 points) signal four times as often as they should."""
_SIGMAS: Final = 3.0
_D2: Final = 1.128  # mean range of two standard normal draws, as the charts' tables give it
_RUN: Final = 9


@dataclass(frozen=True, slots=True)
class Baseline:
    """Limits frozen on some points: what ordinary looks like.

    `centre` is events per unit; `sigma_z` multiplies the limits (1 on a plain chart), `observed_sigma_z` is what the
    points gave before any floor; `points` counts those that had a size.
    """

    kind: Kind
    centre: float
    sigma_z: float
    observed_sigma_z: float
    points: int
    events: float
    size: float


@dataclass(frozen=True, slots=True)
class Signal:
    """A point that is not ordinary, by its place in the series from 0."""

    point: int
    rule: Rule
    side: Side


@dataclass(frozen=True, slots=True)
class ControlChart:
    """A series with its limits, all arrays in the order of the points; NaN where a point has no size.

    `value` is events per unit, `z` the distance from the centre in units of the (widened) sigma. `signals` come by
    point, then rule; `rules` is the set that was looked for.
    """

    baseline: Baseline
    value: Values
    size: Values
    z: Values
    lcl: Values
    ucl: Values
    signals: tuple[Signal, ...]
    rules: tuple[Rule, ...]


def freeze(
    kind: Kind, counts: Sequence[float] | Values, sizes: Sequence[float] | Values, *, short: int = SHORT_BASELINE
) -> Baseline:
    """Limits from a baseline of consecutive subgroups, in their order.

    p and laney_p: `counts` of `sizes` trials; u and laney_u: `counts` of events in `sizes` of exposure. Laney's sigma_z
    (2002, Quality Engineering 14:531-537) is the mean moving range of z over 1.128; on fewer than `short` subgroups it
    is floored at 1, because chance makes it small there and ordinary points would signal.

    Raises:
        ValueError: no subgroup with a size, or counts that are impossible.
    """
    events, size = _checked(kind, counts, sizes)
    known = size > 0
    if not known.any():
        raise ValueError("a baseline needs at least one subgroup with something in it")
    events, size = events[known], size[known]
    centre = float(events.sum() / size.sum())
    sigma = _sigma(kind, centre, size)
    observed = 1.0
    if kind.startswith("laney"):
        z = np.divide(events / size - centre, sigma, out=np.zeros(len(size)), where=sigma > 0)
        observed = float(np.abs(np.diff(z)).mean() / _D2) if len(z) > 1 else 0.0
    applied = max(observed, 1.0) if len(size) < short else observed
    return Baseline(kind, centre, applied, observed, len(size), float(events.sum()), float(size.sum()))


def phase_one(kind: Kind, counts: Sequence[float] | Values, sizes: Sequence[float] | Values) -> Baseline:
    """Limits from those points of a baseline that lie within the limits that all of its points give.

    One pass, as phase I is done where nobody is there to look for the cause: an incident within the baseline should
    not become what is ordinary.

    Raises:
        ValueError: as `freeze`.
    """
    events, size = _checked(kind, counts, sizes)
    chart = control_chart(kind, events, size, rules=(BEYOND,))
    kept = np.setdiff1d(np.arange(len(events)), [signal.point for signal in chart.signals])
    return freeze(kind, events[kept], size[kept])


def control_chart(
    kind: Kind,
    counts: Sequence[float] | Values,
    sizes: Sequence[float] | Values,
    *,
    baseline: Baseline | None = None,
    rules: Sequence[Rule] = ALL_RULES,
) -> ControlChart:
    """The chart of a series against `baseline`, or against limits from the series itself.

    Limits are centre ± 3·sigma_i·sigma_z, never below 0 nor, for shares, above 1. Without a baseline a real spike
    widens the limits and can hide itself: freeze them on a stretch that was in order.

    Raises:
        ValueError: a baseline of another kind, no subgroup with a size, or counts that are impossible.
    """
    if baseline is not None and baseline.kind != kind:
        raise ValueError(f"a {kind} chart cannot use the limits of a {baseline.kind} baseline")
    frozen = freeze(kind, counts, sizes) if baseline is None else baseline
    events, size = _checked(kind, counts, sizes)
    known = size > 0
    value = np.divide(events, size, out=np.full(len(size), np.nan), where=known)
    sigma = np.where(known, _sigma(kind, frozen.centre, np.where(known, size, 1.0)), np.nan) * frozen.sigma_z
    # a centre of 0 has no spread: whatever is above it is infinitely far
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(value == frozen.centre, 0.0, (value - frozen.centre) / sigma)
    lcl = np.maximum(frozen.centre - _SIGMAS * sigma, 0.0)
    ucl = frozen.centre + _SIGMAS * sigma
    if kind.endswith("p"):
        ucl = np.minimum(ucl, 1.0)
    found = run_rules(value, np.full(len(value), frozen.centre), lcl, ucl, rules)
    return ControlChart(frozen, value, size, z, lcl, ucl, found, tuple(rules))


@dataclass(frozen=True, slots=True)
class Ewma:
    """An exponentially weighted chart: the smoothed series with its limits, which widen at first and then settle."""

    smoothed: Values
    lcl: Values
    ucl: Values
    signals: tuple[Signal, ...]


def ewma(
    values: Sequence[float] | Values,
    mean: float,
    sigma: float | Sequence[float] | Values,
    *,
    weight: float = 0.2,
    width: float = 3.0,
) -> Ewma:
    """EWMA z_t = λx_t + (1-λ)z_{t-1} from `mean`, with limits mean ± L·sd(z_t) (Roberts 1959; λ `weight`, L `width`).

    sd(z_t)² = λ²·sigma_t² + (1-λ)²·sd(z_{t-1})²: for one sigma that is the textbook's
    sigma²·λ/(2-λ)·(1-(1-λ)^{2t}), and it stays right where subgroups differ in size. Small lasting shifts show here
    that a single point cannot.

    Raises:
        ValueError: λ outside (0, 1], or a sigma or width that is not above zero.
    """
    x = np.asarray(values, dtype=float)
    spread = np.broadcast_to(np.asarray(sigma, dtype=float), x.shape)
    if not 0 < weight <= 1 or width <= 0 or not (spread > 0).all():
        raise ValueError("an EWMA needs 0 < weight <= 1, and sigma and width above zero")
    keep = 1 - weight
    # a recursion over a few hundred points: nothing to vectorise
    smoothed = np.array([*accumulate(x.tolist(), lambda last, now: weight * now + keep * last, initial=mean)][1:])
    variance = np.array(
        [*accumulate((spread**2).tolist(), lambda last, now: weight**2 * now + keep**2 * last, initial=0.0)][1:]
    )
    reach = width * np.sqrt(variance)
    lcl, ucl = mean - reach, mean + reach
    return Ewma(smoothed, lcl, ucl, run_rules(smoothed, np.full(len(x), mean), lcl, ucl, (BEYOND,)))


def run_rules(value: Values, centre: Values, lcl: Values, ucl: Values, rules: Sequence[Rule]) -> tuple[Signal, ...]:
    """Signals of a series by the named rules, by point and then rule.

    "beyond limits": strictly outside. "nine on one side": the ninth and each later point of a run strictly on one side
    of the centre; a point without a value belongs to no run and ends it.
    """
    found: list[Signal] = []
    if BEYOND in rules:
        found += [Signal(int(point), BEYOND, "above") for point in np.flatnonzero(value > ucl)]
        found += [Signal(int(point), BEYOND, "below") for point in np.flatnonzero(value < lcl)]
    if NINE in rules:
        found += [Signal(point, NINE, "above") for point in _runs(value > centre)]
        found += [Signal(point, NINE, "below") for point in _runs(value < centre)]
    return tuple(sorted(found, key=lambda signal: (signal.point, ALL_RULES.index(signal.rule))))


def _runs(on_side: NDArray[np.bool_]) -> list[int]:
    """Points that end a run of at least nine."""
    places = np.arange(len(on_side))
    last_off = np.maximum.accumulate(np.where(on_side, -1, places)) if len(on_side) else places
    return [int(point) for point in np.flatnonzero(places - last_off >= _RUN)]


def _sigma(kind: Kind, centre: float, size: Values) -> Values:
    variance = centre * (1 - centre) if kind.endswith("p") else centre
    return np.sqrt(variance / size)


def _checked(kind: Kind, counts: Sequence[float] | Values, sizes: Sequence[float] | Values) -> tuple[Values, Values]:
    events, size = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    if events.shape != size.shape or events.ndim != 1:
        raise ValueError("a chart has one size for each count")
    if not (np.isfinite(events).all() and np.isfinite(size).all()) or (events < 0).any() or (size < 0).any():
        raise ValueError("counts and sizes of a chart are finite and not negative")
    if kind.endswith("p") and (events > size).any():
        raise ValueError("a share cannot count more events than there were; for events by exposure use a u chart")
    if math.isclose(float(events[size == 0].sum()), 0.0):
        return events, size
    raise ValueError("there are events where nothing was exposed to them: numerator and denominator differ in scope")
