from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipeline.domain.alerts import ALERT_TYPES, CLOCK_BREACHED, BreachedClock, breach_alert, breach_id, encoded
from pipeline.domain.privacy import privacy_classes
from pipeline.domain.schemas import alert_schema
from tests.shared_data import shared_data

DUE = datetime(2026, 9, 1, 12, tzinfo=UTC)


def a_breach(**changes: Any) -> BreachedClock:
    values: dict[str, Any] = {
        "case_id": "C-1",
        "clock": "close",
        "cycle": 0,
        "policy": "internal",
        "policy_version": 2,
        "due_at": DUE,
        "priority": "high",
        "product": "parcel",
    }
    return BreachedClock(**(values | changes))


def test_an_alert_is_a_cloud_event_dated_by_when_the_clock_fell_due() -> None:
    keys, values = encoded([breach_alert(a_breach())])
    alert = json.loads(values[0] or b"")
    assert keys == [alert["id"].encode()]
    assert alert == {
        "specversion": "1.0",
        "id": breach_id("C-1", "close", 0, DUE),
        "source": "vidhuk/ledger",
        "type": "vidhuk.alert.clock-breached.v1",
        "time": "2026-09-01T12:00:00Z",
        "subject": "C-1",
        "partitionkey": "C-1",
        "data": {
            "case_id": "C-1",
            "clock": "close",
            "cycle": 0,
            "policy": "internal",
            "policy_version": 2,
            "due_at": "2026-09-01T12:00:00Z",
            "priority": "high",
            "product": "parcel",
        },
    }
    official = json.loads(shared_data("cloudevents/spec/cloudevents.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(official).validate(alert)
    jsonschema.Draft202012Validator(alert_schema(CLOCK_BREACHED)).validate(alert)


def test_the_id_says_which_run_of_which_clock_fell_due_when_and_no_more() -> None:
    kyiv = DUE.astimezone(timezone(timedelta(hours=3)))
    same = breach_alert(a_breach(priority=None, product=None, policy_version=3, due_at=kyiv)).id
    assert same == breach_alert(a_breach()).id == "1a67007c99304f02877ebfbbebfb7439"


@pytest.mark.parametrize(
    "other", [{"case_id": "C-2"}, {"clock": "decision"}, {"cycle": 1}, {"due_at": DUE + timedelta(microseconds=1)}]
)
def test_another_breach_is_another_alert(other: dict[str, Any]) -> None:
    assert breach_alert(a_breach(**other)).id != breach_alert(a_breach()).id


@pytest.mark.parametrize("kind", ALERT_TYPES)
def test_every_field_of_every_alert_has_its_privacy_class(kind: str) -> None:
    assert None not in privacy_classes(ALERT_TYPES[kind]).values()


def test_schemas_of_alerts_stand_with_the_others() -> None:
    folder = Path(__file__).parents[3] / "docs" / "schemas"
    assert {f"{kind}.json" for kind in ALERT_TYPES} <= {path.name for path in folder.iterdir()}
