"""Marts of what the real fold writes: late events correct them, and they can be asked as known at any moment."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from expectations.gate import audit
from expectations.outcome import Status
from expectations.suites import SUITES
from pipeline.domain.cases.fold import CaseFold
from pipeline.domain.cases.policy import load_policies
from tests.cases import Ask, Marts
from tests.lakes import NOON, a_table, an_event

Build = Callable[..., Ask]

STEPS = ("acknowledged", "assessed", "response-offered", "decision-communicated", "accepted", "rejected", "escalated",
         "awaiting-complainant", "resumed", "closed", "reopened", "withdrawn", "merged", "reclassified")  # fmt: skip
DATA: dict[str, dict[str, Any]] = {
    "assessed": {"severity": 3},
    "decision-communicated": {"outcome": "upheld"},
    "merged": {"into_case_id": "another"},
    "reclassified": {"record_class": "inquiry", "reason": "no_dissatisfaction_expressed"},
}
MARTS = ("fct_case", "fct_case_refusal", "fct_clock", "fct_clock_change", "agg_case_daily", "agg_backlog_age",
         "agg_case_funnel", "agg_case_rate", "agg_case_duration")  # fmt: skip


def arrivals(seed: int) -> list[dict[str, Any]]:
    """Rows of `events` of a few cases over 80 days, each known up to ten days after it happened, in log order."""
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    happened: list[tuple[datetime, dict[str, Any]]] = []
    for number in range(12):
        begun = NOON + timedelta(hours=chance.randrange(400))
        case: dict[str, Any] = {"case_id": f"C-{number}", "product": chance.choice(("parcel", "letter", None))}
        happened.append((begun, case | {"type": "vidhuk.feedback.submitted.v1"}))
        for _ in range(chance.randrange(9)):
            begun += timedelta(hours=chance.choice((0, 1, 20, 100, 400)))
            step = chance.choice(STEPS)
            data = {"case_id": f"C-{number}"} | DATA.get(step, {})
            happened.append((begun, case | {"type": f"vidhuk.complaint.{step}.v1", "record_class": None, "data": data}))
    learnt = sorted((at + timedelta(hours=chance.choice((0, 0, 1, 60, 240))), number) for number, (at, _) in
                    enumerate(happened))  # fmt: skip
    return [
        an_event(offset, id=f"e-{number}", time=happened[number][0], recordedtime=known, **happened[number][1])
        for offset, (known, number) in enumerate(learnt)
    ]


def folded(events: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of `transitions` and `clocks`, folded one record at a time."""
    fold = CaseFold(load_policies(None))
    transitions: list[dict[str, Any]] = []
    clocks: list[dict[str, Any]] = []
    for place, event in enumerate(events):
        row = a_table("events", [event])
        unknown = fold.unknown(row)
        earlier = [each for each in events[:place] if each["case_id"] in unknown]
        if earlier:
            fold.restore(a_table("events", earlier))
        said = fold.fold(row)
        transitions += said.transitions.to_pylist()
        clocks += said.clocks.to_pylist()
    return transitions, clocks


def marts(ask: Ask) -> dict[str, list[tuple[Any, ...]]]:
    return {mart: ask(f"from {mart} order by all") for mart in MARTS}


def up_to(moment: datetime, rows: Sequence[dict[str, Any]], known: str) -> list[dict[str, Any]]:
    return [row for row in rows if row[known] <= moment]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_as_known_at_a_moment_is_what_was_published_at_that_moment(built: Build, seed: int) -> None:
    events = arrivals(seed)
    transitions, clocks = folded(events)
    for part in (3, 2):
        now = events[len(events) * part // 4]["recordedtime"]
        then = up_to(now, events, "recordedtime")
        transitions_then, clocks_then = folded(then)
        published = marts(built(events=then, transitions=transitions_then, clocks=clocks_then))
        asked = marts(
            built(
                events=then,
                transitions=up_to(now, transitions, "known_at"),
                clocks=up_to(now, clocks, "known_at"),
            )
        )
        assert asked == published


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_marts_do_not_depend_on_the_order_of_arrival(built: Build, seed: int) -> None:
    events = arrivals(seed)
    transitions, clocks = folded(events)
    assert len(transitions) > len({row["event_key"] for row in transitions})
    assert {row["outcome"] for row in transitions} == {"applied", "repeat", "refused"}
    ask = built(events=events, transitions=transitions, clocks=clocks)
    assert [each for each in audit(Marts(ask), SUITES) if each.status is not Status.PASSED] == []
    late = marts(ask)
    in_order = sorted(events, key=lambda event: event["time"])
    punctual = [event | {"offset": offset, "inbox_offset": offset} for offset, event in enumerate(in_order)]
    transitions, clocks = folded(punctual)
    on_time = marts(built(events=punctual, transitions=transitions, clocks=clocks))
    for mart in ("fct_case", "fct_clock", "agg_case_daily", "agg_backlog_age", "agg_case_funnel", "agg_case_duration"):
        assert late[mart] == on_time[mart], mart
