from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.bootstrap import views
from pipeline.cli.alerts import alerts

EMERGED: dict[str, Any] = {
    "type": "vidhuk.alert.topic-emerged.v1",
    "time": "2026-03-15T00:00:00Z",
    "subject": "en/charged twice",
    "data": {
        "grain": "day",
        "period_start": "2026-03-14",
        "topic": "charged twice",
        "numerator": 12,
        "value": 0.3,
        "centre": 0.01,
        "examples": ["Charged twice, says [name]."],
    },
}


def test_a_topic_is_shown_with_its_figures_and_examples_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "alerts_so_far", lambda _: [EMERGED])
    shown = CliRunner().invoke(alerts, [], catch_exceptions=False).output
    assert "topic-emerged" in shown
    assert "en/charged twice, 2026-03-14: 12 texts, 30.0% of those of a day, 1.0% before" in shown
    assert "“Charged twice, says [name].”" in shown


BREACHED: dict[str, Any] = {
    "type": "vidhuk.alert.clock-breached.v1",
    "time": "2026-03-16T09:00:00Z",
    "subject": "C-9cc9dd25-22023",
    "data": {"clock": "close", "priority": None, "product": "desk-lamp"},
}
SIGNAL: dict[str, Any] = {
    "type": "vidhuk.alert.chart-signal.v1",
    "time": "2026-03-17T00:00:00Z",
    "subject": "complaint_share/day/all",
    "data": {"chart": "complaint_share", "value": 0.66, "lcl": 0.171, "ucl": 0.582, "rule": "beyond limits",
             "side": "above"},
}  # fmt: skip


def test_alerts_of_one_kind_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "alerts_so_far", lambda _: [EMERGED, BREACHED, SIGNAL])
    shown = CliRunner().invoke(alerts, ["--kind", "clock-breached"], catch_exceptions=False).output
    assert "C-9cc9dd25-22023" in shown
    assert "close · desk-lamp" in shown
    assert "1 of 1" in shown
    assert "charged twice" not in shown


def test_a_signal_is_shown_with_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "alerts_so_far", lambda _: [SIGNAL])
    shown = " ".join(CliRunner().invoke(alerts, [], catch_exceptions=False).output.split())
    assert "0.66" in shown
    assert "0.171" in shown
    assert "0.582" in shown
