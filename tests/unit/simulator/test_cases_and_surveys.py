"""Complaints live plausible lives, and satisfaction follows how they were handled."""

from __future__ import annotations

from collections import Counter
from statistics import mean, median

import pytest

from pipeline.domain.events.complaint import Closed, DecisionCommunicated
from pipeline.simulator.cases import CaseBook, CaseLife, CaseSeed
from pipeline.simulator.chance import HOUR_US, stream
from pipeline.simulator.surveys import INSTRUMENTS, Asked, Surveyor


def lives(*, busy: bool = False, count: int = 4000) -> list[CaseLife]:
    book = CaseBook(stream(1, 1))
    seed = CaseSeed("C-1", 0, "email", "kettle", safety=False, busy=busy, earlier_case="C-0")
    return [book.life(seed) for _ in range(count)]


def answered(mood: int, instrument: str) -> list[Asked]:
    surveyor = Surveyor(stream(3, mood))
    asked = [surveyor.complainant(0, "I-1", "kettle", "2026-01", "C-1", mood) for _ in range(6000)]
    return [one for one in asked if one and one.answer and one.invited.instrument == instrument]


@pytest.fixture(scope="module")
def ordinary() -> list[CaseLife]:
    return lives()


def test_steps_move_forward_in_time(ordinary: list[CaseLife]) -> None:
    for life in ordinary:
        times = [step.at_us for step in life.steps]
        assert times == sorted(times)
        assert not times or times[0] > 0


def test_every_turn_is_taken_by_some_and_most_cases_close(ordinary: list[CaseLife]) -> None:
    taken = Counter(verb for life in ordinary for verb in {step.verb for step in life.steps})
    assert set(taken) == {
        "acknowledged", "assessed", "investigation-started", "awaiting-complainant", "resumed", "response-offered",
        "decision-communicated", "accepted", "rejected", "escalated", "closed", "reopened", "withdrawn",
        "reclassified", "merged",
    }  # fmt: skip
    assert 0.8 < taken["closed"] / len(ordinary) < 0.95
    assert 0.02 < taken["reopened"] / taken["closed"] < 0.1


def test_a_case_closes_as_it_was_decided_unless_it_is_reopened(ordinary: list[CaseLife]) -> None:
    for life in ordinary:
        steps = [step.data for step in life.steps]
        closed = next((place for place, data in enumerate(steps) if isinstance(data, Closed)), None)
        if closed is not None:
            decision = [data for data in steps[:closed] if isinstance(data, DecisionCommunicated)][-1]
            assert [data.outcome for data in steps[: closed + 1] if isinstance(data, Closed)] == [decision.outcome]


def test_the_incident_slows_handling_and_sours_it(ordinary: list[CaseLife]) -> None:
    hurried = lives(busy=True)

    def hours(told: list[CaseLife]) -> float:
        return median(life.closed_at_us / HOUR_US for life in told if life.closed_at_us is not None)

    assert hours(hurried) > 1.5 * hours(ordinary)
    assert mean(life.mood for life in hurried) < mean(life.mood for life in ordinary) - 0.5


@pytest.mark.parametrize("instrument", ["csat", "ces"])
def test_the_better_the_mood_the_higher_the_score_on_its_own_scale(instrument: str) -> None:
    means = []
    for mood in range(5):
        answers = [asked.answer for asked in answered(mood, instrument) if asked.answer]
        low, high = INSTRUMENTS[instrument].scale_min, INSTRUMENTS[instrument].scale_max
        assert {(answer.scale_min, answer.scale_max) for answer in answers} == {(low, high)}
        assert all(low <= answer.score <= high for answer in answers)
        means.append(mean(answer.score for answer in answers))
    assert means == sorted(means)


def test_an_answer_comes_after_its_invitation_and_names_it() -> None:
    for asked in answered(3, "csat"):
        assert asked.answer is not None
        assert asked.answered_at_us is not None
        assert asked.answered_at_us > asked.at_us
        assert asked.answer.invitation_id == asked.invited.invitation_id
