"""A simulated company's warehouse, built without a broker: intake, ledger and models, one process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.classify.lexicon import LexiconClassifier
from pipeline.ports import RecordColumns
from pipeline.services.intake import Intake
from pipeline.services.ledger import Ledger
from pipeline.services.scorecard import Flow
from pipeline.simulator import Truth, simulate
from tests.log_builders import EVENTS_TOPIC, LETTERS_TOPIC
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows
from warehouse.models import load_models
from warehouse.published import built_aside, snapshot

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


def simulated_warehouse(home: Path, events: int, seed: int) -> tuple[Truth, Flow, Path]:
    """Land a simulated run in the home's lake and build its marts: the truth, where inputs went, the marts' file."""
    truth, lake = Truth(), DeltaLake(home / "lake")
    intake, ledger = Intake(LexiconClassifier()), Ledger(lake, LakeRows(lake))
    read = kept = letters = distinct = repeated = 0
    for chunk in simulate(events, seed, truth=truth):
        result = intake.process(columns("feedback.inbox", read, chunk.keys, [*chunk.values], [()] * len(chunk.values)))
        read += result.read
        accepted, refused = result.accepted, result.rejected
        plain: list[Any] = [()] * len(accepted)
        landed = ledger.land([columns(EVENTS_TOPIC, kept, accepted.keys, accepted.values, plain)])
        if len(refused):
            ledger.land_dead_letters(
                [columns(LETTERS_TOPIC, letters, refused.keys, refused.values, list(refused.headers or ()))]
            )
        kept, letters = kept + len(accepted), letters + len(refused)
        distinct, repeated = distinct + landed.accepted, repeated + landed.duplicates
    with built_aside(home / "area", snapshot(lake), load_models()) as building:
        path = building.path
    return truth, Flow(read, distinct, repeated, letters), path
