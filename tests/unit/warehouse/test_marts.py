"""Marts: a few typed rows in, exact rows out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from pipeline.statistics.estimate import Estimate
from pipeline.statistics.proportions import wilson
from pipeline.statistics.surveys import NetPromoterScore, PromoterCounts, nps
from tests.lakes import NOON, a_letter, an_answer, an_event

Build = Callable[..., Callable[[str], list[tuple[Any, ...]]]]


def interval(estimate: Estimate | NetPromoterScore) -> tuple[float, float]:
    assert estimate.lo is not None
    assert estimate.hi is not None
    return round(estimate.lo, 9), round(estimate.hi, 9)


def test_of_one_identity_the_earliest_recorded_event_counts(built: Build) -> None:
    events = [
        an_event(5, id="a", channel="late", recordedtime=NOON + timedelta(days=40)),
        an_event(3, id="a", channel="first", recordedtime=NOON),
        an_event(4, id="a", channel="same moment", recordedtime=NOON),
        an_event(6, id="a", source="channel/other", channel="another source"),
        an_event(7, id="b", channel="single"),
    ]
    ask = built(events=events)
    assert ask("select event_id, channel from stg_event order by all") == [
        ("a", "another source"),
        ("a", "first"),
        ("b", "single"),
    ]


def test_different_identities_with_one_hash_are_both_kept(built: Build) -> None:
    ask = built(events=[an_event(0, id="a", event_key=7), an_event(1, id="b", event_key=7)])
    assert ask("select event_id from fct_feedback order by all") == [("a",), ("b",)]


def test_feedback_has_its_columns_and_nobodys_contact(built: Build) -> None:
    data = {
        "customer": {"name": "Olena", "email": "o@example.org"},
        "remedy_sought": "refund",
        "attributes": {"timely": "Yes"},
    }
    ask = built(events=[an_event(0, text="Late again.", rating=4.0, rating_scale="1-5", data=data)])
    assert ask(
        "select received_date, rating_normalised, rating_is_top_two, remedy_sought, attributes->>'timely', text "
        "from fct_feedback"
    ) == [(date(2026, 9, 1), 0.75, True, "refund", "Yes", "Late again.")]
    assert "Olena" not in str(ask("from fct_feedback"))
    assert "example.org" not in str(ask("from fct_feedback"))


def test_a_day_is_a_utc_day(built: Build) -> None:
    kyiv = timezone(timedelta(hours=3))
    ask = built(events=[an_event(0, time=datetime(2026, 9, 2, 1, 30, tzinfo=kyiv))])
    assert ask("select received_date, received_at from fct_feedback") == [
        (date(2026, 9, 1), datetime(2026, 9, 1, 22, 30, tzinfo=UTC))
    ]


def test_a_rating_without_or_off_its_scale_is_neither_normalised_nor_boxed(built: Build) -> None:
    ratings = [(4.0, None), (9.0, "1-5"), (4.0, "5-1"), (-1.0, "-2-2"), (1.0, "0-1")]
    ask = built(events=[an_event(n, rating=rating, rating_scale=scale) for n, (rating, scale) in enumerate(ratings)])
    assert ask("select rating_normalised, rating_is_top_two from fct_feedback order by event_id") == [
        (None, None),
        (None, None),
        (None, None),
        (0.25, False),
        (1.0, None),
    ]


def test_survey_answers_carry_flags_of_their_own_scale_only(built: Build) -> None:
    answers = [("csat", 4, (1, 5)), ("csat", 5, (1, 7)), ("nps", 9, (0, 10)), ("nps", 6, (0, 10)), ("nps", 5, (1, 5)),
               ("ces", 3, (1, 7)), ("ces", 6, (1, 7))]  # fmt: skip
    ask = built(events=[an_answer(n, *answer) for n, answer in enumerate(answers)])
    assert ask("select scale, is_top_two, promoter_group, effort_group from fct_survey_response order by event_id") == [
        ("1-5", True, None, None),
        ("1-7", False, None, None),
        ("0-10", True, "promoter", None),
        ("0-10", False, "detractor", None),
        ("1-5", True, None, None),
        ("1-7", False, None, "hard"),
        ("1-7", True, None, "easy"),
    ]


def test_complaint_steps_are_rows_with_their_outcome(built: Build) -> None:
    closed = an_event(
        1, type="vidhuk.complaint.decision-communicated.v1", case_id="C-1", data={"outcome": "upheld", "note": "words"}
    )
    ask = built(events=[an_event(0), closed])
    assert ask("select step, case_id, outcome, severity from fct_complaint_event") == [
        ("decision-communicated", "C-1", "upheld", None)
    ]
    assert "words" not in str(ask("from fct_complaint_event"))


def test_a_dead_letter_shows_why_and_where_but_not_what(built: Build) -> None:
    ask = built(dead_letters=[a_letter(4), a_letter(4), a_letter(5, file="rows.csv", line=7, inbox_offset=None)])
    assert ask("select letter_key, reason, file, line, inbox_offset from fct_dead_letter order by all") == [
        (4, "not_json", None, None, 4),
        (5, "not_json", "rows.csv", 7, None),
    ]
    assert "secret" not in str(ask("from fct_dead_letter"))


def test_daily_counts_have_a_complaint_row_for_every_known_cell(built: Build) -> None:
    classes = ["complaint", "inquiry", "inquiry", None]
    events = [an_event(n, record_class=each) for n, each in enumerate(classes)]
    events.append(an_event(9, channel="chat", record_class="inquiry"))
    ask = built(events=events)
    share, none = interval(wilson(1, 3)), interval(wilson(0, 1))
    rows = ask(
        "select channel, record_class, feedback_count, numerator, denominator, n, round(lo, 9), round(hi, 9) "
        "from agg_feedback_daily "
        "where record_class = 'complaint' or record_class is null order by channel, record_class"
    )
    assert rows == [
        ("chat", "complaint", 0, 0, 1, 1, *none),
        ("email", "complaint", 1, 1, 3, 3, *share),
        ("email", None, 1, None, None, 0, None, None),
    ]
    assert ask("select sum(feedback_count) from agg_feedback_daily") == [(5,)]


def test_satisfaction_is_counted_by_day_and_never_across_scales(built: Build) -> None:
    answers = [("csat", 5, (1, 5)), ("csat", 2, (1, 5)), ("csat", 7, (1, 7)), ("nps", 10, (0, 10)), ("nps", 7, (0, 10)),
               ("nps", 0, (0, 10)), ("nps", 9, (0, 10)), ("nps", 9, (1, 10))]  # fmt: skip
    ask = built(events=[an_answer(n, *answer) for n, answer in enumerate(answers)])
    rows = ask(
        "select metric, scale, numerator, n, value, round(lo, 9), round(hi, 9), round(standard_error, 9), method "
        "from agg_satisfaction_daily order by metric, scale"
    )
    score = nps(PromoterCounts(2, 1, 1))
    half, one = interval(wilson(1, 2)), interval(wilson(1, 1))
    assert rows == [
        ("csat", "1-5", 1.0, 2, 0.5, *half, None, "wilson, top 2 of 1-5"),
        ("csat", "1-7", 1.0, 1, 1.0, *one, None, "wilson, top 2 of 1-7"),
        ("nps", "0-10", 1.0, 4, 25.0, *interval(score), round(score.standard_error or 0, 9), score.method),
    ]


def test_ratings_given_with_feedback_are_no_csat(built: Build) -> None:
    ask = built(events=[an_event(0, rating=5.0, rating_scale="1-5"), an_event(1, rating=1.0, rating_scale="1-5")])
    assert ask("select metric, numerator, n from agg_satisfaction_daily") == [("rating_top_two_box", 1.0, 2)]


def test_an_empty_lake_gives_empty_marts(built: Build) -> None:
    ask = built()
    for mart in ("fct_feedback", "fct_survey_response", "agg_feedback_daily", "agg_satisfaction_daily"):
        assert ask(f"select count(*) from {mart}") == [(0,)]


def test_what_the_classifier_would_not_answer_waits_for_a_person(built: Build) -> None:
    known = {
        "record_class": "complaint",
        "category": "delivery",
        "sentiment": "negative",
        "severity": 3,
        "safety": False,
    }
    events = [
        an_event(0, id="sure", confidence="91 80 88 70 99", **known),
        an_event(1, id="unsure", confidence="55 31 60 - 99", **{**known, "category": None, "severity": None}),
        an_event(2, id="lexicon", confidence=None, **{**known, "category": None}),
    ]
    ask = built(events=events)
    asked = "select event_id, question, channel, language, confidence from fct_review_queue order by all"
    ((event, question, _, _, confidence),) = ask(asked)
    assert (event, question, confidence) == ("unsure", "category", 0.31)
    assert "text" not in [name for name, *_ in ask("describe fct_review_queue")]
