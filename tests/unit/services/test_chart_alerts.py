from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from pipeline.domain.alerts import CHART_SIGNAL, ChartSignal, signal_alert, signal_id
from pipeline.domain.errors import DependencyError, FatalError
from pipeline.domain.schemas import alert_schema
from pipeline.ports import OutgoingRecords
from pipeline.services.chart_alerts import TOLD, tell_of_signals

SIGNAL = ChartSignal(
    chart="complaints_by_category",
    grain="week",
    segment="billing_price",
    period_start=date(2026, 3, 16),
    period_end=date(2026, 3, 23),
    rule="beyond limits",
    side="above",
    numerator=92,
    denominator=2.31,
    unit="100 pieces of other feedback",
    value=39.8,
    centre=8.3,
    lcl=2.6,
    ucl=14.0,
    sigma_z=1.05,
    baseline_from=date(2026, 1, 5),
    baseline_to=date(2026, 3, 2),
    definition_version=1,
)
EARLIER = msgspec.structs.replace(SIGNAL, period_start=date(2026, 3, 9), period_end=date(2026, 3, 16))
TYPES = {date: "date", int: "bigint", float: "double", str: "varchar"}


def published(path: Path, *signals: ChartSignal) -> Path:
    """A published file with these signals and one ordinary point."""
    rows = [(*msgspec.structs.astuple(each), True) for each in signals]
    rows.append((*msgspec.structs.astuple(msgspec.structs.replace(SIGNAL, grain="day")), False))
    columns = [f"{name} {TYPES[type(getattr(SIGNAL, name))]}" for name in ChartSignal.__struct_fields__]
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table agg_chart_point ({', '.join(columns)}, signal boolean)")
        connection.executemany(f"insert into agg_chart_point values ({', '.join('?' * len(rows[0]))})", rows)
    return path


class Topic:
    """Remembers what was sent; refuses while `is_down`."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        self.is_down = False

    def send(self, records: OutgoingRecords) -> None:
        if self.is_down:
            raise DependencyError("down")
        for key, value in zip(records.keys, records.values, strict=True):
            assert value is not None
            alert = json.loads(value)
            assert key == alert["id"].encode()
            self.alerts.append(alert)


def test_each_signal_is_told_once_in_the_order_of_its_period(tmp_path: Path) -> None:
    topic, file = Topic(), published(tmp_path / "w.duckdb", SIGNAL, EARLIER)
    assert tell_of_signals(file, tmp_path / "state", topic.send) == 2
    assert tell_of_signals(file, tmp_path / "state", topic.send) == 0
    assert [alert["time"] for alert in topic.alerts] == ["2026-03-16T00:00:00Z", "2026-03-23T00:00:00Z"]


def test_a_new_signal_is_told_and_a_moved_one_is_not(tmp_path: Path) -> None:
    topic = Topic()
    tell_of_signals(published(tmp_path / "w.duckdb", EARLIER), tmp_path, topic.send)
    moved = msgspec.structs.replace(EARLIER, numerator=93, value=40.0, ucl=14.1)
    assert tell_of_signals(published(tmp_path / "w.duckdb", moved, SIGNAL), tmp_path, topic.send) == 1
    assert topic.alerts[-1]["data"]["period_start"] == "2026-03-16"


def test_what_no_broker_took_is_told_next_time_under_the_same_id(tmp_path: Path) -> None:
    topic, file = Topic(), published(tmp_path / "w.duckdb", SIGNAL)
    topic.is_down = True
    with pytest.raises(DependencyError):
        tell_of_signals(file, tmp_path, topic.send)
    topic.is_down = False
    assert tell_of_signals(file, tmp_path, topic.send) == 1
    (tmp_path / TOLD).unlink()  # a crash between the broker's word and ours
    assert tell_of_signals(file, tmp_path, topic.send) == 1
    assert len({alert["id"] for alert in topic.alerts}) == 1


def test_an_alert_names_chart_point_and_limits(tmp_path: Path) -> None:
    topic = Topic()
    tell_of_signals(published(tmp_path / "w.duckdb", SIGNAL), tmp_path, topic.send)
    (alert,) = topic.alerts
    assert alert["type"] == CHART_SIGNAL
    assert alert["subject"] == "complaints_by_category/week/billing_price"
    assert {name: alert["data"][name] for name in ("chart", "period_start", "lcl", "ucl", "value")} == {
        "chart": "complaints_by_category",
        "period_start": "2026-03-16",
        "lcl": 2.6,
        "ucl": 14.0,
        "value": 39.8,
    }
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(alert_schema(CHART_SIGNAL)).validate(alert)


@pytest.mark.parametrize(
    "change",
    [
        {"chart": "complaint_share"},
        {"grain": "day"},
        {"segment": "delivery"},
        {"period_start": date(2026, 3, 9)},
        {"side": "below"},
        {"definition_version": 2},
    ],
)
def test_another_point_is_another_alert(change: dict[str, Any]) -> None:
    assert signal_id(msgspec.structs.replace(SIGNAL, **change)) != signal_alert(SIGNAL).id


def test_a_list_nobody_can_read_says_what_to_do(tmp_path: Path) -> None:
    send: Callable[[OutgoingRecords], None] = Topic().send
    (tmp_path / TOLD).write_text("{")
    with pytest.raises(FatalError, match="Remove it"):
        tell_of_signals(published(tmp_path / "w.duckdb", SIGNAL), tmp_path, send)
