"""The scorecard's figures, against marts small enough to count by hand, and against a simulated truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from pipeline.services.scorecard import Flow, Scorecard, change_of, make_scorecard

FLOW = Flow(read=10, accepted=7, duplicates=2, dead_letters=1)
START = date(2026, 3, 1)


class Marts:
    """The columns that the scorecard reads, in memory."""

    def __init__(self) -> None:
        self._con = duckdb.connect()
        self._con.execute(
            "CREATE TABLE fct_feedback"
            " (received_date DATE, channel TEXT, language TEXT, record_class TEXT, category TEXT, safety BOOLEAN);"
            "CREATE TABLE fct_survey_response"
            " (responded_date DATE, instrument TEXT, scale_min INT, scale_max INT, score DOUBLE);"
            "CREATE TABLE fct_complaint_event (step TEXT, case_id TEXT);"
            "CREATE TABLE dim_category (id TEXT, label_en TEXT, in_taxonomy BOOLEAN);"
            "CREATE TABLE fct_dead_letter (reason TEXT);"
            "CREATE TABLE fct_case (case_id TEXT, is_open BOOLEAN, ended_as TEXT);"
            "CREATE TABLE fct_clock (case_id TEXT, is_open_overdue BOOLEAN);"
            "CREATE TABLE agg_case_rate (metric TEXT, cohort TEXT, numerator BIGINT, denominator BIGINT);"
            "CREATE TABLE agg_case_duration (metric TEXT, cohort TEXT, quantile DOUBLE, value DOUBLE, lo DOUBLE,"
            " hi DOUBLE, n BIGINT, method TEXT)"
        )

    def feedback(self, day: int, record_class: str, category: str, *, times: int = 1, safety: bool = False) -> None:
        row = (START + timedelta(days=day), "email", "uk", record_class, category, safety)
        self._add("fct_feedback", row, times)

    def score(self, instrument: str, scale: tuple[int, int], score: float, times: int = 1) -> None:
        self._add("fct_survey_response", (START, instrument, *scale, score), times)

    def step(self, verb: str, case_id: str) -> None:
        self._add("fct_complaint_event", (verb, case_id), 1)

    def case(self, case_id: str, ended_as: str | None, *, overdue: bool = False) -> None:
        self._add("fct_case", (case_id, ended_as is None, ended_as), 1)
        self._add("fct_clock", (case_id, overdue), 2)

    def rate(self, metric: str, cohort: str, numerator: int, denominator: int) -> None:
        self._add("agg_case_rate", (metric, cohort, numerator, denominator), 1)

    def to_close(self, cohort: str, quantile: float, value: float | None, n: int) -> None:
        self._add("agg_case_duration", ("time_to_close", cohort, quantile, value, value, None, n, "kaplan-meier"), 1)

    def category(self, name: str, label: str | None) -> None:
        self._add("dim_category", (name, label, label is not None), 1)

    def letter(self, reason: str, times: int) -> None:
        self._add("fct_dead_letter", (reason,), times)

    def card(self) -> Scorecard:
        return make_scorecard(self._ask, FLOW)

    def _add(self, table: str, row: tuple[object, ...], times: int) -> None:
        marks = ", ".join("?" for _ in row)
        self._con.executemany(f"INSERT INTO {table} VALUES ({marks})", [row] * times)

    def _ask(self, statement: str) -> Sequence[Mapping[str, Any]]:
        result = self._con.execute(statement)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture
def marts() -> Marts:
    return Marts()


def test_an_empty_warehouse_gives_unknown_figures_not_zeros(marts: Marts) -> None:
    card = marts.card()
    assert card.feedback == 0
    assert card.first_day is None
    assert card.complaint_share.value is None
    assert [measure.estimate.value for measure in card.measures] == [None, None, None]
    assert card.unusual is None


def test_classes_are_shares_of_all_feedback_largest_first(marts: Marts) -> None:
    marts.feedback(0, "inquiry", "delivery", times=3)
    marts.feedback(0, "complaint", "delivery", times=1)
    card = marts.card()
    assert [(portion.name, portion.count, portion.share.value) for portion in card.classes] == [
        ("inquiry", 3, 0.75),
        ("complaint", 1, 0.25),
    ]
    assert card.complaint_share.n == 4
    assert card.complaint_share.method == "wilson"


def test_csat_counts_the_top_two_of_five_and_no_other_scale(marts: Marts) -> None:
    marts.score("csat", (1, 5), 5, times=60)
    marts.score("csat", (1, 5), 4, times=20)
    marts.score("csat", (1, 5), 1, times=20)
    marts.score("csat", (1, 10), 10, times=50)
    csat = marts.card().measures[0].estimate
    assert (csat.value, csat.n) == (0.8, 100)
    assert csat.lo == pytest.approx(0.71117, abs=1e-5)
    assert csat.hi == pytest.approx(0.86663, abs=1e-5)


def test_nps_is_promoters_minus_detractors_in_points(marts: Marts) -> None:
    marts.score("nps", (0, 10), 9, times=50)
    marts.score("nps", (0, 10), 8, times=30)
    marts.score("nps", (0, 10), 6, times=20)
    nps = marts.card().measures[1].estimate
    assert nps.value == pytest.approx(30.0)
    assert nps.n == 100


def test_effort_is_the_share_of_five_to_seven(marts: Marts) -> None:
    marts.score("ces", (1, 7), 5, times=1)
    marts.score("ces", (1, 7), 4, times=3)
    assert marts.card().measures[2].estimate.value == 0.25


def test_a_week_is_the_seven_whole_days_before_the_last_day(marts: Marts) -> None:
    # days      0 ………… 6 | 7 ………… 13 | 14 (the last day, perhaps not over)
    # complaints    2    |     3     |  9
    marts.feedback(0, "complaint", "delivery")
    marts.feedback(6, "complaint", "delivery")
    marts.feedback(7, "complaint", "delivery", times=2)
    marts.feedback(13, "complaint", "delivery")
    marts.feedback(14, "complaint", "delivery", times=9)
    (line,) = marts.card().categories
    assert (line.count, line.week_before, line.last_week, line.weekly) == (14, 2, 3, (2, 3))
    assert line.change.value == pytest.approx(0.5)


def test_change_knows_its_uncertainty() -> None:
    change = change_of(30, 10)
    assert change.value == pytest.approx(2.0)
    assert change.lo is not None
    assert change.hi is not None
    assert 0 < change.lo < 2 < change.hi
    assert change.n == 40


@pytest.mark.parametrize(("last", "before"), [(0, 0), (5, 0)])
def test_change_from_nothing_is_unknown(last: int, before: int) -> None:
    assert change_of(last, before).value is None


def test_the_most_unusual_day_stands_out_of_its_own_category(marts: Marts) -> None:
    for day in range(20):
        marts.feedback(day, "inquiry", "delivery", times=50)
        marts.feedback(day, "complaint", "safety", times=14 if day == 11 else 2)
    unusual = marts.card().unusual
    assert unusual is not None
    assert (unusual.category, unusual.day, unusual.count, unusual.usual) == ("safety", date(2026, 3, 12), 14, 2)
    assert unusual.departure == pytest.approx(12 / 2**0.5)


def test_categories_have_the_labels_of_the_taxonomy_and_unknown_ones_their_own_words(marts: Marts) -> None:
    marts.category("safety", "Unsafe goods")
    marts.category("tower_disputes", None)
    for day in range(20):
        marts.feedback(day, "complaint", "safety", times=14 if day == 11 else 2)
    marts.feedback(3, "complaint", "tower_disputes")
    card = marts.card()
    assert [(line.name, line.label) for line in card.categories] == [
        ("safety", "Unsafe goods"),
        ("tower_disputes", "tower disputes"),
    ]
    assert card.unusual is not None
    assert (card.unusual.category, card.unusual.label) == ("safety", "Unsafe goods")


def test_days_without_a_category_count_as_zero(marts: Marts) -> None:
    for day in range(20):
        marts.feedback(day, "inquiry", "delivery")
    marts.feedback(5, "complaint", "safety", times=6)
    unusual = marts.card().unusual
    assert unusual is not None
    assert (unusual.category, unusual.usual, unusual.days) == ("safety", 0, 18)


def test_a_week_is_too_short_for_anything_to_be_unusual(marts: Marts) -> None:
    for day in range(8):
        marts.feedback(day, "inquiry", "delivery", times=99 if day == 4 else 1)
    assert marts.card().unusual is None


def test_cases_count_once_however_often_they_reopen(marts: Marts) -> None:
    for verb, case in [("closed", "a"), ("reopened", "a"), ("closed", "a"), ("closed", "b"), ("acknowledged", "c")]:
        marts.step(verb, case)
    counts = {portion.name: (portion.count, portion.share.n) for portion in marts.card().cases}
    assert counts == {"closed": (2, 3), "reopened": (1, 3), "acknowledged": (1, 3)}


def test_safety_and_dead_letters_carry_their_n(marts: Marts) -> None:
    marts.feedback(0, "complaint", "safety", safety=True)
    marts.feedback(0, "complaint", "delivery", times=3)
    marts.letter("not_json", 3)
    marts.letter("empty", 1)
    card = marts.card()
    assert (card.safety.count, card.safety.share.value, card.safety.share.n) == (1, 0.25, 4)
    assert [(letter.name, letter.count, letter.share.n) for letter in card.dead_letters] == [
        ("not_json", 3, 4),
        ("empty", 1, 4),
    ]


def test_cases_are_counted_and_rates_made_of_summed_counts(marts: Marts) -> None:
    assert marts.card().case_figures is None
    for case_id, ended_as in (("A", "closed"), ("B", "closed"), ("C", "merged"), ("D", None)):
        marts.case(case_id, ended_as, overdue=ended_as is None)
    marts.rate("reopen_rate", "closed", 1, 1)
    marts.rate("reopen_rate", "closed", 0, 3)
    marts.rate("reopen_rate", "received", 5, 5)
    for quantile, value in ((0.5, 40.0), (0.9, None)):
        marts.to_close("all", quantile, value, 4)
        marts.to_close("product", quantile, 1.0, 3)
    figures = marts.card().case_figures
    assert figures is not None
    assert (figures.received, figures.open_now, figures.closed, figures.ended_otherwise) == (4, 1, 2, 1)
    assert figures.overdue_now == 1
    assert (figures.reopened.value, figures.reopened.n) == (0.25, 4)
    assert figures.upheld.value is None
    assert (figures.median_hours_to_close.value, figures.median_hours_to_close.n) == (40.0, 4)
    assert figures.p90_hours_to_close.value is None
