from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.command import vidhuk
from tests.lakes import an_event, land


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three texts: one sure, two of unknown class with 40 and 20 %, the first of unknown category too."""
    home = tmp_path_factory.mktemp("reviewed")
    said: list[dict[str, Any]] = [
        {"record_class": "complaint", "category": "delivery", "confidence": "90 90 - - -"},
        {"record_class": None, "category": None, "confidence": "40 30 - - -"},
        {"record_class": None, "category": "delivery", "confidence": "20 80 - - -"},
    ]
    events = [an_event(n, text=f"words of {n}", model="default-1+0", **answer) for n, answer in enumerate(said)]
    land(home, "events", events)
    publish(Settings(home=str(home)))
    return home


def test_the_least_confident_of_each_question_comes_first(home: Path) -> None:
    rows = vidhuk("review", "list", "--json", home=home).json
    assert [(row["question"], row["event_id"], row["confidence"]) for row in rows] == [
        ("category", "e-1", 0.3),
        ("record_class", "e-2", 0.2),
        ("record_class", "e-1", 0.4),
    ]
    assert not any("text" in row for row in rows)


def test_the_limit_is_of_each_question(home: Path) -> None:
    rows = vidhuk("review", "list", "--limit", "1", "--json", home=home).json
    assert [row["event_id"] for row in rows] == ["e-1", "e-2"]


def test_texts_are_shown_when_asked_for(home: Path) -> None:
    (row,) = vidhuk("review", "list", "--question", "category", "--texts", "--json", home=home).json
    assert row["text"] == "words of 1"


def test_the_table_counts_what_waits_and_shows_no_text(home: Path) -> None:
    said = vidhuk("review", "list", "--limit", "1", home=home).out
    assert "waiting: category 1, record_class 2" in said
    assert "words" not in said


def test_nothing_waiting_is_said(home: Path) -> None:
    assert vidhuk("review", "list", "--question", "safety", home=home).out == "Nothing awaits review.\n"
