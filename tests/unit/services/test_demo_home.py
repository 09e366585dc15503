"""The demo never deletes what it did not make."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.services.demo_home import MARKER, clear_demo_home, disown, keep_truth


def a_lake(home: Path) -> Path:
    file = home / "lake" / "events" / "part.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"rows")
    return file


def test_a_home_with_somebodys_own_data_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = a_lake(tmp_path)
    with pytest.raises(UsageError, match="holds your own data"):
        clear_demo_home(tmp_path, broker_runs=False)
    assert file.exists()


def test_an_earlier_demo_is_emptied(tmp_path: Path) -> None:
    clear_demo_home(tmp_path, broker_runs=False)
    file = a_lake(tmp_path)
    clear_demo_home(tmp_path, broker_runs=False)
    assert not file.exists()


def test_a_demo_that_became_somebodys_own_is_refused(tmp_path: Path) -> None:
    clear_demo_home(tmp_path, broker_runs=False)
    a_lake(tmp_path)
    assert disown(tmp_path)
    assert not disown(tmp_path)
    with pytest.raises(UsageError, match="holds your own data"):
        clear_demo_home(tmp_path, broker_runs=False)


def test_a_home_whose_broker_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="broker down"):
        clear_demo_home(tmp_path, broker_runs=True)


def test_files_of_others_beside_ours_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    clear_demo_home(tmp_path, broker_runs=False)
    clear_demo_home(tmp_path, broker_runs=False)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_the_truth_is_kept_where_the_marker_stands(tmp_path: Path) -> None:
    clear_demo_home(tmp_path, broker_runs=False)
    keep_truth(tmp_path, b'{"events": 1}')
    assert (tmp_path / MARKER).read_bytes() == b'{"events": 1}\n'
