"""The table of clocks, `clock_cases.txt`: every case is folded as its steps arrive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.domain.cases.fold import CaseFold
from pipeline.domain.cases.policy import PolicySet, load_policies, read_policies
from tests.case_builders import a_step, events_table

TABLE = Path(__file__).with_name("clock_cases.txt")
EXAMPLES = Path(__file__).parents[4] / "docs" / "examples" / "policies"

OFFICE = 'hours = { monday-friday = ["09:00-17:00"] }'
CALENDARS = {
    "utc": f'zone = "UTC"\n{OFFICE}',
    "london": f'zone = "Europe/London"\n{OFFICE}\nholidays = {{ country = "GB", subdivision = "ENG" }}',
    "newyork": f'zone = "America/New_York"\n{OFFICE}\nholidays = {{ country = "US" }}',
    "kyiv": 'zone = "Europe/Kyiv"\nhours = { monday-friday = ["09:00-18:00"] }',
    "sydney": f'zone = "Australia/Sydney"\n{OFFICE}',
    "kathmandu": f'zone = "Asia/Kathmandu"\n{OFFICE}',
    "santiago": f'zone = "America/Santiago"\n{OFFICE}',
    "always": 'zone = "Europe/London"\nhours = { monday-sunday = ["00:00-24:00"] }',
    "lordhowe": 'zone = "Australia/Lord_Howe"\nhours = { monday-sunday = ["00:00-24:00"] }',
    "night": 'zone = "Europe/London"\nhours = { monday-sunday = ["00:00-06:00"] }',
    "early": 'zone = "Europe/London"\nhours = { sunday = ["01:30-03:00"] }',
    "lunch": 'zone = "UTC"\nhours = { monday-friday = ["09:00-12:00", "13:00-17:00"] }',
    "moved": f'zone = "UTC"\n{OFFICE}\nclosed = [2026-03-11]\n'
    'opened = { "2026-03-14" = ["09:00-13:00"], "2026-03-18" = ["09:00-12:00"] }',
}
MATRIX = "\n".join(["priority.matrix = ["] + ['["low", "low", "normal", "high", "critical"],'] * 5 + ["]"])
VERSIONS = f"""
[calendar.office]
{CALENDARS["utc"]}
[[policy]]
name = "internal"
version = 1
{MATRIX}
clock = [{{ name = "close", starts = ["received"], stops = ["closed"], target = "4 weeks" }}]
[[policy]]
name = "internal"
version = 2
valid_from = 2026-03-16
{MATRIX}
[[policy.clock]]
name = "close"
starts = ["received"]
stops = ["closed"]
target = "1 week"
pauses = ["awaiting_complainant"]
[[policy]]
name = "internal"
version = 3
valid_from = 2026-03-20T00:00:00Z
{MATRIX}
clock = []
[[policy]]
name = "loans"
version = 1
applies = {{ product = ["loan", "mortgage"] }}
{MATRIX}
clock = [{{ name = "promise", starts = ["received"], stops = ["acknowledged"], target = "1 business day" }}]
"""
CLOCK = re.compile(r"(?P<name>\w+): (?P<starts>.+) > (?P<stops>.+) in (?P<target>\d+ .+?)(?: pausing (?P<pauses>.+))?")
ROW = re.compile(r"(\w+?)(?:#(\d+))? (\w+) (\S+(?: \d\d:\S+)?)(.*)")
SAID = re.compile(r"(due|elapsed|wall|paused) (\S+(?: \d\d:\d\d(?::\d\d)?)?)")


@dataclass(frozen=True)
class ClockCase:
    name: str
    policies: PolicySet
    zone: ZoneInfo
    steps: list[dict[str, Any]]
    now: datetime | None
    breached_now: set[str]
    expected: list[str]


def moment(text: str, zone: ZoneInfo) -> datetime:
    if text.endswith("Z"):
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone)


def policies_of(line: str) -> tuple[PolicySet, ZoneInfo]:
    calendar, *clocks = line.split(" | ")
    if calendar == "versions":
        return read_policies({"versions.toml": VERSIONS}), ZoneInfo("UTC")
    if calendar == "uk-fca":
        return load_policies(str(EXAMPLES / "uk-fca.toml")), ZoneInfo("Europe/London")
    text = f'[calendar.office]\n{CALENDARS[calendar]}\n[[policy]]\nname = "plain"\nversion = 1\n{MATRIX}\n'
    for clock in clocks:
        said = CLOCK.fullmatch(clock)
        assert said is not None, clock
        lists = {key: (said[key] or "").split() for key in ("starts", "stops", "pauses")}
        text += f'[[policy.clock]]\nname = "{said["name"]}"\ntarget = "{said["target"]}"\n'
        text += "".join(f"{key} = {values}\n" for key, values in lists.items())
    return read_policies({"plain.toml": text}), ZoneInfo(re.findall(r'zone = "(.+?)"', CALENDARS[calendar])[0])


def step_of(line: str, zone: ZoneInfo) -> tuple[int | None, dict[str, Any]]:
    """When it arrives, if that is said, and the row."""
    words = line.split()
    when = words.pop(0) if words[0].endswith("Z") else f"{words.pop(0)} {words.pop(0)}"
    step, said = words[0], dict(word.split("=") for word in words[1:] if "=" in word)
    arrival = [int(word[1:]) for word in words[1:] if word.startswith("@")]
    columns: dict[str, Any] = {name: said.pop(name) for name in ("product", "channel", "sequence") if name in said}
    data = {key: int(value) if value.isdigit() else value for key, value in said.items()}
    return (arrival[0] if arrival else None), a_step(step, moment(when, zone), data=data, **columns)


def a_case(block: str) -> ClockCase:
    name, first, *lines = [line for line in block.splitlines() if line]
    policies, zone = policies_of(first)
    dashes = lines.index("--")
    asked = [line for line in lines[:dashes] if line.startswith("now ")]
    when, _, breached = asked[0].removeprefix("now ").rpartition(":") if asked else ("", "", "")
    steps = [step_of(line, zone) for line in lines[:dashes] if line not in asked]
    rows = [row | {"event_key": at} for at, (_, row) in enumerate(steps)]
    arrivals = [place if place is not None else at + 1 for at, (place, _) in enumerate(steps)]
    in_order = [row for _, row in sorted(zip(arrivals, rows, strict=True), key=lambda pair: pair[0])]
    now = moment(when, zone) if asked else None
    return ClockCase(name, policies, zone, in_order, now, set(breached.split()), lines[dashes + 1 :])


CASES = [a_case(block) for block in TABLE.read_text(encoding="utf-8").split("\n## ")[1:]]


def hours(text: str) -> int:
    whole, _, minutes = text.partition(":")
    return (int(whole) * 60 + int(minutes)) * 60_000_000


def expected_row(line: str, zone: ZoneInfo) -> dict[str, Any]:
    said = ROW.fullmatch(line)
    assert said is not None, line
    row: dict[str, Any] = {"clock": said[1], "cycle": int(said[2] or 0), "change": said[3], "at": moment(said[4], zone)}
    row["due_at"] = None
    for name, value in SAID.findall(said[5]):
        if name == "due":
            row["due_at"] = moment(value, zone)
        else:
            row[f"{name}_us"] = hours(value)
    return row


def held(case: ClockCase, order: list[dict[str, Any]]) -> tuple[CaseFold, list[dict[str, Any]]]:
    """The fold after these steps came one by one, and the clock rows that hold, by event and clock."""
    fold, table = CaseFold(case.policies), events_table(order)
    parts = [fold.fold(table.slice(at, 1)) for at in range(len(order))]
    newest = {row["event_key"]: row["offset"] for part in parts for row in part.transitions.to_pylist()}
    rows = [row for part in parts for row in part.clocks.to_pylist() if newest[row["event_key"]] == row["offset"]]
    names = [rule.name for policy in case.policies.policies for rule in policy.clocks]
    by_time = {row["event_key"]: row["time"] for row in order}
    return fold, sorted(rows, key=lambda row: (by_time[row["event_key"]], names.index(row["clock"]), row["cycle"]))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_clocks_do_what_the_table_says(case: ClockCase) -> None:
    fold, rows = held(case, case.steps)
    expected = [expected_row(line, case.zone) for line in case.expected]
    assert [{name: row[name] for name in wanted} for wanted, row in zip(expected, rows, strict=False)] == expected
    assert len(rows) == len(expected)
    if case.now is not None:
        microsecond = timedelta(microseconds=1)
        now_us = (case.now - datetime.fromisoformat("1970-01-01T00:00:00Z")) // microsecond
        noticed = {row["clock"] for row in rows if row["change"] == "breach"}
        assert noticed | {breach.clock for breach in fold.due(-(2**62), now_us)} == case.breached_now


def test_the_table_is_as_long_as_promised_and_names_each_known_mistake() -> None:
    assert len(CASES) >= 80
    named = set(re.findall(r"\[([^\]]+#\d+)\]$", TABLE.read_text(encoding="utf-8"), re.MULTILINE))
    assert named >= {
        "osTicket#1168", "osTicket#2131", "osTicket#4969", "osTicket PR#419", "osTicket#3034", "osTicket#6524",
        "frappe/helpdesk#2212", "frappe/helpdesk#1554", "chatwoot#10178", "chatwoot PR#13392", "zammad#4353",
        "zammad#1322", "fivetran/dbt_zendesk#51", "fivetran/dbt_zendesk#142",
    }  # fmt: skip
