from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.importers.moments import instant_reader, rfc3339, to_utc, zone


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # parts are a date's and a time's numbers


def test_local_time_follows_daylight_saving() -> None:
    read = instant_reader(("iso",), "America/New_York")
    assert read("2024-01-10T12:00:00.000") == _utc(2024, 1, 10, 17)
    assert read("2024-07-10T12:00:00.000") == _utc(2024, 7, 10, 16)


def test_a_repeated_hour_is_read_as_its_first_run() -> None:
    # 2024-11-03 in New York: 01:00 EDT … 02:00 EDT = 01:00 EST … 02:00 EST
    assert instant_reader(("iso",), "America/New_York")("2024-11-03T01:30") == _utc(2024, 11, 3, 5, 30)


def test_a_skipped_hour_moves_forward_by_what_was_skipped() -> None:
    # 2024-03-10 in New York: 02:00 EST = 03:00 EDT, so 02:30 was never shown
    assert instant_reader(("iso",), "America/New_York")("2024-03-10T02:30") == _utc(2024, 3, 10, 7, 30)


def test_an_offset_in_the_text_is_believed() -> None:
    assert instant_reader(("iso",), "Europe/Kyiv")("2026-01-01T00:00:00+05:00") == _utc(2025, 12, 31, 19)


def test_formats_are_tried_in_order() -> None:
    read = instant_reader(("%d/%m/%Y %H:%M", "%d/%m/%Y"), "UTC")
    assert read("3/4/2026 05:06") == _utc(2026, 4, 3, 5, 6)
    assert read("3/4/2026") == _utc(2026, 4, 3)


@pytest.mark.parametrize(("unit", "text"), [("unix", "1767225600.25"), ("unix_ms", "1767225600250")])
def test_seconds_and_milliseconds_since_1970_are_formats(unit: str, text: str) -> None:
    assert instant_reader((unit,), "Europe/Kyiv")(text) == datetime(2026, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "1899-12-31", "2101-01-01", "1900-01-01T00:00:00+14:00"])
def test_years_that_no_event_has_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="outside the years"):
        instant_reader(("iso",), "UTC")(text)


@pytest.mark.parametrize("text", ["31.02.2026", "1.13.2026", "secret", "", "٣.٣.٢٠٢٦"])
def test_what_is_no_date_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date") as caught:
        instant_reader(("%d.%m.%Y",), "UTC")(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("pattern", ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "(%m) %Y.%d"])
@given(moment=st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-12-31")))
def test_numeric_patterns_read_what_strptime_reads(pattern: str, moment: datetime) -> None:
    text = moment.strftime(pattern)
    assert instant_reader((pattern,), "UTC")(text) == datetime.strptime(text, pattern).replace(tzinfo=UTC)


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(ValueError, match="Europe/Kyjiw"):
        instant_reader(("iso",), "Europe/Kyjiw")


def test_instants_are_written_in_utc_with_z() -> None:
    assert rfc3339(_utc(2026, 1, 2, 3, 4, 5)) == "2026-01-02T03:04:05Z"
    assert (
        rfc3339(to_utc(datetime.fromisoformat("2026-01-02T03:04:05.0006"), zone("UTC")))
        == "2026-01-02T03:04:05.000600Z"
    )
