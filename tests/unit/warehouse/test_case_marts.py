"""Marts of cases: rows of the fold in, exact rows out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from expectations.gate import audit
from expectations.outcome import Status
from expectations.suites import SUITES
from pipeline.domain.cases.lifecycle import ENDED, State
from pipeline.statistics.proportions import wilson
from tests.cases import Ask, Marts, a_change, a_correction, a_life, day, known_until
from tests.lakes import an_event

Build = Callable[..., Ask]

# day      0    1    2    3    4    5    6    7
# A        r--------d---c·········r----c            closed, reopened, closed again
# B             r-m                                 merged into A
# C             r---------------------------…       open, acknowledged on day 4
A = a_life(
    "A",
    ("received", 0),
    ("acknowledged", 0.25),
    ("decision-communicated", 2, {"decision": "upheld"}),
    ("closed", 3),
    ("reopened", 5),
    ("closed", 6),
    ("closed", 6.5, {"outcome": "repeat", "reason": "already_closed"}),
)
B = a_life("B", ("received", 1), ("merged", 1.5, {"merged_into": "A"}), product=None)
C = a_life("C", ("received", 1), ("acknowledged", 4))
STRAY = a_life("S", ("closed", 4, {"outcome": "refused", "reason": "not_received"}))
EVERYTHING = A + B + C + STRAY


def test_a_case_has_its_timings_from_its_receipt_on(built: Build) -> None:
    ask = built(transitions=EVERYTHING, duplicates=known_until(day(10)))
    hours = 3_600_000_000
    assert ask(
        "select case_id, state, is_open, ended_as, closed_at, ack_us, first_response_us, decision_us, first_close_us, "
        "close_us, reopens, events, repeated_events, refused_events, merged_into from fct_case order by case_id"
    ) == [
        ("A", "closed", False, "closed", day(6.5), 6 * hours, 48 * hours, 48 * hours, 72 * hours, 156 * hours,
         1, 7, 1, 0, None),
        ("B", "merged", False, "merged", None, None, None, None, None, None, 0, 2, 0, 0, "A"),
        ("C", "acknowledged", True, None, None, 72 * hours, None, None, None, None, 0, 2, 0, 0, None),
    ]  # fmt: skip


def test_closing_stands_only_while_the_case_is_closed(built: Build) -> None:
    ask = built(transitions=A[:5], duplicates=known_until(day(10)))
    assert ask("select closed_at, ended_at, ended_as, is_open, first_closed_at, first_reopened_at from fct_case") == [
        (None, None, None, True, day(3), day(5))
    ]


def test_a_refused_event_is_in_quarantine_with_its_reason(built: Build) -> None:
    ask = built(transitions=EVERYTHING, duplicates=known_until(day(10)))
    assert ask("select case_id, step, reason, state from fct_case_refusal") == [
        ("S", "closed", "not_received", "absent")
    ]


def test_category_and_language_are_those_of_the_first_complaint(built: Build) -> None:
    events = [
        an_event(0, case_id="A", time=day(0), category="delivery", language="en"),
        an_event(1, case_id="A", time=day(1), category="billing", language="uk"),
        an_event(2, case_id="A", time=day(-1), category="praise", language="uk", record_class="compliment"),
    ]
    ask = built(events=events, transitions=A)
    assert ask("select category, language from fct_case") == [("delivery", "en")]


def test_a_late_event_corrects_what_was_said_of_those_after_it(built: Build) -> None:
    closed = a_life("L", ("received", 0), ("closed", 2))
    late = a_life("L", ("received", 0), ("withdrawn", 1), ("closed", 2, {"outcome": "refused", "reason": "case_ended"}))
    # on day 5 the withdrawal of day 1 arrives: it has a row of its own, and the closing one more
    learnt = a_correction(late[1:], known_at=day(5), offset=2_000_000)
    learnt[1]["event_key"], learnt[0]["event_key"] = closed[1]["event_key"], 77
    ask = built(transitions=closed + learnt, duplicates=known_until(day(9)))
    assert ask("select step, outcome, state_to, position from fct_case_event order by position") == [
        ("received", "applied", "received", 1),
        ("withdrawn", "applied", "withdrawn", 2),
        ("closed", "refused", "withdrawn", 3),
    ]
    assert ask("select ended_as, closed_at, withdrawn_at, refused_events from fct_case") == [
        ("withdrawn", None, day(1), 1)
    ]
    before = built(transitions=closed, duplicates=known_until(day(4)))
    assert before("select ended_as, closed_at from fct_case") == [("closed", day(2))]


def test_events_of_one_instant_keep_the_order_of_the_fold(built: Build) -> None:
    rows = a_life("I", ("received", 0), ("assessed", 1), ("closed", 1), ("reopened", 1))
    for row, key in zip(rows, (5, 4, 3, 2), strict=True):
        row["event_key"] = key
    ask = built(transitions=rows[::-1], duplicates=known_until(day(2)))
    assert [step for (step,) in ask("select step from fct_case_event order by position")] == [
        "received",
        "assessed",
        "closed",
        "reopened",
    ]
    assert ask("select state, is_open from fct_case") == [("reopened", True)]


def test_a_case_in_two_partitions_is_counted_where_it_was_received(built: Build) -> None:
    stray = a_life("A", ("closed", 1, {"outcome": "refused", "reason": "not_received"}), partition=3)
    stray[0]["event_key"] = 12
    ask = built(transitions=A + stray, duplicates=known_until(day(10)))
    assert ask('select case_id, "partition", events, refused_events from fct_case') == [("A", 0, 7, 0)]
    assert ask('select "partition", is_home from fct_case_refusal') == [(3, False)]


def test_only_open_states_count_as_open(built: Build) -> None:
    ask = built()
    open_states = {state for (state,) in ask("select state from case_state where is_open")}
    assert open_states == set(State) - ENDED - {State.ABSENT}


def test_a_priority_raised_later_was_incorrect_at_first(built: Build) -> None:
    raised = a_life("R", ("received", 0), ("assessed", 1, {"priority": "high", "priority_first": "normal"}))
    lowered = a_life("L", ("received", 0), ("assessed", 1, {"priority": "low", "priority_first": "normal"}))
    ask = built(transitions=raised + lowered, duplicates=known_until(day(9)))
    assert ask("select case_id, is_incorrectly_prioritised from fct_case order by all") == [("L", False), ("R", True)]
    assert ask(
        "select cohort, sum(numerator)::bigint, sum(denominator)::bigint from agg_case_rate "
        "where metric = 'incorrect_priority_rate' group by all"
    ) == [("received", 1, 2)]


# clocks ------------------------------------------------------------------------------------------------------------


def test_a_clock_is_what_its_last_change_says(built: Build) -> None:
    clocks = [
        a_change(A[0], "close", "activate", due_at=day(1)),
        a_change(A[2], "close", "breach", at=day(1), due_at=day(1), breached_at=day(1), ordinal=1),
        a_change(A[3], "close", "fulfil", due_at=day(1), breached_at=day(1), ordinal=2, wall_us=5, elapsed_us=3),
        a_change(A[4], "close", "activate", due_at=day(7), cycle=1),
        a_change(A[5], "close", "fulfil", due_at=day(7), cycle=1, ordinal=1),
    ]
    ask = built(transitions=A, clocks=clocks, duplicates=known_until(day(10)))
    assert ask(
        'select cycle, "end", activated_at, ended_at, breached_at, is_breached, is_open_overdue, elapsed_us '
        "from fct_clock order by cycle"
    ) == [
        (0, "fulfilled", day(0), day(3), day(1), True, False, 3),
        (1, "fulfilled", day(5), day(6), None, False, False, 0),
    ]


@pytest.mark.parametrize(("known", "is_breached"), [(2, False), (3, True), (4, True)])
def test_a_running_clock_is_breached_once_its_due_time_is_known_to_have_come(
    built: Build, known: float, is_breached: bool
) -> None:
    running = [a_change(C[0], "close", "activate", due_at=day(3))]
    ask = built(transitions=C[:1], clocks=running, duplicates=known_until(day(known)))
    assert ask('select "end", is_breached, is_open_overdue, breached_at from fct_clock') == [
        ("running", is_breached, is_breached, day(3) if is_breached else None)
    ]


def test_a_paused_clock_does_not_run_out(built: Build) -> None:
    paused = [
        a_change(C[0], "close", "activate", due_at=day(3)),
        a_change(C[1], "close", "pause", due_at=None, ordinal=1),
    ]
    ask = built(transitions=C, clocks=paused, duplicates=known_until(day(30)))
    assert ask('select "end", is_breached, is_open_overdue from fct_clock') == [("paused", False, False)]


def test_changes_of_a_judgement_that_no_longer_holds_are_left_out(built: Build) -> None:
    first = [a_change(C[0], "close", "activate", due_at=day(3)), a_change(C[1], "close", "fulfil", ordinal=1)]
    again = a_correction([C[1]], known_at=day(6), offset=2_000_001)
    kept = [a_change(again[0], "close", "pause", at=day(4), ordinal=1, due_at=None)]
    ask = built(transitions=C + again, clocks=first + kept, duplicates=known_until(day(9)))
    assert ask("select change, position from fct_clock_change order by ordinal") == [("activate", 1), ("pause", 2)]


# the account -------------------------------------------------------------------------------------------------------


def test_the_account_has_every_day_of_every_product_and_adds_up(built: Build) -> None:
    ask = built(transitions=EVERYTHING, duplicates=known_until(day(7)))
    rows = ask(
        "select period_start, opening, received, reopened, closed, closing from agg_case_daily "
        "where product = 'parcel' order by period_start"
    )
    assert rows == [
        (date(2026, 9, 1), 0, 1, 0, 0, 1),
        (date(2026, 9, 2), 1, 1, 0, 0, 2),
        (date(2026, 9, 3), 2, 0, 0, 0, 2),
        (date(2026, 9, 4), 2, 0, 0, 1, 1),
        (date(2026, 9, 5), 1, 0, 0, 0, 1),
        (date(2026, 9, 6), 1, 0, 1, 0, 2),
        (date(2026, 9, 7), 2, 0, 0, 1, 1),
        (date(2026, 9, 8), 1, 0, 0, 0, 1),
    ]
    without_product = ask("select period_start, received, merged, closing from agg_case_daily where product is null")
    assert (date(2026, 9, 2), 1, 0, 1) in without_product
    assert (date(2026, 9, 3), 0, 1, 0) in without_product


def test_what_is_dated_after_all_that_is_known_counts_on_the_last_day(built: Build) -> None:
    ask = built(transitions=a_life("F", ("received", 0), ("closed", 3000)), duplicates=known_until(day(2)))
    assert ask("select count(*), sum(received), sum(closed), max(period_start) from agg_case_daily") == [
        (3, 1, 1, date(2026, 9, 3))
    ]
    assert ask("select count(*) from agg_backlog_age") == [(12,)]


def test_backlog_ages_by_calendar_time_and_can_be_asked_of_any_past_day(built: Build) -> None:
    old = a_life("O", ("received", 0), ("closed", 60), ("reopened", 62))
    ask = built(transitions=old, duplicates=known_until(day(63)))

    def bucket_on(days: int) -> list[tuple[Any, ...]]:
        return ask(
            "select bucket, open_cases from agg_backlog_age "
            f"where period_start = date '2026-09-01' + {days} and open_cases > 0"
        )

    # received at noon: at the end of day 2 it is 2.5 days old, at the end of day 3 it is 3.5
    assert bucket_on(2) == [("up to 3 days", 1)]
    assert bucket_on(3) == [("3 days to 4 weeks", 1)]
    assert bucket_on(27) == [("3 days to 4 weeks", 1)]
    assert bucket_on(28) == [("4 to 8 weeks", 1)]
    assert bucket_on(56) == [("over 8 weeks", 1)]
    assert bucket_on(60) == bucket_on(61) == []
    assert bucket_on(63) == [("over 8 weeks", 1)]
    assert ask("select distinct as_of from agg_backlog_age where period_start = date '2026-11-03'") == [(day(63),)]


def test_the_last_day_ages_up_to_what_is_known_and_no_further(built: Build) -> None:
    ask = built(transitions=a_life("O", ("received", 0)), duplicates=known_until(day(3)))
    assert ask("select bucket from agg_backlog_age where open_cases > 0 and period_start = date '2026-09-04'") == [
        ("up to 3 days",)
    ]


def test_the_funnel_counts_movements_and_who_is_inside(built: Build) -> None:
    ask = built(transitions=A + C, duplicates=known_until(day(9)))
    reach = wilson(2, 2)
    rows = ask(
        'select state, entered, "left", inside_now, dropped, numerator, n from agg_case_funnel order by state_rank'
    )
    assert rows == [
        ("received", 2, 2, 0, 0, 2, 2),
        ("acknowledged", 2, 1, 1, 0, 2, 2),
        ("decided", 1, 1, 0, 0, 1, 2),
        ("reopened", 1, 1, 0, 0, 1, 2),
        ("closed", 2, 1, 1, 0, 1, 2),
    ]
    ((lo, hi),) = ask("select lo, hi from agg_case_funnel where state = 'received'")
    assert (lo, hi) == pytest.approx((reach.lo, reach.hi), abs=1e-12)


def test_who_is_merged_dropped_out_of_the_state_before(built: Build) -> None:
    ask = built(transitions=B, duplicates=known_until(day(9)))
    assert ask("select state, dropped from agg_case_funnel where dropped > 0") == [("received", 1)]


# rates -------------------------------------------------------------------------------------------------------------


def rates(ask: Ask, metric: str) -> list[tuple[Any, ...]]:
    return ask(
        "select cohort, period_start, numerator, denominator from agg_case_rate "
        f"where metric = '{metric}' order by cohort, period_start"
    )


def test_a_rate_names_the_day_that_its_cases_count_on(built: Build) -> None:
    ask = built(transitions=EVERYTHING, duplicates=known_until(day(10)))
    assert rates(ask, "uphold_rate") == [("closed", date(2026, 9, 8), 1, 1), ("received", date(2026, 9, 1), 1, 1)]
    assert rates(ask, "reopen_rate") == [("closed", date(2026, 9, 4), 1, 1), ("received", date(2026, 9, 1), 1, 1)]
    assert rates(ask, "escalation_rate") == [
        ("closed", date(2026, 9, 8), 0, 1),
        ("received", date(2026, 9, 1), 0, 1),
        ("received", date(2026, 9, 2), 0, 1),
        ("received", date(2026, 9, 2), 0, 1),
    ]


def test_reopening_within_30_days_is_asked_of_cases_whose_30_days_are_over(built: Build) -> None:
    late = a_life("M", ("received", 0), ("closed", 1), ("reopened", 40))
    assert rates(built(transitions=A + late, duplicates=known_until(day(30.5))), "reopen_rate_30d") == []
    ask = built(transitions=A + late, duplicates=known_until(day(50)))
    assert rates(ask, "reopen_rate_30d") == [
        ("closed", date(2026, 9, 2), 0, 1),
        ("closed", date(2026, 9, 4), 1, 1),
        ("received", date(2026, 9, 1), 1, 2),
    ]


def test_decisions_keep_their_classes_and_add_up(built: Build) -> None:
    names = ("upheld", "partly_upheld", "rejected", "redress_without_acceptance", "other", "rejected")
    lives = [a_life(f"D{n}", ("received", 0), ("decision-communicated", 1, {"decision": each}))
             for n, each in enumerate(names)]  # fmt: skip
    ask = built(transitions=[row for life in lives for row in life], duplicates=known_until(day(9)))
    assert ask(
        "select metric, numerator, denominator from agg_case_rate where cohort = 'received' and metric <> "
        "'escalation_rate' order by metric"
    ) == [
        ("other_decision_rate", 1, 6),
        ("partial_uphold_rate", 1, 6),
        ("redress_without_acceptance_rate", 1, 6),
        ("rejection_rate", 2, 6),
        ("uphold_any_rate", 2, 6),
        ("uphold_rate", 1, 6),
    ]


def test_acceptance_is_of_those_who_said_and_recourse_of_those_who_refused(built: Build) -> None:
    lives = [
        a_life("Y", ("received", 0), ("accepted", 2)),
        a_life("N", ("received", 0), ("rejected", 2, {"recourse_told": True})),
        a_life("M", ("received", 0), ("rejected", 2)),
        a_life("-", ("received", 0)),
    ]
    ask = built(transitions=[row for life in lives for row in life], duplicates=known_until(day(9)))
    assert rates(ask, "acceptance_rate") == [("received", date(2026, 9, 1), 1, 3)]
    assert rates(ask, "recourse_told_rate") == [("received", date(2026, 9, 1), 1, 2)]


def test_breaches_are_counted_by_the_day_they_fell_due_and_no_clock_before_its_time(built: Build) -> None:
    lives = [a_life(f"K{n}", ("received", 0), ("acknowledged", 1)) for n in range(5)]
    met = [a_change(lives[0][0], "close", "activate", due_at=day(2)),
           a_change(lives[0][1], "close", "fulfil", due_at=day(2), ordinal=1)]  # fmt: skip
    early = [a_change(lives[1][0], "close", "activate", due_at=day(40)),
             a_change(lives[1][1], "close", "fulfil", due_at=day(40), ordinal=1)]  # fmt: skip
    overdue = [a_change(lives[2][0], "close", "activate", due_at=day(2))]
    running = [a_change(lives[3][0], "close", "activate", due_at=day(20))]
    cancelled = [a_change(lives[4][0], "close", "activate", due_at=day(2)),
                 a_change(lives[4][1], "close", "cancel", due_at=day(2), ordinal=1)]  # fmt: skip
    ask = built(
        transitions=[row for life in lives for row in life],
        clocks=met + early + overdue + running + cancelled,
        duplicates=known_until(day(10)),
    )
    assert ask(
        "select clock, period_start, numerator, denominator from agg_case_rate where metric = 'clock_breach_rate'"
    ) == [("close", date(2026, 9, 3), 1, 2)]


# durations ---------------------------------------------------------------------------------------------------------


def test_open_cases_are_censored_and_never_left_out(built: Build) -> None:
    ask = built(transitions=EVERYTHING, duplicates=known_until(day(10)))
    rows = ask(
        "select metric, n, events, censored, value, lo, hi from agg_case_duration "
        "where cohort = 'all' and quantile = 0.5 order by metric"
    )
    # acknowledged after 6 h (A) and 72 h (C); B was merged after 12 h without it: S = 2/3, then 0
    assert rows[0] == ("time_to_acknowledge", 3, 2, 1, 72.0, 6.0, None)
    # A after 156 h; B left after 12 h, C is still open after 216 h: S = 1/2 at 156 h
    assert rows[1] == ("time_to_close", 3, 1, 2, 156.0, 156.0, None)
    assert {row[1] for row in rows} == {3}


def test_durations_stand_for_all_and_by_product_and_month_of_receipt(built: Build) -> None:
    ask = built(transitions=EVERYTHING, duplicates=known_until(day(10)))
    assert ask(
        "select cohort, product, period_start, n from agg_case_duration "
        "where metric = 'time_to_close' and quantile = 0.9 order by all"
    ) == [
        ("all", None, None, 3),
        ("month", None, date(2026, 9, 1), 3),
        ("product", "parcel", None, 2),
        ("product", None, None, 1),
        ("product and month", "parcel", date(2026, 9, 1), 2),
        ("product and month", None, date(2026, 9, 1), 1),
    ]


# everything --------------------------------------------------------------------------------------------------------


def test_an_audit_of_good_rows_finds_nothing(built: Build) -> None:
    clocks = [a_change(A[0], "close", "activate", due_at=day(1))]
    ask = built(transitions=EVERYTHING, clocks=clocks, duplicates=known_until(day(10)))
    broken = [each for each in audit(Marts(ask), SUITES) if each.status is not Status.PASSED]
    assert broken == []


def test_an_empty_lake_has_no_cases(built: Build) -> None:
    ask = built()
    for mart in ("fct_case", "fct_clock", "agg_case_daily", "agg_backlog_age", "agg_case_funnel", "agg_case_duration"):
        assert ask(f"select count(*) from {mart}") == [(0,)]
