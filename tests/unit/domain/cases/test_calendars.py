"""Business time is a line that never falls and grows at most as fast as the wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.cases.calendars import Calendar, Holidays, business_us, calendar_tables
from pipeline.domain.instants import microseconds

HOUR_US = 3_600_000_000
OFFICE = (((540, 1020),),) * 5 + ((), ())
ZONES = ("UTC", "Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu")
TABLES = {zone: calendar_tables(Calendar(zone, OFFICE), 2025, 2027) for zone in ZONES}
moments = st.integers(microseconds(datetime(2025, 1, 2, tzinfo=UTC)), microseconds(datetime(2027, 12, 30, tzinfo=UTC)))


@given(first=moments, second=moments, zone=st.sampled_from(ZONES))
def test_business_time_never_falls_and_never_outruns_the_wall(first: int, second: int, zone: str) -> None:
    first, second = sorted((first, second))
    begin, end = business_us(TABLES[zone], np.array([first, second])).tolist()
    assert 0 <= end - begin <= second - first


@pytest.mark.parametrize("zone", ZONES)
def test_corners_are_in_order_and_every_day_has_a_midnight(zone: str) -> None:
    tables = TABLES[zone]
    assert (tables.opens < tables.closes).all()
    assert (tables.closes[:-1] < tables.opens[1:]).all()
    assert len(tables.midnights) == 365 * 3
    assert (np.diff(tables.midnights) >= 23 * HOUR_US).all()
    assert (np.diff(tables.midnights) <= 25 * HOUR_US).all()
    assert len(tables.business_closes) == len(tables.business_midnights) == len(tables.opens)


def test_every_office_day_has_eight_hours_whatever_the_clocks_do() -> None:
    for zone in ("Europe/Kyiv", "America/New_York", "Australia/Lord_Howe"):
        assert set((TABLES[zone].closes - TABLES[zone].opens).tolist()) == {8 * HOUR_US}


def test_more_years_change_no_difference() -> None:
    calendar = Calendar("Europe/Kyiv", OFFICE, Holidays("UA"))
    few, many = calendar_tables(calendar, 2026, 2026), calendar_tables(calendar, 2020, 2030)
    days = [microseconds(datetime(2026, 1, 5, 12, tzinfo=UTC) + timedelta(days=at)) for at in range(350)]
    assert (np.diff(business_us(few, np.array(days))) == np.diff(business_us(many, np.array(days)))).all()


def test_spans_that_touch_are_one_and_empty_ones_none() -> None:
    calendar = Calendar("UTC", (((0, 720), (720, 1440)),) * 7)
    tables = calendar_tables(calendar, 2026, 2026)
    assert len(tables.opens) == 1
    assert tables.worked.tolist() == [0]
    nobody = calendar_tables(Calendar("UTC", ((),) * 7), 2026, 2026)
    assert len(nobody.opens) == 0
    assert len(nobody.midnights) == 365


def test_a_day_of_its_own_hours_beats_a_holiday_and_a_day_off() -> None:
    christmas = date(2026, 12, 25)
    calendar = Calendar("UTC", OFFICE, Holidays("GB", "ENG"), frozenset({christmas}), {christmas: ((600, 660),)})
    tables = calendar_tables(calendar, 2026, 2026)
    opens = microseconds(datetime(2026, 12, 25, 10, tzinfo=UTC))
    assert opens in tables.opens.tolist()
    assert (
        business_us(tables, np.array([opens, opens + 2 * HOUR_US])).tolist()[1]
        - business_us(tables, np.array([opens])).item()
        == HOUR_US
    )
