"""Which of many rare things happen more often than they used to, when all of them are looked at every period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Values = NDArray[np.float64]

FALSE_DISCOVERIES: Final = 0.01
"""Share of the signals of one period that may be chance, on average (Benjamini and Hochberg 1995)."""

_SIGMAS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Emergence:
    """One row per cell that was tested, by thing and then period; all arrays alike.

    `cells` are places in the counts that were given. `baseline_count` of `baseline_size` are those of the periods
    before, `centre` is their rate, `dispersion` how many times wider than chance they scattered, `ucl` the u' limit
    centre + 3·sqrt(centre·dispersion/size); `p_value` is of the exact test, `q_value` what it is among all others.
    """

    cells: Integers
    baseline_count: Values
    baseline_size: Values
    centre: Values
    dispersion: Values
    ucl: Values
    p_value: Values
    q_value: Values
    signal: NDArray[np.bool_]


def emerging(
    things: Integers,
    periods: Integers,
    counts: Integers,
    sizes: Values,
    *,
    looked_at: int,
    baseline_periods: int,
    least_baseline: int,
    least_count: int,
    false_discoveries: float = FALSE_DISCOVERIES,
) -> Emergence:
    """Test each cell (thing, period, count), sorted so and without zeros, against the periods before it.

    `sizes` is what each period's counts are among. The baseline of a period are the `baseline_periods` before it, of
    which at least `least_baseline` must have a size. A signal has at least `least_count`, lies strictly above its
    u' limit, and stands among the tests of its period (`looked_at` of them, most not worth a cell) at
    `false_discoveries`.

    The test is the conditional one of two Poisson rates (Przyborowski and Wilenski 1940): of c now and C before, c
    are binomial with the share n/(n+N). It needs no rate to be known, so a thing never seen before is no special case.
    Where the baseline scatters wider than chance (Pearson's X² over its degrees of freedom), both counts are divided by
    as much, as quasi-likelihood does.
    """
    from scipy import special  # noqa: PLC0415 (half a second to import; the workers never come here)

    known = sizes > 0
    size_before = _before(np.cumsum(np.where(known, sizes, 0.0)), baseline_periods)
    known_before = _before(np.cumsum(known.astype(float)), baseline_periods)
    tested = np.flatnonzero((counts >= least_count) & (known_before >= least_baseline)[periods] & known[periods])
    period = periods[tested]
    begins, ends = _stretches(things, periods, tested, baseline_periods)
    before = _summed(counts.astype(float), begins, ends)
    spread = _summed(counts**2 / np.where(known, sizes, 1.0)[periods], begins, ends)
    size, size_then = sizes[period], size_before[period]
    centre = before / size_then
    dispersion = _dispersion(before, spread, size_then, known_before[period])
    ucl = centre + _SIGMAS * np.sqrt(centre * dispersion / size)
    count = counts[tested]
    p_value = special.betainc(count / dispersion, before / dispersion + 1, size / (size + size_then))
    q_value = benjamini_hochberg(p_value, period, looked_at)
    signal = (q_value <= false_discoveries) & (count / size > ucl)
    return Emergence(tested, before, size_then, centre, dispersion, ucl, p_value, q_value, signal)


def benjamini_hochberg(p_values: Values, families: Integers, looked_at: int) -> Values:
    """The smallest share of false discoveries at which each test would be among the signals of its family.

    A family is `looked_at` tests, of which only those given are known to have a p-value worth telling; the others
    count as if theirs were 1.
    """
    q_values = np.empty(len(p_values))
    order = np.lexsort((p_values, families))
    begins = np.flatnonzero(np.diff(families[order], prepend=-1))
    for family in np.split(order, begins[1:]):
        raw = p_values[family] * looked_at / np.arange(1, len(family) + 1)
        q_values[family] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q_values


def _before(total: Values, periods: int) -> Values:
    """What a running total grew by in the `periods` before each one."""
    padded = np.concatenate([np.zeros(periods + 1), total])
    grown: Values = padded[periods:-1] - padded[: -periods - 1]
    return grown


def _stretches(things: Integers, periods: Integers, tested: Integers, reach: int) -> tuple[Integers, Integers]:
    """The cells [begin, end) that are the baseline of each tested one: the same thing, up to `reach` periods before."""
    width = np.int64(periods.max(initial=0) + 1)
    keys = things * width + periods
    earliest = np.maximum(periods[tested] - reach, 0)
    return np.searchsorted(keys, things[tested] * width + earliest), tested


def _summed(values: Values, begins: Integers, ends: Integers) -> Values:
    total = np.concatenate([[0.0], np.cumsum(values)])
    sums: Values = total[ends] - total[begins]
    return sums


def _dispersion(before: Values, spread: Values, size: Values, points: Values) -> Values:
    """Pearson's X² over its degrees of freedom, at least 1: sum of (c - n·r)²/(n·r) is N·sum(c²/n)/C - C."""
    chi_squared = np.divide(size * spread, before, out=np.zeros_like(before), where=before > 0) - before
    dispersion: Values = np.maximum(chi_squared / np.maximum(points - 1, 1), 1.0)
    return dispersion
