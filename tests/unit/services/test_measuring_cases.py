"""Case metrics as known at: the fold's rows, 500 late and corrected events later."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipeline.domain.cases.fold import CaseFold
from pipeline.domain.cases.policy import load_policies
from pipeline.metrics.cases import METRICS
from pipeline.ports import Span, TopicPartition
from pipeline.services.measuring import measure
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.lakes import NOON, a_table, an_event, land
from warehouse.lake import DeltaLake
from warehouse.metric_queries import Question, Row

STEPS = (
    *("acknowledged", "assessed", "response-offered", "accepted", "rejected", "escalated"),
    *("decision-communicated", "closed") * 4,
    *("reopened", "reopened", "reclassified", "withdrawn"),
)
DATA: dict[str, list[dict[str, Any]]] = {
    "assessed": [{"severity": number, "complexity": 1, "impact": number} for number in (1, 3, 5)],
    "decision-communicated": [{"outcome": each} for each in ("upheld", "partly_upheld", "rejected")],
    "reclassified": [{"record_class": "inquiry"}],
    "rejected": [{"recourse_told": True}],
}


def events(
    seed: int, first: int, count: int, recorded: datetime, *, late: bool, cases: int = 60
) -> list[dict[str, Any]]:
    """Receipts and steps of cases in no particular order; late ones happened before anything was recorded."""
    chance = Random(seed)  # noqa: S311 - any numbers will do, the same each time
    rows = []
    for number in range(first, first + count):
        case = f"C-{chance.randrange(cases)}"
        step = "received" if chance.random() < 0.3 else chance.choice(STEPS)
        common: dict[str, Any] = {
            "case_id": case,
            "time": NOON + timedelta(days=chance.uniform(-60, -30 if late else 0)),
            "recordedtime": recorded + timedelta(seconds=number - first),
            "channel": chance.choice(["email", "chat"]),
            "product": "parcel" if int(case[2:]) % 2 else "letter",
        }
        if step == "received":
            rows.append(an_event(number, **common))
            continue
        data = {"case_id": case} | chance.choice(DATA.get(step, [{}]))
        rows.append(an_event(number, type=f"vidhuk.complaint.{step}.v1", record_class=None, data=data, **common))
    return rows


class Ledger:
    """Lands events and what the fold makes of them, as the ledger does: side tables first."""

    def __init__(self, home: Path) -> None:
        self._home, self._fold = home, CaseFold(load_policies())
        self._rows: list[dict[str, Any]] = []

    def land(self, rows: list[dict[str, Any]], *, side_tables_only: bool = False) -> None:
        batch, at = a_table("events", rows), rows[0]["offset"]
        known = set(self._fold.unknown(batch))
        if known:
            self._fold.restore(a_table("events", [row for row in self._rows if row["case_id"] in known]))
        folded = self._fold.fold(batch)
        self._rows += rows
        lake = DeltaLake(self._home / "lake")
        for table, made in (("clocks", folded.clocks), ("transitions", folded.transitions)):
            lake.append(table, made, {TopicPartition("events", 0): Span(at, at + len(rows))})
        if not side_tables_only:
            land(self._home, "events", rows, position=at)


def asked(settings: Settings, moment: datetime | None = None) -> dict[str, list[Row]]:
    by = {metric.name: metric.dimensions[:1] for metric in METRICS}
    return {
        metric.name: measure(settings, metric, Question(("month", *by[metric.name])), moment)
        for metric in METRICS
        if metric.name.endswith(("rate", "p50", "in_time")) or metric.kind == "stock"
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=str(tmp_path))


def test_five_hundred_late_and_corrected_events_change_nothing_that_was_known(settings: Settings) -> None:
    ledger = Ledger(settings.home_path)
    ledger.land(events(1, 0, 600, NOON, late=False))
    first = publish(settings).published
    archived = asked(settings)
    assert all(archived[name] for name in ("uphold_rate", "breach_rate", "time_to_resolve_p50", "backlog"))
    assert first.as_known_at is not None
    ledger.land(events(2, 600, 500, first.as_known_at + timedelta(hours=1), late=True))
    publish(settings)
    now = asked(settings)
    assert {name for name, rows in archived.items() if now[name] == rows} == set(), "the late events changed all"
    assert asked(settings, first.as_known_at) == archived
    assert asked(settings, first.as_known_at + timedelta(minutes=30)) == archived


def test_side_tables_ahead_of_the_events_are_not_published(settings: Settings) -> None:
    ledger = Ledger(settings.home_path)
    ledger.land(events(3, 0, 200, NOON, late=False))
    publish(settings)
    archived = asked(settings)
    ledger.land(events(4, 200, 50, NOON + timedelta(hours=1), late=True), side_tables_only=True)
    published = publish(settings, force=True).published
    assert asked(settings) == archived
    assert asked(settings, published.as_known_at) == archived
