"""A simulated run through intake, ledger and marts, without a broker: the warehouse finds what is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.services.scorecard import Flow, Scorecard, make_scorecard
from pipeline.simulator import Truth
from tests.simulated import simulated_warehouse
from warehouse.queries import asking


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Scorecard]:
    truth, flow, path = simulated_warehouse(tmp_path_factory.mktemp("home"), 12_000, 9)
    return truth, card_of(path, flow)


def card_of(path: Path, flow: Flow) -> Scorecard:
    def query(statement: str) -> Sequence[Mapping[str, Any]]:
        with asking(path, statement) as answer:
            return [dict(zip(answer.columns, row, strict=True)) for batch in answer.batches for row in batch]

    return make_scorecard(query, flow)


def test_every_record_ends_where_the_truth_has_it(told: tuple[Truth, Scorecard]) -> None:
    truth, card = told
    assert card.flow == Flow(truth.events, truth.accepted, truth.duplicates, truth.rejected)


def test_every_feedback_is_found_once(told: tuple[Truth, Scorecard]) -> None:
    truth, card = told
    assert card.feedback == truth.feedback
    assert {portion.name: portion.count for portion in card.channels} == truth.by_channel


def test_dead_letters_are_those_that_were_spoilt(told: tuple[Truth, Scorecard]) -> None:
    truth, card = told
    assert {letter.name: letter.count for letter in card.dead_letters} == truth.malformed


def test_satisfaction_is_exact(told: tuple[Truth, Scorecard]) -> None:
    truth, card = told
    csat, nps, _ = card.measures
    satisfied, answers = truth.csat
    promoters, passives, detractors = truth.nps
    assert csat.estimate.n == answers
    assert csat.estimate.value == pytest.approx(satisfied / answers)
    assert nps.estimate.n == promoters + passives + detractors
    assert nps.estimate.value == pytest.approx(100 * (promoters - detractors) / nps.estimate.n)


def test_languages_and_classes_are_near_the_truth(told: tuple[Truth, Scorecard]) -> None:
    truth, card = told
    spoken = {portion.name: portion.count for portion in card.languages}
    assert spoken["uk"] == pytest.approx(truth.by_language["uk"], rel=0.05)
    assert card.complaint_share.value == pytest.approx(truth.by_record_class["complaint"] / truth.feedback, abs=0.08)


def test_the_incident_is_what_stands_out(told: tuple[Truth, Scorecard]) -> None:
    truth, card = told
    assert card.unusual is not None
    assert truth.incident is not None
    assert card.unusual.category == truth.incident.category
    assert truth.incident.start.date() <= card.unusual.day < truth.incident.end.date()
