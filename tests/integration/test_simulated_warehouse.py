"""A simulated run through intake, ledger and marts, without a broker: the warehouse finds what is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.classify.lexicon import LexiconClassifier
from pipeline.ports import RecordColumns
from pipeline.services.intake import Intake
from pipeline.services.ledger import Ledger
from pipeline.services.scorecard import Flow, Scorecard, make_scorecard
from pipeline.simulator import Truth, simulate
from tests.log_builders import EVENTS_TOPIC, LETTERS_TOPIC
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows
from warehouse.models import load_models
from warehouse.published import built_aside, snapshot
from warehouse.queries import asking

RECORDED_MS = 1_790_000_000_000


def columns(
    topic: str, at: int, keys: list[bytes | None], values: list[bytes | None], headers: list[Any]
) -> RecordColumns:
    count = len(values)
    return RecordColumns(
        topic=topic,
        partition=0,
        position=at,
        next_offset=at + count,
        offsets=list(range(at, at + count)),
        timestamps_ms=[RECORDED_MS] * count,
        keys=keys,
        values=values,
        headers=headers,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Scorecard]:
    home: Path = tmp_path_factory.mktemp("home")
    truth, lake = Truth(), DeltaLake(home / "lake")
    intake, ledger = Intake(LexiconClassifier()), Ledger(lake, LakeRows(lake))
    read = events = letters = distinct = repeated = 0
    for chunk in simulate(12_000, 9, truth=truth):
        result = intake.process(columns("feedback.inbox", read, chunk.keys, [*chunk.values], [()] * len(chunk.values)))
        read += result.read
        accepted, refused = result.accepted, result.rejected
        plain: list[Any] = [()] * len(accepted)
        landed = ledger.land([columns(EVENTS_TOPIC, events, accepted.keys, accepted.values, plain)])
        if len(refused):
            ledger.land_dead_letters(
                [columns(LETTERS_TOPIC, letters, refused.keys, refused.values, list(refused.headers or ()))]
            )
        events, letters = events + len(accepted), letters + len(refused)
        distinct, repeated = distinct + landed.accepted, repeated + landed.duplicates
    with built_aside(home / "area", snapshot(lake), load_models()) as building:
        path = building.path
    return truth, card_of(path, Flow(read, distinct, repeated, letters))


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
