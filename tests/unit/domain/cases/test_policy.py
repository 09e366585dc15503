"""Policies from TOML: what is wrong is said with file and key, and a case finds its version."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.cases.policy import PolicySet, load_policies, read_policies
from pipeline.domain.cases.rules import TargetKind
from pipeline.domain.errors import UsageError

EXAMPLES = Path(__file__).parents[4] / "docs" / "examples" / "policies"
GOOD = """
[calendar.office]
zone = "Europe/Kyiv"
hours = { monday-friday = ["09:00-17:00"] }
[[policy]]
name = "ours"
version = 1
priority.matrix = [
    ["low", "low", "low", "low", "low"],
    ["low", "low", "low", "low", "low"],
    ["low", "low", "low", "low", "low"],
    ["low", "low", "low", "low", "low"],
    ["low", "low", "low", "low", "critical"],
]
[[policy.clock]]
name = "close"
starts = ["received"]
stops = ["closed"]
target = "8 weeks"
"""


@pytest.mark.parametrize(
    ("part", "instead", "sentence"),
    [
        ("[calendar", "[[calendar", "ours.toml: not a valid TOML file"),
        ('name = "ours"', 'nome = "ours"', "ours.toml: policy[0]: Object contains unknown field `nome`"),
        ('name = "ours"', "", "ours.toml: policy[0]: Object missing required field `name`"),
        ("version = 1", "version = 0", "ours.toml: policy[0].version: Expected `int` >= 1"),
        ("Europe/Kyiv", "Kyiv", "ours.toml: calendar.office.zone: 'Kyiv' is no time zone"),
        ("zone = ", "sone = ", "ours.toml: calendar.office: Object contains unknown field `sone`"),
        ('zone = "Europe/Kyiv"', "zone = 2", "ours.toml: calendar.office.zone: Expected `str`, got `int`"),
        ("monday-friday", "mo-fr", "ours.toml: calendar.office.hours: 'mo-fr' is no weekday"),
        ("monday-friday", "friday-monday", "ours.toml: calendar.office.hours: 'friday-monday' ends before it begins"),
        ("09:00-17:00", "17:00-09:00", "ours.toml: calendar.office.hours.monday-friday: '17:00-09:00' are no hours"),
        ("09:00-17:00", "9-17", "ours.toml: calendar.office.hours.monday-friday: '9-17' are no hours"),
        ("09:00-17:00", "09:00-24:01", "calendar.office.hours.monday-friday: '09:00-24:01' are no hours"),
        ('["09:00-17:00"]', "[]", "ours.toml: calendar.office.hours: nobody is ever at work"),
        ("[[policy]]", 'opened = { "soon" = [] }\n[[policy]]', "calendar.office.opened: 'soon' is no day"),
        ("[[policy]]", 'holidays.country = "XX"\n[[policy]]', "ours.toml: calendar.office.holidays: "),
        ("8 weeks", "two weeks", "ours.toml: policy[0].clock[0].target: 'two weeks' is no target"),
        ("8 weeks", "8 business weeks", "policy[0].clock[0].target: '8 business weeks' is no target"),
        ("8 weeks", "0 days", "policy[0].clock[0].target: '0 days' must be longer than nothing"),
        ("8 weeks", "1001 days", "policy[0].clock[0].target: '1001 days' must be longer than nothing and at most"),
        ("8 weeks", "6000 business hours", "target: '6000 business hours' takes more than 1000 days on its calendar"),
        ('["closed"]', '["shut"]', "ours.toml: policy[0].clock[0].stops[0]: Invalid enum value 'shut'"),
        ('["closed"]', "[]", "ours.toml: policy[0].clock[0].stops: Expected `array` of length >= 1"),
        ("target", 'calendar = "home"\ntarget', "clock[0].calendar: there is no calendar 'home' in this file"),
        ("target", 'pauses = ["closed"]\ntarget', "clock[0].pauses: no clock runs in closed"),
        ('"low", "critical"]', '"critical"]', "ours.toml: policy[0].priority.matrix: must have 5 rows"),
        ('"critical"', '"urgent"', "ours.toml: policy[0].priority.matrix[4][4]: Invalid enum value 'urgent'"),
        ("version = 1", 'version = 1\nvalid_from = "2026"', "policy[0].valid_from: '2026' is neither a day nor a time"),
        ("version = 1", "version = 1\nvalid_from = 2026-01-01T00:00:00", "valid_from: 2026-01-01T00:00:00 lacks"),
        ("version = 1", 'version = 1\napplies.colour = ["red"]', "ours.toml: policy[0].applies"),
        ("version = 1", 'version = 1\napplies.product = ["loan"]', "exactly one policy must be without `applies`"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_and_key(part: str, instead: str, sentence: str) -> None:
    assert part in GOOD
    with pytest.raises(UsageError) as refused:
        read_policies({"ours.toml": GOOD.replace(part, instead, 1)})
    assert sentence in str(refused.value)


def test_a_calendar_must_be_named_where_there_are_two() -> None:
    text = GOOD + '[calendar.home]\nzone = "UTC"\nhours = { sunday = ["09:00-17:00"] }\n'
    with pytest.raises(UsageError, match=r"clock\[0\].calendar: must be named, because the target counts days"):
        read_policies({"ours.toml": text})


def test_two_clocks_of_one_name_and_one_version_twice_are_refused() -> None:
    clock = GOOD[GOOD.index("[[policy.clock]]") :]
    with pytest.raises(UsageError, match="two clocks have one name"):
        read_policies({"ours.toml": GOOD + clock})
    with pytest.raises(UsageError, match="policy ours has two versions 1"):
        read_policies({"a.toml": GOOD, "b.toml": GOOD})


def test_a_policy_keeps_to_one_way_of_applying() -> None:
    special = GOOD.replace("version = 1", 'version = 2\napplies.product = ["loan"]')
    with pytest.raises(UsageError, match="policy ours has versions with and without `applies`"):
        read_policies({"a.toml": GOOD, "b.toml": special})


@pytest.mark.parametrize(
    ("said", "kind", "amount"),
    [
        ("90 minutes", TargetKind.HOURS, 5_400_000_000),
        ("1 hour", TargetKind.HOURS, 3_600_000_000),
        ("8 business hours", TargetKind.BUSINESS_HOURS, 28_800_000_000),
        ("30 business minutes", TargetKind.BUSINESS_HOURS, 1_800_000_000),
        ("3 business days", TargetKind.BUSINESS_DAYS, 3),
        ("5 days", TargetKind.DAYS, 5),
        ("8 weeks", TargetKind.DAYS, 56),
    ],
)
def test_targets_are_read_as_they_are_spoken(said: str, kind: TargetKind, amount: int) -> None:
    target = read_policies({"ours.toml": GOOD.replace("8 weeks", said)}).policies[0].clocks[0].target
    assert (target.kind, target.amount) == (kind, amount)


def test_the_policy_in_force_without_configuration_has_the_four_clocks() -> None:
    (policy,) = load_policies(None).policies
    assert [clock.name for clock in policy.clocks] == ["acknowledge", "first_response", "decision", "close"]
    assert policy.valid_from_us is None


def test_a_folder_of_policies_is_read_whole_and_an_empty_one_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no"):
        load_policies(str(tmp_path))
    with pytest.raises(UsageError, match="cannot be read as text"):
        load_policies(str(tmp_path / "absent.toml"))
    (tmp_path / "b.toml").write_text(
        GOOD.replace("version = 1", 'version = 1\napplies.product = ["x"]').replace('"ours"', '"x"')
    )
    (tmp_path / "a.toml").write_text(GOOD)
    assert [policy.name for policy in load_policies(str(tmp_path)).policies] == ["ours", "x"]


def test_the_example_of_uk_times_is_a_valid_policy() -> None:
    (policy,) = load_policies(str(EXAMPLES)).policies
    assert policy.name == "uk_fca"


def versions() -> PolicySet:
    documents = {
        "2.toml": GOOD.replace("version = 1", "version = 2\nvalid_from = 2026-02-01"),
        "1.toml": GOOD.replace("version = 1", "version = 1\nvalid_from = 2026-01-01T00:00:00+02:00"),
        "loan.toml": GOOD.replace('"ours"', '"loans"').replace(
            "version = 1", 'version = 1\napplies = { product = ["loan"], channel = ["branch", "phone"] }'
        ),
    }
    return read_policies(documents)


@pytest.mark.parametrize(
    ("receipt", "received_us", "chosen"),
    [
        ({}, 0, ("ours", 1)),
        ({}, 1_767_218_400_000_000, ("ours", 1)),
        ({}, 1_769_903_999_999_999, ("ours", 1)),
        ({}, 1_769_904_000_000_000, ("ours", 2)),
        ({"product": "loan", "channel": "phone"}, 0, ("loans", 1)),
        ({"product": "loan", "channel": "email"}, 0, ("ours", 1)),
        ({"product": "loan", "channel": None}, 1_769_904_000_000_000, ("ours", 2)),
    ],
)
def test_a_receipt_finds_the_version_in_force(
    receipt: dict[str, str | None], received_us: int, chosen: tuple[str, int]
) -> None:
    policies = versions()
    found = policies.policies[policies.choose(receipt, received_us)]
    assert (found.name, found.version) == chosen
