from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pipeline.statistics.charts import (
    ALL_RULES,
    BEYOND,
    NINE,
    SHORT_BASELINE,
    Kind,
    Signal,
    control_chart,
    ewma,
    freeze,
    run_rules,
)

NORMAL_BEYOND = 0.0026998
"""Share of ordinary points outside three sigmas."""


def false_alarms(kind: Kind, seed: int, points: int = 20_000) -> int:
    """Points that signal beyond limits in a process that never changes, on limits frozen over 2,000 more of it."""
    chance = np.random.default_rng(seed)
    sizes = chance.integers(3_000, 6_000, points + 2_000).astype(float)
    # Laney's charts are for processes whose own rate wanders from day to day
    wander = chance.normal(0, 0.012, len(sizes)) if kind.startswith("laney") else 0.0
    rate = np.clip(0.2 + wander, 0.01, 0.99)
    counts = chance.binomial(sizes.astype(int), rate) if kind.endswith("p") else chance.poisson(rate * sizes)
    baseline = freeze(kind, counts[:2_000].astype(float), sizes[:2_000])
    if kind.startswith("laney"):
        assert baseline.sigma_z > 1.5
    chart = control_chart(kind, counts[2_000:].astype(float), sizes[2_000:], baseline=baseline, rules=(BEYOND,))
    return len(chart.signals)


@pytest.mark.parametrize("kind", ["p", "u"])
def test_false_alarms_of_a_process_in_control_are_as_many_as_promised(kind: Kind) -> None:
    low, high = stats.binom.interval(0.999, 20_000, NORMAL_BEYOND)
    assert low <= false_alarms(kind, 11) <= high


@pytest.mark.parametrize("kind", ["laney_p", "laney_u"])
def test_an_overdispersed_process_keeps_the_rate_with_laney_limits(kind: Kind) -> None:
    # sigma_z itself is estimated to about 2 % from 2,000 points, which moves the rate by a fifth
    low, high = stats.binom.interval(0.999, 20_000, NORMAL_BEYOND)
    assert 0.8 * low <= false_alarms(kind, 12) <= 1.25 * high


def test_an_overdispersed_process_floods_the_plain_chart() -> None:
    chance = np.random.default_rng(4)
    sizes = np.full(1_000, 5_000.0)
    counts = chance.binomial(5_000, np.clip(0.2 + chance.normal(0, 0.02, 1_000), 0, 1)).astype(float)
    plain = control_chart("p", counts, sizes, baseline=freeze("p", counts, sizes), rules=(BEYOND,))
    laney = control_chart("laney_p", counts, sizes, baseline=freeze("laney_p", counts, sizes), rules=(BEYOND,))
    assert len(plain.signals) > 100
    assert len(laney.signals) < 15


def test_a_spike_hides_itself_in_its_own_limits_and_not_in_frozen_ones() -> None:
    counts, sizes = [12.0, 15.0, 9.0, 30.0, 11.0], [200.0, 220.0, 180.0, 210.0, 190.0]
    assert control_chart("laney_p", counts, sizes).signals == ()
    calm = freeze("laney_p", [*counts[:3], counts[4]], [*sizes[:3], sizes[4]])
    assert control_chart("laney_p", counts, sizes, baseline=calm).signals == (Signal(3, BEYOND, "above"),)
    assert calm.sigma_z == 1.0


def test_a_long_baseline_keeps_a_sigma_z_below_one() -> None:
    counts, sizes = [10.0] * SHORT_BASELINE, [100.0] * SHORT_BASELINE
    assert freeze("laney_p", counts, sizes).sigma_z == 0.0
    assert freeze("laney_p", counts[1:], sizes[1:]).sigma_z == 1.0


def test_points_without_a_size_are_unknown_and_neither_signal_nor_set_limits() -> None:
    baseline = freeze("u", [4.0, 0.0, 6.0], [1.0, 0.0, 1.0])
    assert (baseline.centre, baseline.points) == (5.0, 2)
    chart = control_chart("u", [4.0, 0.0, 60.0], [1.0, 0.0, 1.0], baseline=baseline)
    assert np.isnan([chart.value[1], chart.lcl[1], chart.ucl[1], chart.z[1]]).all()
    assert [signal.point for signal in chart.signals] == [2]


def test_limits_stay_within_what_is_possible() -> None:
    share = control_chart("p", [1.0, 9.0], [10.0, 10.0])
    assert (share.lcl.min(), share.ucl.max()) == (pytest.approx(0.0256, abs=1e-4), pytest.approx(0.9743, abs=1e-4))
    few = control_chart("u", [1.0, 2.0], [1.0, 1.0])
    assert few.lcl.min() == 0.0


def test_a_point_is_a_signal_only_strictly_outside() -> None:
    flat = np.full(3, 5.0)
    assert run_rules(flat, np.full(3, 4.0), np.full(3, 5.0), np.full(3, 5.0), ALL_RULES) == ()


def test_nine_on_one_side_signal_from_the_ninth_on() -> None:
    #  place 0: below | 1..10: above | 11: on the centre | 12..20: below
    value = np.array([-1.0] + [1.0] * 10 + [0.0] + [-1.0] * 9)
    nothing = np.zeros(len(value))
    found = run_rules(value, nothing, nothing - 9, nothing + 9, (NINE,))
    assert [(signal.point, signal.side) for signal in found] == [(9, "above"), (10, "above"), (20, "below")]
    assert run_rules(value, nothing, nothing - 9, nothing + 9, (BEYOND,)) == ()


def test_a_gap_ends_a_run() -> None:
    value = np.array([1.0] * 5 + [np.nan] + [1.0] * 5)
    nothing = np.zeros(len(value))
    assert run_rules(value, nothing, nothing - 9, nothing + 9, (NINE,)) == ()


def test_a_centre_of_zero_makes_any_event_a_signal() -> None:
    baseline = freeze("u", [0.0, 0.0], [10.0, 10.0])
    chart = control_chart("u", [0.0, 1.0], [10.0, 10.0], baseline=baseline)
    assert [signal.point for signal in chart.signals] == [1]
    assert chart.z.tolist() == [0.0, np.inf]


def test_ewma_sees_a_small_lasting_shift_that_single_points_do_not() -> None:
    values = [0.0] * 10 + [1.5] * 20
    chart = ewma(values, 0.0, 1.0)
    assert max(values) < 3
    assert chart.signals[0].point > 10
    assert {signal.side for signal in chart.signals} == {"above"}


def test_ewma_limits_follow_unequal_subgroups() -> None:
    chart = ewma([0.0, 0.0], 0.0, [1.0, 2.0])
    assert chart.ucl.tolist() == pytest.approx([3 * 0.2, 3 * np.sqrt(0.04 * 4 + 0.64 * 0.04)])


@pytest.mark.parametrize(
    ("kind", "counts", "sizes", "sentence"),
    [
        ("p", [3.0], [2.0], "more events than there were"),
        ("u", [1.0], [0.0], "differ in scope"),
        ("u", [0.0], [0.0], "at least one subgroup"),
        ("u", [-1.0], [1.0], "not negative"),
        ("u", [1.0, 2.0], [1.0], "one size for each"),
    ],
)
def test_impossible_series_are_refused(kind: Kind, counts: list[float], sizes: list[float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        control_chart(kind, counts, sizes)


def test_limits_of_another_kind_of_chart_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot use"):
        control_chart("p", [1.0], [9.0], baseline=freeze("u", [1.0], [9.0]))
    with pytest.raises(ValueError, match="EWMA"):
        ewma([1.0], 0.0, 0.0)
