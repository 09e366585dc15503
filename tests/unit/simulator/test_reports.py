from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from pipeline.domain.identity import derived_case_id
from pipeline.simulator import simulate
from pipeline.simulator.company import PRODUCTS
from pipeline.simulator.reports import month_ends, report_count

DAYS = 100


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    """Good events of a run, each once."""
    found = {}
    for chunk in simulate(12_000, seed=5, days=DAYS):
        for value in chunk.values:
            try:
                event = msgspec.json.decode(value)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if isinstance(event, dict) and isinstance(event.get("data"), dict):
                found[event.get("source"), event.get("id")] = event
    return list(found.values())


def of(events: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event.get("type") == f"vidhuk.{kind}.v1"]


def test_business_is_reported_by_month_whole_and_by_product(events: list[dict[str, Any]]) -> None:
    by_month: dict[str, dict[str | None, int]] = defaultdict(dict)
    for report in of(events, "exposure.reported"):
        by_month[report["period_start"]][report.get("product")] = report["count"]
    assert sorted(by_month) == ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"], "March's waves are not over yet"
    for month in by_month.values():
        assert set(month) == {None, *PRODUCTS}
        assert 0.98 * month[None] < sum(month[product] for product in PRODUCTS) <= month[None]


def test_a_wave_s_dispositions_are_those_who_were_asked(events: list[dict[str, Any]]) -> None:
    asked: dict[tuple[str, str], int] = defaultdict(int)
    answered: dict[tuple[str, str], int] = defaultdict(int)
    for each in of(events, "survey.invited"):
        asked[each["survey_id"], each["wave"]] += 1
    for each in of(events, "survey.responded"):
        answered[each["survey_id"], each["wave"]] += 1
    reports = of(events, "survey.wave-reported")
    assert len(reports) >= 8
    for report in reports:
        wave = report["survey_id"], report["wave"]
        silent = sum(report[name] for name in ("partial", "refusal", "non_contact", "other", "unknown_household"))
        assert (report["complete"], report["complete"] + silent) == (answered[wave], asked[wave])
        assert report["frame_size"] >= asked[wave]


def test_a_message_that_opens_a_case_says_that_it_is_a_complaint(events: list[dict[str, Any]]) -> None:
    opening = [data for data in of(events, "feedback.submitted") if data.get("case_id")]
    assert len(opening) > 500
    assert {data.get("record_class") for data in opening} == {"complaint"}


def test_small_and_short_runs_report_nothing() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert report_count(2_000, start, 180) == 0
    assert month_ends(start, 40) == []
    assert month_ends(datetime(2026, 1, 2, tzinfo=UTC), 70) == []


def test_most_complaints_without_a_case_are_settled_by_whoever_reads_them(events: list[dict[str, Any]]) -> None:
    submitted = {event["id"]: event for event in events if event.get("type") == "vidhuk.feedback.submitted.v1"}
    settled = [event for event in events if event.get("source") == "crm/desk"]
    assert len(settled) > 300
    for event in settled:
        message = submitted[event["causationid"]]
        assert event["data"]["case_id"] == derived_case_id(message["source"], message["id"])
        assert event["partitionkey"] == message["partitionkey"], "or the ledger would look for the case elsewhere"
        assert "case_id" not in message["data"]
