"""As known at: what was published comes again, whatever was learnt since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipeline.domain.errors import UsageError
from pipeline.metrics.registry import METRICS
from pipeline.services.measuring import measure
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.lakes import NOON, an_answer, an_event, key_of, land
from warehouse.metric_queries import Question, Row

ASKED = ("csat", "nps", "complaint_share", "feedback_count", "rating_top_two_box")


def some_events(seed: int, first: int, count: int, recorded: datetime) -> list[dict[str, Any]]:
    """Answers and feedback of the past 60 days, recorded one a second from `recorded` on."""
    chance = Random(seed)  # noqa: S311 - any numbers will do, the same each time
    rows = []
    for number in range(first, first + count):
        common: dict[str, Any] = {
            "time": NOON - timedelta(days=chance.uniform(0, 60)),
            "recordedtime": recorded + timedelta(seconds=number - first),
            "channel": chance.choice(["email", "chat", "phone"]),
            "product": chance.choice(["parcel", None]),
        }
        market = {"market": chance.choice(["UA", "PL"])}
        match chance.randrange(3):
            case 0:
                rows.append(an_answer(number, "csat", chance.randint(1, 5), (1, 5), attributes=market, **common))
            case 1:
                rows.append(an_answer(number, "nps", chance.randint(0, 10), (0, 10), attributes=market, **common))
            case _:
                kind = chance.choice(["complaint", "inquiry", None])
                rating = {"rating": float(chance.randint(1, 5)), "rating_scale": "1-5"}
                rows.append(an_event(number, record_class=kind, data={"attributes": market}, **rating, **common))
    return rows


def asked(settings: Settings, moment: datetime | None = None) -> dict[str, list[Row]]:
    question = Question(("month", "channel"))
    answers = {name: measure(settings, METRICS[name], question, moment) for name in ASKED}
    return answers | {"by market": measure(settings, METRICS["nps"], Question(("quarter", "market")), moment)}


def test_late_and_repeated_events_do_not_change_what_was_known(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    land(tmp_path, "events", some_events(1, 0, 300, NOON))
    first = publish(settings).published
    archived = asked(settings)
    assert first.as_known_at is not None
    late = some_events(2, 300, 400, first.as_known_at + timedelta(hours=1))
    repeated = [
        row | {"id": f"e-{n}", "event_key": key_of("channel/test", f"e-{n}")} for n, row in enumerate(late[:100])
    ]
    for offset, row in enumerate(repeated, 700):
        row |= {"offset": offset, "inbox_offset": offset}
    land(tmp_path, "events", [*late, *repeated], position=300)
    publish(settings)
    assert asked(settings) != archived
    assert asked(settings, first.as_known_at) == archived
    assert asked(settings, first.as_known_at + timedelta(minutes=59)) == archived


def test_what_was_on_its_way_while_publishing_does_not_slip_in_afterwards(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    events = some_events(3, 0, 40, NOON)
    land(tmp_path, "events", events[:30])
    first = publish(settings).published
    archived = asked(settings)
    overdue = [row | {"recordedtime": NOON} for row in events[30:39]]  # recorded before, landed after
    overdue += events[39:]
    land(tmp_path, "events", overdue, position=30)
    publish(settings)
    assert first.as_known_at is not None
    assert asked(settings, first.as_known_at) == archived
    assert asked(settings, first.as_known_at + timedelta(minutes=1)) == asked(settings) != archived


def test_before_the_first_record_nothing_was_known(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    with pytest.raises(UsageError, match="no lake"):
        measure(settings, METRICS["csat"], Question(), datetime(2020, 1, 1, tzinfo=UTC))
    land(tmp_path, "events", some_events(4, 0, 5, NOON))
    assert measure(settings, METRICS["csat"], Question(), datetime(2020, 1, 1, tzinfo=UTC)) == []
