"""Seasons show in the counts, and counts always add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest

from pipeline.simulator.chance import stream
from pipeline.simulator.seasons import hourly_counts, the_incident

START = datetime(2026, 1, 1, tzinfo=UTC)


def counts(total: int, days: int) -> list[int]:
    return hourly_counts(total, START, days, the_incident(START, days), stream(1, 1))


@pytest.mark.parametrize(("total", "days"), [(0, 5), (1, 400), (999, 1), (123_456, 365)])
def test_hours_add_up_to_the_total(total: int, days: int) -> None:
    hours = counts(total, days)
    assert sum(hours) == total
    assert len(hours) == 24 * days
    assert min(hours) >= 0


def test_weekends_are_quieter_than_mondays_and_nights_than_days() -> None:
    hours = counts(1_000_000, 364)
    by_weekday: dict[int, list[int]] = {}
    for day in range(364):
        by_weekday.setdefault((START + timedelta(days=day)).weekday(), []).append(sum(hours[24 * day : 24 * day + 24]))
    assert mean(by_weekday[6]) < 0.7 * mean(by_weekday[0])
    assert sum(hours[2::24]) < 0.2 * sum(hours[9::24])


def test_december_is_busier_than_july() -> None:
    hours = counts(1_000_000, 365)
    daily = [sum(hours[24 * day : 24 * day + 24]) for day in range(365)]
    assert mean(daily[334:360]) > 1.3 * mean(daily[181:212])


@pytest.mark.parametrize(("days", "length"), [(1, 1), (30, 1), (90, 3), (180, 5), (3650, 5)])
def test_the_incident_lasts_a_few_days_within_the_run(days: int, length: int) -> None:
    incident = the_incident(START, days)
    assert START <= incident.start < incident.end <= START + timedelta(days=days)
    assert incident.end - incident.start == timedelta(days=length)
