"""The run as a whole: repeatable to the byte, and its truth exact."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from pipeline.domain.errors import UsageError
from pipeline.domain.taxonomy import Category
from pipeline.ports import ImportChunk
from pipeline.simulator import Label, Truth, simulate

EVENTS = 6000


def records(chunks: Iterator[ImportChunk]) -> list[tuple[bytes | None, bytes]]:
    return [pair for chunk in chunks for pair in zip(chunk.keys, chunk.values, strict=True)]


@pytest.fixture(scope="module")
def truth() -> Truth:
    truth = Truth()
    for _ in simulate(EVENTS, 5, truth=truth):
        pass
    return truth


@pytest.fixture(scope="module")
def run() -> list[tuple[bytes | None, bytes]]:
    return records(simulate(EVENTS, 5))


@pytest.fixture(scope="module")
def accepted(run: list[tuple[bytes | None, bytes]]) -> list[dict[str, Any]]:
    """A recount that knows nothing of the simulator: whatever json reads, that is not refused, once per identity."""
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for _, value in run:
        if refusal(value) is None:
            event = json.loads(value)
            known.setdefault((event["source"], event["id"]), event)
    return list(known.values())


def refusal(value: bytes) -> str | None:
    """Why an event is malformed, in the words of this test's own small decoder."""
    try:
        event = json.loads(value.decode())
    except UnicodeDecodeError:
        return "encoding"
    except json.JSONDecodeError:
        return "json"
    if not isinstance(event, dict) or len(value) > 65_536:
        return "shape"
    if "id" not in event or event["specversion"] != "1.0" or ".sent." in event["type"]:
        return "envelope"
    if " " in event["time"] or event["time"] > "2100":
        return "time"
    return refusal_of_feedback(event["data"]) if "feedback" in event["type"] else None


def refusal_of_feedback(data: dict[str, Any]) -> str | None:
    is_said = isinstance(data.get("text"), str) or isinstance(data.get("rating"), float)
    is_sound = isinstance(data.get("text", ""), str) and isinstance(data.get("rating", 0.0), float)
    return None if is_said and is_sound and "channel" in data else "data"


def test_two_runs_with_one_seed_are_equal_to_the_byte(run: list[tuple[bytes | None, bytes]]) -> None:
    assert records(simulate(EVENTS, 5)) == run


def test_another_seed_is_another_run(run: list[tuple[bytes | None, bytes]]) -> None:
    assert records(simulate(EVENTS, 6)) != run


def test_the_size_of_chunks_changes_nothing(run: list[tuple[bytes | None, bytes]]) -> None:
    assert records(simulate(EVENTS, 5, chunk_records=17)) == run


@pytest.mark.parametrize(("events", "days"), [(0, 180), (1, 180), (100, 1), (997, 3), (3000, 400)])
def test_exactly_as_many_records_come_as_were_asked_for(events: int, days: int) -> None:
    truth = Truth()
    assert len(records(simulate(events, 2, days=days, truth=truth))) == events
    assert truth.events == events == truth.accepted + truth.duplicates + truth.rejected


def test_the_truth_equals_a_naive_recount(
    truth: Truth, run: list[tuple[bytes | None, bytes]], accepted: list[dict[str, Any]]
) -> None:
    refused = sum(refusal(value) is not None for _, value in run)
    assert truth.rejected == refused > 0
    assert truth.accepted == len(accepted)
    assert truth.duplicates == len(run) - refused - len(accepted) > 0
    assert truth.by_type == Counter(event["type"] for event in accepted)
    feedback = [event for event in accepted if event["type"] == "vidhuk.feedback.submitted.v1"]
    assert truth.feedback == len(feedback)
    assert truth.by_channel == Counter(event["data"]["channel"] for event in feedback)
    assert truth.by_product == Counter(event["data"]["product"] for event in feedback)
    assert truth.feedback_with_text == sum("text" in event["data"] for event in feedback)


def test_the_truth_of_surveys_equals_a_naive_recount(truth: Truth, accepted: list[dict[str, Any]]) -> None:
    answers = [event["data"] for event in accepted if event["type"] == "vidhuk.survey.responded.v1"]
    scores = [answer["score"] for answer in answers if answer["instrument"] == "nps"]
    assert truth.nps == (
        sum(score >= 9 for score in scores),
        sum(7 <= score <= 8 for score in scores),
        sum(score <= 6 for score in scores),
    )
    good = [answer["score"] >= 4 for answer in answers if answer["instrument"] == "csat"]
    assert truth.csat == (sum(good), len(good))


def test_days_add_up_and_follow_utc(truth: Truth, accepted: list[dict[str, Any]]) -> None:
    days: Counter[tuple[str, str]] = Counter()
    for event in accepted:
        if event["type"] == "vidhuk.feedback.submitted.v1":
            day = datetime.fromisoformat(event["time"]).astimezone(UTC).date().isoformat()
            days[day, event["data"]["channel"]] += 1
    assert {(day, name): n for day, names in truth.days_by_channel.items() for name, n in names.items()} == days


def test_an_identity_always_has_the_same_key(run: list[tuple[bytes | None, bytes]]) -> None:
    keys: dict[tuple[str, str], bytes | None] = {}
    for key, value in run:
        if refusal(value) is None:
            event = json.loads(value)
            assert keys.setdefault((event["source"], event["id"]), key) == key == event["partitionkey"].encode()


def test_events_happen_within_the_run(accepted: list[dict[str, Any]]) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = [datetime.fromisoformat(event["time"]) for event in accepted]
    assert min(times) >= start
    assert max(times) < start + timedelta(days=180)


def test_some_events_are_late_and_some_out_of_order(truth: Truth, accepted: list[dict[str, Any]]) -> None:
    times = [datetime.fromisoformat(event["time"]) for event in accepted]
    backwards = sum(later < earlier for earlier, later in pairwise(times))
    assert 0.005 < truth.late / truth.accepted < 0.05
    assert backwards > len(times) // 50


def test_the_incident_lifts_its_category_while_it_lasts() -> None:
    truth = Truth()
    for _ in simulate(20_000, 3, truth=truth):
        pass
    incident = truth.incident
    assert incident is not None
    assert incident.category is Category.BILLING
    begins, ends = incident.start.date().isoformat(), incident.end.date().isoformat()
    counts = {day: names.get(incident.category.value, 0) for day, names in truth.days_by_category.items()}
    inside = [count for day, count in counts.items() if begins <= day < ends]
    outside = [count for day, count in counts.items() if not begins <= day < ends]
    assert min(inside) > 2 * sum(outside) / len(outside)
    assert max(inside) > max(outside)


def test_labels_come_for_every_accepted_feedback(truth: Truth) -> None:
    labels: list[Label] = []
    for _ in simulate(EVENTS, 5, labels=labels.append):
        pass
    assert len(labels) == truth.feedback
    assert Counter(label.record_class.value for label in labels) == truth.by_record_class
    assert sum(label.safety for label in labels) == truth.safety
    assert len({(label.source, label.id) for label in labels}) == len(labels)


def test_truth_survives_json(truth: Truth) -> None:
    assert msgspec.json.decode(truth.to_json(), type=Truth) == truth


@pytest.mark.parametrize(("events", "days"), [(-1, 1), (1, 0)])
def test_an_impossible_run_is_refused_with_a_sentence(events: int, days: int) -> None:
    with pytest.raises(UsageError, match="simulation needs"):
        simulate(events, days=days)


def test_a_start_without_a_time_zone_is_refused() -> None:
    with pytest.raises(UsageError, match="time zone"):
        simulate(1, start=datetime(2026, 1, 1))  # noqa: DTZ001 - the naive datetime is the point
