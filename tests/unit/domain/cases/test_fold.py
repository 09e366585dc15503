"""What only the fold itself promises: which rows it takes, what it remembers, and what it asks to have read back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from pipeline.domain.cases import fold as module
from pipeline.domain.cases.fold import Breach, CaseFold
from pipeline.domain.identity import case_keys
from pipeline.domain.instants import microseconds
from pipeline.domain.lake_tables import CLOCKS, EVENTS, TRANSITIONS
from tests.case_builders import MONDAY, a_policy_set, a_step, events_table, folded, newest

POLICIES = a_policy_set()


def only(rows: pa.Table) -> dict[str, Any]:
    (row,) = rows.to_pylist()
    return dict(row)


def last(*steps: dict[str, Any]) -> dict[str, Any]:
    """The transition of the last of some steps."""
    rows = [step | {"event_key": at} for at, step in enumerate(steps)]
    return dict(folded(rows).transitions.to_pylist()[-1])


def test_rows_that_are_no_steps_of_a_complaint_are_passed_over() -> None:
    others = [
        a_step("received", record_class="inquiry"),
        a_step("received", record_class=None),
        a_step("received", case_id=None),
        a_step("acknowledged", type="vidhuk.survey.responded.v1"),
        a_step("acknowledged", type="vidhuk.dispute.closed.v1"),
    ]
    got = CaseFold(POLICIES).fold(events_table(others))
    assert got.transitions.num_rows == got.clocks.num_rows == 0
    assert got.transitions.schema.equals(TRANSITIONS)
    assert got.clocks.schema.equals(CLOCKS)
    assert CaseFold(POLICIES).fold(EVENTS.empty_table()).breaches == []


def test_rows_have_the_schemas_of_the_lake_and_the_place_of_their_record() -> None:
    got = folded([a_step("received", partition=3, log="aa")])
    assert got.transitions.schema.equals(TRANSITIONS, check_metadata=True)
    assert got.clocks.schema.equals(CLOCKS, check_metadata=True)
    row = only(got.transitions)
    assert (row["log"], row["partition"], row["offset"]) == ("aa", 3, 0)
    assert row["case_key"] == case_keys(["C-1"])[0]
    assert row["known_at"] == MONDAY + timedelta(days=30)


def test_a_flag_once_raised_stays_raised() -> None:
    receipt = a_step("received", data={"attributes": {"vulnerable": "Yes", "reportable": "0"}})
    first = a_step("assessed", 1, data={"severity": 2, "safety": True, "immediate_action_needed": True})
    again = a_step("assessed", 2, data={"severity": 1, "attributes": {"reportable": "1"}})
    row = last(receipt, first, again)
    flags = ("safety", "immediate_action", "vulnerable", "reportable")
    assert [row[flag] for flag in flags] == [True] * 4
    assert row["priority"] == row["priority_first"] == "critical"
    assert row["severity"] == 1


def test_the_first_priority_is_kept_beside_the_latest() -> None:
    row = last(
        a_step("received"),
        a_step("assessed", 1, data={"severity": 1, "impact": 1}),
        a_step("assessed", 2, data={"severity": 4, "impact": 5}),
    )
    assert (row["priority_first"], row["priority"]) == ("low", "critical")


def test_what_the_classifier_says_of_safety_makes_every_assessment_critical() -> None:
    row = last(a_step("received", safety=True), a_step("assessed", 1, data={"severity": 1}))
    assert row["priority"] == "critical"


def test_product_and_channel_are_those_of_the_receipt_else_of_the_first_that_says() -> None:
    row = last(
        a_step("received", channel="email"),
        a_step("acknowledged", 1, channel="phone", product="parcel"),
        a_step("escalated", 2, product="letter"),
    )
    assert (row["channel"], row["product"]) == ("email", "parcel")


def test_a_rejected_answer_keeps_the_case_open_and_recourse_is_recorded() -> None:
    answered = [a_step("received"), a_step("decision-communicated", 1, data={"outcome": "rejected"})]
    row = last(*answered, a_step("rejected", 2, data={"recourse_told": True}))
    assert (row["state_to"], row["acceptance"], row["recourse_told"]) == ("rejected", "rejected", True)
    assert not row["closed_by_organization"]


def test_recourse_told_later_is_news_and_told_again_a_repeat() -> None:
    told = {"recourse_told": True}
    before = [a_step("received"), a_step("response-offered", 1), a_step("rejected", 2)]
    assert last(*before, a_step("rejected", 3, data=told))["outcome"] == "applied"
    assert last(*before, a_step("rejected", 3, data=told), a_step("rejected", 4, data=told))["outcome"] == "repeat"


def test_a_complainant_may_speak_after_the_closing_without_opening_the_case() -> None:
    row = last(a_step("received"), a_step("closed", 1, data={"outcome": "upheld"}), a_step("rejected", 2))
    assert (row["state_to"], row["acceptance"], row["decision"]) == ("closed", "rejected", "upheld")
    assert row["closed_by_organization"]


def test_a_reopened_case_is_to_be_answered_anew() -> None:
    steps = ["received", "response-offered", "accepted", "closed", "reopened"]
    row = last(*(a_step(step, at) for at, step in enumerate(steps)))
    assert (row["state_to"], row["acceptance"], row["reopens"]) == ("reopened", None, 1)
    assert not row["closed_by_organization"]
    again = last(*(a_step(step, at) for at, step in enumerate([*steps, "accepted"])))
    assert (again["outcome"], again["reason"]) == ("refused", "nothing_offered")


def test_a_merged_case_says_into_which() -> None:
    row = last(a_step("received"), a_step("merged", 1, data={"into_case_id": "C-7"}))
    assert (row["state_to"], row["merged_into"]) == ("merged", "C-7")


def test_a_step_without_its_receipt_is_refused_and_judged_again_once_it_comes() -> None:
    fold = CaseFold(POLICIES)
    early = a_step("acknowledged", 2, event_key=1)
    assert only(fold.fold(events_table([early])).transitions)["reason"] == "not_received"
    late = fold.fold(events_table([a_step("received", event_key=0, offset=1)]))
    rows = newest(late.transitions)
    assert (rows[0]["state_to"], rows[1]["outcome"], rows[1]["state_to"]) == ("received", "applied", "acknowledged")
    assert {row["offset"] for row in late.transitions.to_pylist()} == {0}


def test_a_breach_that_a_step_shows_is_ready_for_an_alert() -> None:
    got = folded([a_step("received", product="parcel", event_key=0), a_step("acknowledged", 30, event_key=1)])
    due = microseconds(MONDAY + timedelta(hours=24))
    assert got.breaches == [Breach("C-1", "acknowledge", 0, "plain", 1, due, None, "parcel")]


def test_what_falls_due_is_found_by_half_open_spans_of_time() -> None:
    fold = CaseFold(POLICIES)
    fold.fold(events_table([a_step("received", case=f"C-{at}", event_key=at) for at in range(2)]))
    due = microseconds(MONDAY + timedelta(hours=24))
    assert [(each.case_id, each.clock) for each in fold.due(due - 1, due)] == [
        ("C-0", "acknowledge"),
        ("C-1", "acknowledge"),
    ]
    assert fold.due(due, due + 1) == []
    assert fold.next_due_us(0) == due
    assert fold.next_due_us(due) == microseconds(MONDAY + timedelta(hours=24 * 3 + 7))
    assert fold.open_cases == 2


def test_nothing_is_asked_for_while_every_case_that_ever_ended_is_remembered() -> None:
    fold = CaseFold(POLICIES)
    rows = [a_step("received", case="new"), a_step("closed", 1, case="old"), a_step("closed", 1, case="new")]
    assert fold.unknown(events_table(rows)) == []


@pytest.mark.parametrize("restarted", [False, True])
def test_once_ended_cases_are_forgotten_each_that_goes_on_may_be_one(
    monkeypatch: pytest.MonkeyPatch, restarted: bool
) -> None:
    monkeypatch.setattr(module, "LINGERING", 0)
    fold = CaseFold(POLICIES, case_memory_days=10)
    for at, case in enumerate(("forgotten", "later")):  # the second leaves so much later that the first expires
        days = MONDAY + timedelta(days=20 * at)
        steps = [a_step("received", case=case, event_key=2 * at, recordedtime=days)]
        fold.fold(events_table([*steps, a_step("closed", 1, case=case, event_key=2 * at + 1, recordedtime=days)]))
    if restarted:
        fold = CaseFold.load(POLICIES, fold.snapshot(), case_memory_days=10)
    rows = [a_step("received", case="new"), a_step("closed", 1, case="stranger"), a_step("closed", 1, case="new")]
    assert fold.unknown(events_table(rows)) == ["stranger"]


def ended(fold: CaseFold, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A case that has ended and left memory."""
    monkeypatch.setattr(module, "LINGERING", 0)
    history = [a_step("received", event_key=0), a_step("merged", 1, event_key=1, data={"into_case_id": "C-7"})]
    fold.fold(events_table(history))
    assert fold.open_cases == 0
    return history


def test_an_ended_case_leaves_memory_and_its_history_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    fold = CaseFold(POLICIES)
    history = ended(fold, monkeypatch)
    assert fold.snapshot().column("event_key").null_count == fold.snapshot().num_rows == 1
    news = events_table([a_step("received", 3, event_key=2)])
    assert fold.unknown(news) == ["C-1"]
    fold.restore(events_table(history))
    row = only(fold.fold(news).transitions)
    assert (row["outcome"], row["reason"], row["merged_into"]) == ("repeat", "already_received", "C-7")


def test_what_left_memory_is_still_known_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    fold = CaseFold(POLICIES)
    ended(fold, monkeypatch)
    again = CaseFold.load(POLICIES, fold.snapshot())
    assert again.unknown(events_table([a_step("received", 3, event_key=2)])) == ["C-1"]


@pytest.mark.parametrize("lingering", [0, 100])
@pytest.mark.parametrize(("days", "outcome"), [(10, "repeat"), (11, "applied")])
def test_a_receipt_beyond_the_horizon_begins_another_case(
    monkeypatch: pytest.MonkeyPatch, lingering: int, days: int, outcome: str
) -> None:
    """Whether the ended case is still in memory or not."""
    monkeypatch.setattr(module, "LINGERING", lingering)
    fold = CaseFold(POLICIES, case_memory_days=10)
    history = events_table([a_step("received", event_key=0), a_step("closed", 1, event_key=1)])
    fold.fold(history)
    recorded = MONDAY + timedelta(days=30 + days)
    news = events_table([a_step("received", 24 * days, event_key=2, recordedtime=recorded)])
    if fold.unknown(news):
        fold.restore(history)
    assert only(fold.fold(news).transitions)["outcome"] == outcome


@pytest.mark.parametrize(
    ("said", "sequence"),
    [('{"sequence":"7"}', 7), ('{"sequence":8}', 8), ('{"sequence":"x1"}', -1), ('{"sequence":"-3"}', -1), (None, -1),
     ('{"sequence":"99999999999999999999"}', -1), ('{"other":"1"}', -1)],
)  # fmt: skip
def test_a_sequence_is_a_number_or_absent(said: str | None, sequence: int) -> None:
    assert only(folded([a_step("received", extensions=said)]).transitions)["sequence"] == sequence
