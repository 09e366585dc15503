"""Questions to a published warehouse, asked as a person asks them: in a process of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.command import vidhuk
from tests.lakes import an_answer, an_event, land


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("asked")
    answers = [an_answer(offset, "csat", 5 if offset < 8 else 2, (1, 5), channel="email") for offset in range(10)]
    land(home, "events", [*answers, an_event(10, data={"channel": "email", "text": "[bold]late[/bold]"})])
    publish(Settings(home=str(home)))
    return home


@pytest.mark.parametrize("columns", ["80", "120"])
def test_a_metric_shows_value_interval_n_and_count_whole(home: Path, columns: str) -> None:
    said = vidhuk("metric", "csat", "--by", "channel", home=home, extra={"COLUMNS": columns}).out
    head, row = said.splitlines()[:2]
    assert head.split() == ["channel", "scale", "csat", "95", "%", "interval", "n", "of", "which"]
    assert row.split() == ["email", "1-5", "80.0%*", "49.0%", "–", "94.3%", "10", "8"]
    assert max(len(line.rstrip()) for line in said.splitlines()) <= int(columns)
    assert "definition 1" in said.replace("\n", " ")


def test_json_of_a_metric_keeps_every_column(home: Path) -> None:
    (row,) = vidhuk("metric", "csat", "--json", home=home).json
    assert {"numerator", "denominator", "n", "value", "lo", "hi", "method", "definition_version"} <= set(row)


def test_nothing_observed_is_said(home: Path) -> None:
    assert vidhuk("metric", "nps", home=home).out == "nps: nothing was observed in this period.\n"


def test_numbers_stand_right_null_is_not_empty_and_rows_are_counted(home: Path) -> None:
    said = vidhuk("sql", "values (1, null, ''), (1000, 'x', 'y')", home=home).out.splitlines()
    assert said[1].startswith("   1  NULL")
    assert said[2].startswith("1000  x")
    assert said[-1] == "2 rows"


def test_an_answer_too_wide_for_the_terminal_becomes_records(home: Path) -> None:
    query = "select 123456789012 as a, repeat('x', 30) as b, repeat('y', 30) as c, repeat('z', 30) as d"
    narrow = vidhuk("sql", query, home=home, extra={"COLUMNS": "80"}).out
    assert narrow.splitlines()[0].strip() == "row 1"
    assert "z" * 30 in narrow
    wide = vidhuk("sql", query, home=home, extra={"COLUMNS": "140"}).out
    assert wide.splitlines()[0].split() == ["a", "b", "c", "d"]


def test_text_from_outside_is_not_read_as_markup(home: Path) -> None:
    assert "[bold]late[/bold]" in vidhuk("sql", "select '[bold]late[/bold]' as said", home=home).out


def test_documents_and_truth_values_are_shown_as_json(home: Path) -> None:
    said = vidhuk("sql", "select true as safe, {'region': 'Київ'}::json as attributes", home=home).out.splitlines()
    assert said[1].split(maxsplit=1) == ["true", '{"region": "Київ"}']


def test_an_empty_answer_has_its_columns_and_no_rows(home: Path) -> None:
    said = vidhuk("sql", "select channel from fct_feedback where false", home=home).out.splitlines()
    assert [line.strip() for line in said] == ["channel", "0 rows"]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("sql", "select nothing from nowhere"), "nowhere"),
        (("metric", "csta"), "csta"),
        (("metric", "csat", "--by", "weather"), "weather"),
        (("metric", "csat", "--from", "2026-13-01"), "--from"),
        (("metric", "csat", "--from", "2026-02-01", "--to", "2026-01-01"), "--to"),
    ],
)
def test_a_wrong_question_gets_a_sentence_that_names_it(home: Path, arguments: tuple[str, ...], names: str) -> None:
    answer = vidhuk(*arguments, home=home, check=False)
    assert answer.code == 2
    assert names in answer.err
    assert "Traceback" not in answer.err


def test_a_home_without_a_warehouse_says_what_to_do(tmp_path: Path) -> None:
    answer = vidhuk("sql", "select 1", home=tmp_path, check=False)
    assert answer.code == 2
    assert "vidhuk" in answer.err
