"""The demo: the same seed prints the same figures, the truth agrees, and nobody's data is emptied."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pipeline.services.demo_home import MARKER
from pipeline.simulator import Truth
from tests.command import rows, vidhuk

pytestmark = pytest.mark.kafka

EVENT = (
    '{"specversion":"1.0","id":"mine","source":"me","type":"vidhuk.feedback.submitted.v1",'
    '"data":{"channel":"web","text":"Thank you!"}}\n'
)


def test_the_same_seed_gives_the_same_figures_and_the_warehouse_holds_the_truth(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first, second = (
        vidhuk("demo", "--events", "6000", "--seed", "3", "--no-docs", "--json", home=home) for _ in range(2)
    )
    assert first.json == second.json
    truth = msgspec.json.decode((home / MARKER).read_bytes(), type=Truth)
    assert first.json["flow"] == {
        "read": truth.events,
        "accepted": truth.accepted,
        "duplicates": truth.duplicates,
        "dead_letters": truth.rejected,
    }
    assert rows("select count(*) as n from fct_feedback", home) == [{"n": truth.feedback}]
    satisfied, answers = truth.csat
    scores = (
        "select count(*) filter (is_top_two) as k, count(*) as n from fct_survey_response where instrument = 'csat'"
    )
    assert rows(scores, home) == [{"k": satisfied, "n": answers}]


def test_data_of_ones_own_in_a_demos_home_is_never_emptied(tmp_path: Path) -> None:
    home = tmp_path / "home"
    vidhuk("demo", "--events", "200", "--no-docs", home=home)
    event = tmp_path / "mine.jsonl"
    event.write_text(EVENT)
    added = vidhuk("run", str(event), "--as", "cloudevents", home=home)
    assert "no demo will empty it" in added.err
    refused = vidhuk("demo", "--events", "200", home=home, check=False)
    assert refused.code == 2
    assert "holds your own data" in refused.err
    assert rows("select count(*) as n from fct_feedback where source = 'me'", home) == [{"n": 1}]


def test_the_live_windows_say_what_the_warehouse_says(tmp_path: Path) -> None:
    home = tmp_path / "home"
    vidhuk("demo", "--events", "2000", "--no-docs", "--json", home=home)
    windows = vidhuk("live", "--limit", "1000000", "--json", home=home).json
    counted = "select count(*) as n, count(*) filter (record_class = 'complaint') as c from fct_feedback"
    totals = {"n": sum(w["feedback"] for w in windows), "c": sum(w["complaints"] for w in windows)}
    assert rows(counted, home) == [totals]
    assert totals["c"] > 0
    assert "window from" in vidhuk("live", "--limit", "3", home=home).out
