"""`vidhuk case show` and `vidhuk reconcile`, as a person asks them: in a process of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from pipeline.cli.case_view import CHANGE_WORDS, REASON_WORDS, STEP_WORDS, spell
from pipeline.domain.cases.lifecycle import Change, Reason, Step
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.cases import a_change, a_life, day, known_until
from tests.command import vidhuk
from tests.lakes import an_event, land
from warehouse.published import current

LIFE = a_life(
    "C-1",
    ("received", 0),
    ("acknowledged", 0.25),
    ("assessed", 1, {"severity": 2, "priority": "normal", "priority_first": "normal"}),
    ("assessed", 2, {"severity": 5, "priority": "critical", "safety": True}),
    ("decision-communicated", 3, {"decision": "partly_upheld"}),
    ("closed", 4),
    ("closed", 4.5, {"outcome": "repeat", "reason": "already_closed"}),
    ("escalated", 4.75, {"outcome": "refused", "reason": "case_ended"}),
    ("reopened", 5),
)
TWO_DAYS_US = 172_800_000_000
CLOCKS = [
    a_change(LIFE[0], "close", "activate", due_at=day(2), target_us=TWO_DAYS_US),
    a_change(LIFE[4], "close", "breach", at=day(2), due_at=day(2), breached_at=day(2), ordinal=1,
             target_us=TWO_DAYS_US),
    a_change(LIFE[5], "close", "fulfil", due_at=day(2), breached_at=day(2), ordinal=2, target_us=TWO_DAYS_US,
             elapsed_us=345_600_000_000, wall_us=345_600_000_000),
    a_change(LIFE[8], "close", "activate", due_at=day(6), cycle=1),
    # a working day of eight hours, of which two were spent
    a_change(LIFE[0], "acknowledge", "activate", due_at=day(1), target_us=28_800_000_000),
    a_change(LIFE[1], "acknowledge", "fulfil", due_at=day(1), ordinal=1, target_us=28_800_000_000,
             elapsed_us=7_200_000_000, wall_us=21_600_000_000),
]  # fmt: skip
STRAY = a_life("C-2", ("closed", 4, {"outcome": "refused", "reason": "not_received"}))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cases")
    complaint = an_event(0, case_id="C-1", time=day(0), category="delivery", language="en", product="parcel")
    # what is said of events goes no further than the events themselves: the last one stands after all that is said
    land(home, "events", [complaint, an_event(1_000_000, record_class="inquiry", recordedtime=day(9))])
    land(home, "transitions", [*LIFE, *STRAY])
    land(home, "clocks", CLOCKS)
    land(home, "duplicates", known_until(day(9)))
    publish(Settings(home=str(home)))
    return home


@pytest.mark.parametrize("columns", ["80", "140"])
def test_a_case_is_shown_whole_in_the_width_there_is(home: Path, columns: str) -> None:
    said = vidhuk("case", "show", "C-1", home=home, extra={"COLUMNS": columns}).out
    lines = [line.rstrip() for line in said.splitlines()]
    assert max(map(len, lines)) <= int(columns)
    assert lines[0] == "Case C-1  open, reopened"
    assert lines[1] == "parcel · email · delivery · en"
    flat = " ".join(said.split())
    assert "priority critical (first normal) · severity 5 · decision: partly upheld · safety" in flat
    assert "9 events, reopened once, 1 repeated, 1 refused" in flat
    assert "repeat: it was closed already" in flat
    assert "refused: the case had ended" in flat
    assert "As known at 2026-09-10 12:00." in flat
    assert "\x1b" not in said


def test_a_breach_stands_at_the_time_the_clock_fell_due(home: Path) -> None:
    lines = vidhuk("case", "show", "C-1", home=home).out.splitlines()
    what = [(line[:16], line[28:].split("  ")[0]) for line in lines if line.startswith("2026-09-")]
    assert what[3:6] == [
        ("2026-09-03 12:00", "assessed"),
        ("2026-09-03 12:00", "close fell due"),
        ("2026-09-04 12:00", "decision communicated"),
    ]
    # the second cycle ran out after the last step: nothing in the log says so, the time does
    assert what[-1] == ("2026-09-07 12:00", "close (2) fell due")


def test_clocks_say_how_they_stand(home: Path) -> None:
    said = " ".join(vidhuk("case", "show", "C-1", home=home, extra={"COLUMNS": "140"}).out.split())
    assert "close 2026-09-03 12:00 breached, met 2 d late 4 d 2 d" in said
    assert "Policy: internal, version 1." in said
    assert "close (2) 2026-09-07 12:00 breached, open 3 d over" in said
    assert "acknowledge 2026-09-02 12:00 met 2 h 8 h" in said


def test_json_of_a_case_has_its_steps_and_clocks(home: Path) -> None:
    story = vidhuk("case", "show", "C-1", "--json", home=home).json
    assert [step["step"] for step in story["steps"]][:2] == ["received", "acknowledged"]
    assert story["case"]["state"] == "reopened"
    assert {(clock["clock"], clock["cycle"], clock["is_breached"]) for clock in story["clocks"]} == {
        ("acknowledge", 0, False),
        ("close", 0, True),
        ("close", 1, True),
    }


def test_a_case_that_nobody_received_says_so(home: Path) -> None:
    said = vidhuk("case", "show", "C-2", home=home).out
    assert "never received" in said
    assert "nobody had received this case" in " ".join(said.split())


def test_an_unknown_case_is_a_sentence_that_says_where_to_look(home: Path) -> None:
    answer = vidhuk("case", "show", "nobody's", home=home, check=False)
    assert answer.code == 2
    assert answer.out == ""
    assert "select case_id" in answer.err
    assert "nobody's" not in answer.err


def test_every_step_reason_and_change_has_words() -> None:
    assert set(STEP_WORDS) == set(Step)
    assert set(REASON_WORDS) == set(Reason)
    assert set(CHANGE_WORDS) == set(Change)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (61, "1 h 1 min"), (1440, "1 d"), (1500, "1 d 1 h")],
)
def test_a_length_of_time_is_spelt_in_two_units(minutes: int, said: str) -> None:
    assert spell(minutes * 60_000_000) == said


def test_business_time_is_spelt_in_hours() -> None:
    assert spell(80 * 3_600_000_000, days=False) == "80 h"


# reconcile ---------------------------------------------------------------------------------------------------------


def test_an_account_that_adds_up_is_said_with_its_figures(home: Path) -> None:
    said = vidhuk("reconcile", home=home).out
    assert "Every day adds up: 10 product-days, 1 cases, 2026-09-01 … 2026-09-10" in said
    assert "1 received + 1 reopened - 1 closed - 0 merged - 0 withdrawn - 0 reclassified = 1 open now." in " ".join(
        said.split()
    )
    account = vidhuk("reconcile", "--json", home=home).json
    assert (account["checked"], account["violations"]) == (10, [])


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            "update agg_case_daily set closing = 7 where period_start = '2026-09-03'",
            "it must close with 1 and closes with 7",
        ),
        ("update agg_case_daily set received = 2, closing = 2 where period_start = '2026-09-01'", "received is 2"),
        ("delete from agg_case_daily where period_start = '2026-09-05'", "the account lacks this day"),
        ("delete from fct_case_event where step = 'closed' and outcome = 'applied'", "closed is 1"),
        ("update fct_case_event set is_open = false where step = 'acknowledged'", "by the cases' states"),
        ("update fct_case set is_open = false", "the last day closes with 1 and 0 cases are open"),
    ],
)
def test_a_seeded_violation_ends_with_1_and_is_told(home: Path, tmp_path: Path, damage: str, sentence: str) -> None:
    shutil.copytree(home / "published", tmp_path / "published")
    published = current(tmp_path / "published")
    assert published is not None
    file = published.path(tmp_path / "published")
    file.chmod(0o644)
    with duckdb.connect(file) as connection:
        connection.execute(damage).fetchall()
    told = vidhuk("reconcile", home=tmp_path, check=False, extra={"COLUMNS": "200"})
    assert told.code == 1
    assert sentence in told.out
    assert "Check failed" in told.err
    answer = vidhuk("reconcile", "--json", home=tmp_path, check=False)
    assert answer.code == 1
    assert len(answer.json["violations"]) == answer.json["violation_count"] > 0


def test_a_home_without_cases_reconciles(tmp_path: Path) -> None:
    land(tmp_path, "events", [an_event(0, record_class="inquiry")])
    publish(Settings(home=str(tmp_path)))
    assert vidhuk("reconcile", home=tmp_path).out == "There are no cases yet, so there is nothing to reconcile.\n"


def test_open_cases_are_listed_with_what_they_are_late_for(home: Path) -> None:
    said = vidhuk("case", "list", home=home, extra={"COLUMNS": "80"}).out
    lines = [line.rstrip() for line in said.splitlines()]
    assert max(map(len, lines)) <= 80
    flat = " ".join(said.split())
    assert "C-1" in flat
    assert "safety close, 3 d late" in flat
    assert "1 of 1 open cases; 1 are late." in flat


def test_open_cases_can_be_chosen(home: Path) -> None:
    late = vidhuk("case", "list", "--overdue", "--product", "parcel", "--json", home=home).json
    assert [(case["case_id"], case["clock"], case["is_overdue"]) for case in late["shown"]] == [("C-1", "close", True)]
    other = vidhuk("case", "list", "--product", "kettle", "--json", home=home).json
    assert (other["total"], other["shown"]) == (0, [])
    assert "No such case is open." in vidhuk("case", "list", "--product", "kettle", home=home).out
