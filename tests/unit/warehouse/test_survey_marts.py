"""Waves, series, indices, complaint rates and first contacts: a few typed rows in, exact rows out."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import duckdb
import msgspec
import pytest

from pipeline.metrics.comparison import Side, compare
from pipeline.metrics.index_metrics import metrics_of
from pipeline.metrics.indices import indices
from pipeline.metrics.instruments import series_id
from pipeline.metrics.registry import METRICS
from pipeline.statistics.dispositions import Dispositions, response_rate_1, response_rate_3
from pipeline.statistics.proportions import wilson
from pipeline.statistics.rates import margin_of_error, rate
from pipeline.statistics.weighted import weighted_nps, weighted_share
from pipeline.statistics.weighting import design_effect
from tests.cases import a_life
from tests.lakes import NOON, an_answer, an_event
from warehouse.metric_queries import Question, answered

Build = Callable[..., Callable[[str], list[tuple[Any, ...]]]]
WAVE = "vidhuk.survey.wave-reported.v1"
REPORT = {
    "survey_id": "csat-survey",
    "wave": "2026Q3",
    "instrument": "csat",
    "sampling": "probability",
    "population": "customers with a delivery in the quarter",
    "frame_size": 1000,
    "complete": 300,
    "partial": 20,
    "refusal": 80,
    "non_contact": 350,
    "other": 10,
    "unknown_household": 200,
    "unknown_other": 40,
    "ineligible": 90,
}


def answers(*scores: float, first: int = 0, **data: Any) -> list[dict[str, Any]]:
    rows = []
    for place, score in enumerate(scores):
        row = an_answer(first + place, "csat", score, (1, 5))
        rows.append(an_event(first + place, type=row["type"], record_class=None, data=changed(row["data"], data)))
    return rows


def changed(data: str, more: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)
    return found | more


def a_wave(offset: int, **data: Any) -> dict[str, Any]:
    return an_event(offset, type=WAVE, channel=None, record_class=None, data=REPORT | data)


def an_invitation(offset: int, **data: Any) -> dict[str, Any]:
    told = {"survey_id": "csat-survey", "instrument": "csat", "channel": "email", "wave": "2026Q3"}
    return an_event(offset, type="vidhuk.survey.invited.v1", record_class=None, data=told | data)


def test_a_reported_wave_has_its_dispositions_and_both_rates(built: Build) -> None:
    ask = built(events=[a_wave(0)])
    asked = Dispositions(300, 20, 80, 350, 10, 200, 40, 90)
    first, third = response_rate_1(asked), response_rate_3(asked)
    (row,) = ask(
        "select response_rate_1, response_rate_1_lo, response_rate_1_hi, response_rate_3, response_rate_3_lo, "
        "response_rate_3_hi, eligible_share, stated_rate, is_reported from fct_survey_wave"
    )
    assert row[:7] == pytest.approx(
        (first.value, first.lo, first.hi, third.value, third.lo, third.hi, asked.eligibility), abs=1e-9
    )
    assert row[7:] == ("RR3", True)


def test_without_a_report_the_silent_are_of_unknown_eligibility(built: Build) -> None:
    events = [an_invitation(n) for n in range(4)] + answers(5, first=4, wave="2026Q3")
    ask = built(events=events)
    assert ask(
        "select invited, answered, unknown_other, response_rate_1, stated_rate, margin_of_error, projectable "
        "from fct_survey_wave"
    ) == [(4, 1, 3, 0.25, "RR1", None, "no: how people were chosen was not reported")]


def test_a_later_report_replaces_an_earlier_one(built: Build) -> None:
    ask = built(events=[a_wave(0, refusal=1), a_wave(1, refusal=2)])
    assert ask("select refusal from fct_survey_wave") == [(2,)]


def test_a_probability_sample_has_a_margin_of_error_at_its_effective_n(built: Build) -> None:
    light, heavy = answers(5, 4, wave="2026Q3", weight=1.0), answers(1, 2, first=2, wave="2026Q3", weight=3.0)
    ask = built(events=[*light, *heavy, a_wave(9)])
    ((n_eff, effect, margin),) = ask("select n_eff, design_effect, margin_of_error from fct_survey_wave")
    assert (n_eff, effect) == (pytest.approx(3.2), pytest.approx(1.25))
    assert margin == pytest.approx(margin_of_error(0.5, 3.2, 1000, projectable=True))


def test_people_who_chose_themselves_have_no_margin_of_error(built: Build) -> None:
    ask = built(events=[*answers(5, 4, wave="2026Q3"), a_wave(9, sampling="opt_in")])
    assert ask("select is_projectable, projectable, margin_of_error from fct_survey_wave") == [
        (False, "no: people chose themselves", None)
    ]


def test_another_wording_or_mode_opens_a_new_series(built: Build) -> None:
    events = [
        *answers(5, wave="2026Q3"),
        *answers(5, first=1, wave="2026Q3", wording="Were you content?"),
        *answers(5, first=2, wave="2026Q3", wording="Were you content?", mode="telephone"),
    ]
    ask = built(events=events)
    assert ask("select series from fct_survey_response order by event_id") == [
        (series_id("csat", 1, 5, None, None),),
        (series_id("csat", 1, 5, "Were you content?", None),),
        (series_id("csat", 1, 5, "Were you content?", "telephone"),),
    ]
    assert ask("select series from fct_survey_wave") == [(3,)]


def an_item(offset: int, instrument: str, score: float, scale: tuple[int, int] = (1, 10)) -> dict[str, Any]:
    return an_answer(offset, instrument, score, scale)


def test_the_index_of_a_month_needs_all_its_items(built: Build) -> None:
    items = [("overall_satisfaction", 7), ("overall_satisfaction", 9), ("against_expectation", 7),
             ("against_expectation", 8), ("against_ideal", 6), ("against_ideal", 8)]  # fmt: skip
    events = [an_item(n, *item) for n, item in enumerate(items)]
    ask = built(events=[*events, an_item(7, "overall_satisfaction", 1, (1, 5))])
    ((label, start, n, value, lo, hi, version),) = ask(
        "select label, period_start, n, value, lo, hi, definition_version from agg_index"
    )
    assert (label, start, n, version) == ("ACSI-style", date(2026, 9, 1), 2, 1)
    assert value == pytest.approx(72.2222, abs=5e-5)
    # standard errors 1, 0.5 and 1 add up, a third each, of nine steps
    reach = 1.959963984540054 * 100 * (1 + 0.5 + 1) / 3 / 9
    assert (lo, hi) == (pytest.approx(value - reach), 100.0 if value + reach > 100 else pytest.approx(value + reach))
    ask = built(events=events[:4])
    assert ask("select value, lo, hi, n from agg_index") == [(None, None, None, 2)]


def behind(ask: Callable[[str], list[tuple[Any, ...]]]) -> duckdb.DuckDBPyConnection:
    """The connection that a built warehouse's function runs on."""
    connection: duckdb.DuckDBPyConnection = ask.__closure__[0].cell_contents  # type: ignore[index] # the fixture's own
    return connection


def an_exposure(offset: int, count: int, **data: Any) -> dict[str, Any]:
    told = {
        "unit": "transactions",
        "count": count,
        "period_start": "2026-09-01T00:00:00Z",
        "period_end": "2026-10-01T00:00:00Z",
    }
    places = {name: data.pop(name, None) for name in ("product", "channel")}
    return an_event(offset, type="vidhuk.exposure.reported.v1", record_class=None, data=told | data, **places)


def test_complaints_are_counted_by_the_period_and_scope_of_their_exposure(built: Build) -> None:
    complaints = [
        an_event(0, product="parcel"),
        an_event(1, product="parcel", channel="phone", data={"attributes": {"region": "Kyiv"}}),
        an_event(2, product="kettle"),
        an_event(3, product="parcel", record_class="inquiry"),
        an_event(4, product="parcel", time=NOON + timedelta(days=40)),
    ]
    exposures = [
        an_exposure(10, 8000),
        an_exposure(11, 500, product="parcel"),
        an_exposure(12, 50, product="parcel", channel="phone"),
        an_exposure(13, 70, attributes={"region": "Kyiv"}),
        an_exposure(14, 900, product="lamp"),
        an_exposure(15, 0, product="toy"),
        an_exposure(16, 400, product="parcel"),  # replaces the 500
    ]
    ask = built(events=[*complaints, *exposures])
    rows = ask(
        "select product, channel, scope, numerator, denominator, value, lo, hi from agg_complaint_rate order by all"
    )
    expected = [
        ("lamp", None, "{}", 0, 900),
        ("parcel", "phone", "{}", 1, 50),
        ("parcel", None, "{}", 2, 400),
        (None, None, '{"region":"Kyiv"}', 1, 70),
        (None, None, "{}", 3, 8000),
        ("toy", None, "{}", 0, 0),
    ]
    for row in rows:
        assert row[5:] == pytest.approx(figures(row[3], row[4]))
    assert {row[:5] for row in rows} == set(expected)


def figures(complaints: int, exposure: int) -> tuple[float | None, ...]:
    estimate = rate(complaints, exposure)
    return estimate.value, estimate.lo, estimate.hi


def test_no_business_is_unknown_and_no_complaints_are_none(built: Build) -> None:
    ask = built(events=[an_exposure(0, 0, product="toy"), an_exposure(1, 10, product="lamp")])
    assert ask("select product, value from agg_complaint_rate order by product") == [("lamp", 0.0), ("toy", None)]
    assert built(events=[an_event(0)])("select count(*) from agg_complaint_rate") == [(0,)]


def test_a_case_is_resolved_at_first_contact_when_nobody_had_to_write_again(built: Build) -> None:
    transitions = [
        *a_life("C-once", ("received", 0), ("closed", 1)),
        *a_life("C-wrote-again", ("received", 0), ("closed", 1)),
        *a_life("C-reopened", ("received", 0), ("closed", 1), ("reopened", 3)),
        *a_life("C-reopened-late", ("received", 0), ("closed", 1), ("reopened", 20)),
        *a_life("C-escalated", ("received", 0), ("escalated", 0.5), ("closed", 1)),
        *a_life("C-open", ("received", 0)),
        *a_life("C-young", ("received", 25), ("closed", 26)),
    ]
    cases = ["C-once", "C-wrote-again", "C-reopened", "C-reopened-late", "C-escalated", "C-open"]
    events = [an_event(n, case_id=case, product="parcel") for n, case in enumerate(cases)]
    events.append(an_event(10, case_id="C-wrote-again", time=NOON + timedelta(days=6), record_class="inquiry"))
    events.append(
        an_event(11, case_id="C-once", time=NOON + timedelta(days=30), recordedtime=NOON + timedelta(days=30))
    )
    ask = built(events=events, transitions=transitions)
    share = wilson(2, 5)
    rows = ask(
        "select period_start, numerator, n, is_mature, window_days, value, lo, hi from agg_first_contact order by 1"
    )
    assert [row[:5] for row in rows] == [(date(2026, 9, 2), 2, 5, True, 7), (date(2026, 9, 27), 1, 1, False, 7)]
    assert rows[0][5:] == pytest.approx((share.value, share.lo, share.hi))


def test_a_weighted_wave_has_weighted_figures_at_kish_s_effective_n(built: Build) -> None:
    scores, weights = [5, 4, 3, 1, 2, 5], [0.5, 0.5, 1.5, 1.5, 1.0, 1.0]
    events = [
        row
        for n, (score, weight) in enumerate(zip(scores, weights, strict=True))
        for row in answers(score, first=n, wave="2026Q3", weight=weight)
    ]
    connection = behind(built(events=events))
    ours = weighted_share([score >= 4 for score in scores], weights)
    (row,) = answered(connection, METRICS["csat"], Question())
    assert (row["value"], row["lo"], row["hi"]) == pytest.approx((ours.value, ours.lo, ours.hi))
    assert (row["numerator"], row["denominator"], row["n"]) == (2.0, 6.0, 6)
    assert row["n_eff"] == pytest.approx(ours.n_eff)
    assert row["design_effect"] == pytest.approx(design_effect(weights))
    assert row["method"] == "wilson, top 2 of 1-5, kish n_eff"


def test_shared_figures_leave_weights_out_and_say_so(built: Build) -> None:
    weighted = [row for n in range(12) for row in answers(5 if n % 2 else 1, first=n, weight=0.5 + n % 2)]
    ask = built(events=weighted)
    query = "select value, method from pub_metric_monthly where metric = 'csat' and dimension = 'all'"
    assert ask(query) == [(0.5, "wilson, weights left out")]


def test_weights_that_are_all_alike_change_nothing(built: Build) -> None:
    plain = [row for n, score in enumerate([5, 4, 3, 1]) for row in answers(score, first=n, wave="2026Q3")]
    alike = [row for n, score in enumerate([5, 4, 3, 1]) for row in answers(score, first=n, wave="2026Q3", weight=2.5)]
    query = "select value, lo, hi, n_eff, method from agg_satisfaction_daily"
    assert built(events=plain)(query) == built(events=alike)(query)


def test_weighted_scores_equal_the_python_functions(built: Build) -> None:
    chance = random.Random(4)  # noqa: S311 - drawn for a test, no secret
    events, scores, weights = [], [], []
    for n in range(120):
        scores.append(chance.randint(0, 10))
        weights.append(chance.choice([0.25, 0.5, 1.0, 2.0, 3.5]))
        told = an_answer(n, "nps", scores[-1], (0, 10))
        weighted = changed(told["data"], {"weight": weights[-1]})
        events.append(an_event(n, type=told["type"], record_class=None, data=weighted))
    ours = weighted_nps(scores, weights)
    (row,) = built(events=events)("select value, lo, hi, n_eff from agg_satisfaction_daily")
    assert row == pytest.approx((ours.value, ours.lo, ours.hi, ours.n_eff))


def test_a_changed_wording_is_another_series_that_is_never_summed(built: Build) -> None:
    events = [*answers(5, 4), *answers(1, first=2, wording="Were you content?")]
    connection = behind(built(events=events))
    asked = series_id("csat", 1, 5, "Were you content?", None)
    rows = answered(connection, METRICS["csat"], Question())
    assert [(row["series"], row["scale"], row["n"]) for row in rows] == [("1-5", "1-5", 2), (f"1-5 {asked}", "1-5", 1)]


@pytest.mark.parametrize(
    ("sampling", "says"),
    [("opt_in", "no: people chose themselves"), ("probability", "yes"), ("census", "yes"), (None, "if sampled")],
)
def test_a_figure_says_how_its_people_were_chosen(built: Build, sampling: str | None, says: str) -> None:
    reported = [] if sampling is None else [a_wave(9, sampling=sampling)]
    connection = behind(built(events=[*answers(5, 4, wave="2026Q3"), *reported]))
    (row,) = answered(connection, METRICS["csat"], Question())
    assert row["projectable"] == says


def index_answers(months: int) -> list[dict[str, Any]]:
    rows = []
    for month in range(months):
        for n in range(12):
            item = ("overall_satisfaction", "against_expectation", "against_ideal")[n % 3]
            at = NOON + timedelta(days=30 * month)
            rows.append(an_answer(100 * month + n, item, 4 + (n * 5 + month) % 6, (1, 10), time=at, wave=f"w{month}"))
    return rows


def test_an_index_asked_as_a_metric_is_the_one_of_its_mart(built: Build) -> None:
    ask = built(events=index_answers(2))
    connection = behind(ask)
    rows = answered(connection, METRICS["acsi_style"], Question(("month",)))
    mart = ask("select value, lo, hi, n, method, definition_version from agg_index order by period_start")
    names = ("value", "lo", "hi", "n", "method", "definition_version")
    assert [tuple(row[name] for name in names) for row in rows] == [pytest.approx(row) for row in mart]
    (whole,) = answered(connection, METRICS["acsi_style"], Question())
    assert whole["n"] == 8
    assert whole["lo"] < whole["value"] < whole["hi"]  # type: ignore[operator] # numbers, as the line above shows


def test_other_weights_are_another_version_and_the_figures_are_not_compared(built: Build) -> None:
    first = next(index for index in indices() if index.name == "acsi_style")
    items = {"overall_satisfaction": 4.0, "against_expectation": 1.0, "against_ideal": 1.0}
    second = msgspec.structs.replace(first, version=2, begins=date(2026, 9, 20), items=items)
    ask = built(events=index_answers(2), indices=(first, second))
    connection = behind(ask)
    (metric,) = metrics_of((first, second))
    rows = answered(connection, metric, Question())
    assert [(row["definition_version"], row["period_start"]) for row in rows] == [(1, "2026-09-01"), (2, "2026-10-01")]
    means: dict[str, float] = dict(
        ask("select item, fsum(score_sum) / sum(n) from agg_index_item_daily where wave = 'w1' group by item")
    )
    assert rows[1]["value"] == pytest.approx(second.value(means))
    sides = [
        Side(wave, None, None, {"wave": wave}, answered(connection, metric, Question(where=(("wave", wave),))))
        for wave in ("w0", "w1")
    ]
    judged = compare(metric, *sides)
    assert [check.says for check in judged.checks if check.check == "definition"] == [
        "Versions of the definition differ: 1, 2."
    ]
    assert judged.difference is None


def test_an_index_asked_in_two_wordings_is_unknown(built: Build) -> None:
    items = index_answers(1)
    other = an_answer(50, "against_ideal", 7, (1, 10))
    reworded = an_event(
        50, type=other["type"], record_class=None, data=changed(other["data"], {"wording": "How near the ideal?"})
    )
    ask = built(events=[*items, reworded])
    assert ask("select value, lo, hi from agg_index") == [(None, None, None)]
