"""Every entry of the golden file is met, and none is left unread: each leaf must be looked at by its check.

Values without a stated tolerance are met to half a unit of their last printed digit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from pipeline.statistics.charts import control_chart, ewma, freeze
from pipeline.statistics.dispositions import Dispositions, response_rate_1, response_rate_3
from pipeline.statistics.drivers import lmg_shares
from pipeline.statistics.proportions import wilson
from pipeline.statistics.rates import rate, sample_size
from pipeline.statistics.surveys import PromoterCounts, acsi_style, nps, nps_difference
from pipeline.statistics.weighting import effective_n, rake_table
from tests.unit.statistics.golden import golden_file

COMMENTS = {"note", "tolerance", "same_as"}


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path, value


class Entry:
    """One golden entry that notes which of its leaves were used."""

    def __init__(self, value: Any) -> None:
        self._value = value
        self.used: set[tuple[str | int, ...]] = set()

    def __call__(self, *path: str | int) -> Any:
        inner = self._value
        for step in path:
            inner = inner[step]
        self.used |= {(*path, *rest) for rest, _ in leaves(inner)}
        return plain(inner)

    def count(self) -> int:
        return len(self._value)

    def meets(self, got: float | None, *path: str | int, within: float | None = None) -> None:
        inner = self._value
        for step in path:
            inner = inner[step]
        self.used.add(path)
        if inner is None:
            assert got is None
            return
        # half a unit of the last digit printed, and a whisker for a value that ends on 5
        digits = -int(Decimal(str(inner)).as_tuple().exponent)
        assert got == pytest.approx(float(inner), abs=within or 0.5 * 10.0**-digits * (1 + 1e-9), rel=0), path

    def unread(self) -> list[tuple[str | int, ...]]:
        read = {path for path, _ in leaves(self._value)}
        return [path for path in sorted(read - self.used, key=str) if not COMMENTS & set(path)]


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def check_wilson(entry: Entry) -> None:
    for row in range(entry.count()):
        estimate = wilson(entry(row, "k"), entry(row, "n"))
        entry.meets(estimate.lo, row, "lo", within=5e-6)
        entry.meets(estimate.hi, row, "hi", within=5e-6)


def check_nps(entry: Entry) -> None:
    for row in range(entry.count()):
        score = nps(PromoterCounts(*(entry(row, name) for name in ("promoters", "passives", "detractors"))))
        entry.meets(score.value, row, "nps", within=1e-9)
        entry.meets(score.standard_error, row, "standard_error")


def check_nps_difference(entry: Entry) -> None:
    result = nps_difference(PromoterCounts(*entry("a")), PromoterCounts(*entry("b")))
    entry.meets(result.value, "difference", within=1e-9)
    entry.meets(result.standard_error, "standard_error")
    entry.meets(result.z, "z")


def check_byar(entry: Entry) -> None:
    estimate = rate(entry("complaints"), entry("exposure"))
    entry.meets(estimate.value, "value", within=1e-9)
    entry.meets(estimate.lo, "lo")
    entry.meets(estimate.hi, "hi")


def check_sample_size(entry: Entry) -> None:
    for row in range(entry.count()):
        assert sample_size(entry(row, "margin"), entry(row, "population")) == entry(row, "n")


def check_aapor(entry: Entry) -> None:
    people = Dispositions(*(entry(name) for name in ("I", "P", "R", "NC", "O", "UH", "UO", "ineligible")))
    entry.meets(response_rate_1(people).value, "RR1")
    entry.meets(people.eligibility, "e")
    entry.meets(response_rate_3(people).value, "RR3")


def check_raking(entry: Entry) -> None:
    fitted = rake_table(entry("table"), entry("rows"), entry("columns"))
    for row in range(2):
        for column in range(2):
            entry.meets(float(fitted[row, column]), "result", row, column)


def check_kish(entry: Entry) -> None:
    weights = [float(weight) for weight, people in entry("weights").items() for _ in range(people)]
    entry.meets(effective_n(weights), "n_eff", within=1e-9)


def check_acsi(entry: Entry) -> None:
    for row in range(entry.count()):
        entry.meets(acsi_style(entry(row, "items")), row, "value", within=5e-5)


def signalled(points: Sequence[Any]) -> list[int]:
    return [signal.point + 1 for signal in points]


def check_p_chart(entry: Entry) -> None:
    chart = control_chart("p", entry("k"), entry("n"))
    entry.meets(chart.baseline.centre, "p_bar")
    entry.meets(float(chart.ucl[3]), "ucl_4")
    entry.meets(float(chart.value[3]), "point_4")
    assert signalled(chart.signals) == entry("signals")


def check_u_chart(entry: Entry) -> None:
    chart = control_chart("u", entry("c"), entry("exposure"))
    entry.meets(chart.baseline.centre, "u_bar")
    # the file rounds twice: 9.047619 + 3·sqrt(9.047619 / 1.1) = 17.65145, printed as 17.652
    entry.meets(float(chart.ucl[3]), "ucl_4", within=6e-4)
    entry.meets(float(chart.value[3]), "point_4")
    assert signalled(chart.signals) == entry("signals")


def p_points() -> tuple[list[int], list[int]]:
    shared = json.loads(golden_file().read_text(encoding="utf-8"))["p_chart"]
    return shared["k"], shared["n"]


def check_laney(entry: Entry) -> None:
    chart = control_chart("laney_p", *p_points())
    entry.meets(chart.baseline.sigma_z, "sigma_z")
    entry.meets(float(chart.ucl[3]), "ucl_4")
    assert signalled(chart.signals) == entry("signals")


def check_laney_frozen(entry: Entry) -> None:
    counts, sizes = p_points()
    chosen = [point - 1 for point in entry("baseline_points")]
    on = [counts[point] for point in chosen], [sizes[point] for point in chosen]
    baseline = freeze("laney_p", *on, short=0)
    chart = control_chart("laney_p", counts, sizes, baseline=baseline)
    entry.meets(baseline.centre, "p_bar")
    entry.meets(baseline.sigma_z, "sigma_z")
    entry.meets(float(chart.ucl[3]), "ucl_4")
    assert signalled(chart.signals) == entry("signals")
    floored = freeze("laney_p", *on)
    assert (floored.sigma_z, floored.observed_sigma_z) == (1.0, baseline.sigma_z)
    assert signalled(control_chart("laney_p", counts, sizes, baseline=floored).signals) == entry("signals")


def check_ewma(entry: Entry) -> None:
    chart = ewma([0.0] * 400, 0.0, entry("sigma"), weight=entry("lambda"), width=entry("L"))
    for place in entry("limits"):
        entry.meets(float(chart.ucl[-1 if place == "inf" else int(place) - 1]), "limits", place)


def check_lmg(entry: Entry) -> None:
    r1, r2, r12 = entry("r1"), entry("r2"), entry("r12")
    shares = lmg_shares(np.array([[1, r12, r1], [r12, 1, r2], [r1, r2, 1]]))
    entry.meets(float(shares.sum()), "r_squared")
    for place in range(2):
        entry.meets(float(shares[place]), "shares", place)


CHECKS: dict[str, Callable[[Entry], None]] = {
    "wilson_95": check_wilson,
    "nps": check_nps,
    "nps_difference": check_nps_difference,
    "complaints_per_1000_byar_95": check_byar,
    "sample_size_95": check_sample_size,
    "aapor": check_aapor,
    "raking": check_raking,
    "kish_n_eff": check_kish,
    "acsi_style_equal_weights": check_acsi,
    "p_chart": check_p_chart,
    "u_chart": check_u_chart,
    "laney_p": check_laney,
    "laney_p_frozen_baseline": check_laney_frozen,
    "ewma": check_ewma,
    "drivers_lmg": check_lmg,
}

# decimals keep the digits that the file prints, which say how precisely a value is to be met
GOLDEN: dict[str, Any] = json.loads(golden_file().read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.mark.parametrize("name", GOLDEN)
def test_every_golden_value_is_met(name: str) -> None:
    assert name in CHECKS, f"the golden file's `{name}` has no check"
    entry = Entry(GOLDEN[name])
    CHECKS[name](entry)
    assert entry.unread() == []


def test_no_check_is_without_golden_values() -> None:
    assert GOLDEN.keys() == CHECKS.keys()


def test_laney_sigma_z_of_one_is_the_ordinary_chart() -> None:
    counts, sizes = p_points()
    assert math.isclose(control_chart("p", counts, sizes).baseline.sigma_z, 1.0)
