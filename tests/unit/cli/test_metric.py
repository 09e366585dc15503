"""Metrics asked as people ask them: in a process of their own, on a terminal of 80 columns."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.metrics.registry import METRICS
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.command import vidhuk
from tests.lakes import NOON, an_answer, an_event, land

NARROW = {"COLUMNS": "80"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("metrics")
    first = [an_answer(n, "nps", 10 if n < 30 else 3, (0, 10), wave="7") for n in range(40)]
    land(home, "events", [*first, an_event(40, rating=5.0, rating_scale="1-5")])
    publish(Settings(home=str(home)))
    later = NOON + timedelta(days=9)
    second = [an_answer(n, "nps", 10 if n < 60 else 3, (0, 10), wave="8", recordedtime=later) for n in range(41, 81)]
    land(home, "events", second, position=41)
    publish(Settings(home=str(home)))
    return home


def test_a_past_moment_gives_the_answer_of_then(home: Path) -> None:
    now, then = (
        vidhuk("metric", "nps", "--json", *more, home=home).json[0] for more in ((), ("--as-known-at", "2026-09-05"))
    )
    assert (now["n"], then["n"], then["value"]) == (80, 40, 50.0)
    printed = then["as_known_at"]
    assert vidhuk("metric", "nps", "--json", "--as-known-at", printed, home=home).json == [then]


def test_a_comparison_says_why_and_then_how_much(home: Path) -> None:
    sides = ("--a", "wave=7", "--b", "wave=8")
    said = vidhuk("compare", "nps", *sides, home=home, extra=NARROW).out
    assert "Comparable. a - b: +55.00" in said
    assert max(len(line.rstrip()) for line in said.splitlines()) <= 80
    document = vidhuk("compare", "nps", *sides, "--json", home=home).json
    assert document["comparable"] is True
    assert document["difference"]["p"] < 0.05


def test_what_cannot_be_compared_is_an_answer_and_no_error(home: Path) -> None:
    answer = vidhuk("compare", "nps", "--a", "wave=7", "--b", "", "--json", home=home)
    assert (answer.code, answer.json["comparable"], answer.json["difference"]) == (0, False, None)


def test_a_difference_to_what_was_published_has_its_parts(home: Path) -> None:
    said = vidhuk("explain-diff", "nps", home=home, extra=NARROW).out
    assert "recorded later" in said
    assert max(len(line.rstrip()) for line in said.splitlines()) <= 80
    document = vidhuk("explain-diff", "nps", "--from-version", "1", "--json", home=home).json
    parts = sum(part["value"] for part in document["parts"])
    assert document["published"] + parts == pytest.approx(document["now"])
    assert document["caveat"] is None


def test_figures_that_speak_for_nobody_else_say_so(home: Path) -> None:
    said = vidhuk("metric", "rating_top_two_box", home=home, extra=NARROW).out
    assert "Not projectable" in said
    assert "fewer than 30" in said


def test_every_metric_is_listed_with_its_whole_definition(home: Path) -> None:
    assert {row["name"] for row in vidhuk("metrics", "list", "--json", home=home).json} == set(METRICS)
    said = vidhuk("metrics", "list", home=home, extra=NARROW).out
    assert max(len(line.rstrip()) for line in said.splitlines()) <= 80


@pytest.mark.parametrize(
    "arguments",
    [
        ("metric", "nps", "--as-known-at", "yesterday"),
        ("compare", "nps", "--a", "wave", "--b", "wave=8"),
        ("compare", "ces", "--a", "wave=7", "--b", "wave=8"),
        ("explain-diff", "nps", "--period", "spring"),
        ("explain-diff", "nps", "--from-version", "99"),
        ("explain-diff", "backlog"),
    ],
)
def test_a_wrong_question_is_a_sentence(home: Path, arguments: tuple[str, ...]) -> None:
    answer = vidhuk(*arguments, home=home, check=False)
    assert answer.code == 2
    assert "Traceback" not in answer.err
