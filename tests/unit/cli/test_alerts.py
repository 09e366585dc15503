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
