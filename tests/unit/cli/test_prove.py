"""`rebuild` and `diff` as people call them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipeline.cli.prove import diff, digest, rebuild
from pipeline.domain.cases.policy import load_policies
from pipeline.domain.errors import UsageError
from pipeline.services.ledger import Ledger
from pipeline.services.open_cases import OpenCases, PolicyFolds
from tests.log_builders import START, a_batch, a_logged_event, tp
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

CLOSED = "vidhuk.complaint.closed.v1"


def called(command: click.Command, *arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)
    return result.exit_code, result.stdout


def a_home(root: Path, *, cases: int = 3) -> Path:
    lake = DeltaLake(root / "lake")
    folds = PolicyFolds(load_policies(None), case_memory_days=400)
    ledger = Ledger(lake, LakeRows(lake), cases=OpenCases(folds, LakeRows(lake)))
    values = []
    for number in range(cases):
        case = {"case_id": f"secret-{number}"}
        text = {"channel": "email", "text": "secret words"}
        values.append(a_logged_event(2 * number, data=case | text))
        late = START + timedelta(days=90)
        values.append(a_logged_event(2 * number + 1, type=CLOSED, time=late, data=case))
    ledger.land([a_batch(values, log="log")])
    assert ledger.confirmed([tp(log="log")])
    return root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return a_home(tmp_path / "home")


def test_a_rebuilt_home_differs_in_nothing(home: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    code, out = called(rebuild, "--into", again, "--home", home)
    assert code == 0
    assert "events" in out
    for exact in ((), ("--every-row",)):
        code, out = called(diff, home, again, *exact)
        assert (code, out.splitlines()[-1]) == (0, "0 differences")
    assert called(digest, again) == called(digest, home)


def test_rebuild_as_json_is_one_document(home: Path, tmp_path: Path) -> None:
    code, out = called(rebuild, "--into", tmp_path / "again", "--home", home, "--json")
    rows = json.loads(out)["rows"]
    assert code == 0
    assert (rows["events"], rows["transitions"], rows["duplicates"], rows["dead_letters"]) == (6, 6, 0, 0)
    assert rows["clocks"] > 0


def test_rebuilding_into_a_folder_that_holds_something_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("mine")
    with pytest.raises(UsageError, match="holds something"):
        called(rebuild, "--into", tmp_path / "taken", "--home", home)
    with pytest.raises(UsageError, match="holds something"):
        called(rebuild, "--into", home, "--home", home)


def test_a_home_without_a_lake_is_named(tmp_path: Path, home: Path) -> None:
    with pytest.raises(UsageError, match="no lake"):
        called(rebuild, "--into", tmp_path / "again", "--home", tmp_path / "nothing")
    assert not (tmp_path / "again").exists()
    with pytest.raises(UsageError, match="nothing was ever landed"):
        called(diff, home, tmp_path / "nothing")


def test_homes_that_differ_end_with_one_and_say_where_without_anybodys_data(home: Path, tmp_path: Path) -> None:
    other = a_home(tmp_path / "other", cases=2)
    code, out = called(diff, home, other, "--json")
    said = json.loads(out)
    assert code == 1
    assert said["differences"] == sum(table["only_a"] + table["only_b"] for table in said["tables"].values())
    assert said["tables"]["events"]["only_a"] == 2
    assert said["tables"]["events"]["sample_a"] == [
        {"log": "log", "partition": 0, "offset": 4, "type": "vidhuk.feedback.submitted.v1"},
        {"log": "log", "partition": 0, "offset": 5, "type": CLOSED},
    ]
    code, text = called(diff, home, other)
    assert code == 1
    assert "only in A: log log, partition 0, offset 4" in text
    assert "secret" not in out + text
