"""Files of open cases: whole, of this lake, of these policies, not ahead of the lake, or not used."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.ports import CaseSnapshot
from tests.log_builders import tp
from warehouse.case_snapshots import FOLDER, CaseFiles

CASES = pa.table({"case_id": ["X", "Y"], "key": [1, 2]})
HERE = tp(2, log="log1")


def a_snapshot(at: int, *, log: str = "log1", rows: pa.Table = CASES) -> CaseSnapshot:
    return CaseSnapshot({log: at, "log0": 7}, 123_456, rows)


@pytest.fixture
def files(tmp_path: Path) -> CaseFiles:
    return CaseFiles(tmp_path, "lake-1")


def newest(files: CaseFiles, before: int = 100, policies: str = "p") -> int | None:
    found = files.newest(HERE, policies, before)
    return None if found is None else found.stands["log1"]


def test_what_was_saved_is_read_back(files: CaseFiles, tmp_path: Path) -> None:
    files.save(HERE, "p", a_snapshot(10))
    found = files.newest(HERE, "p", 10)
    assert found == a_snapshot(10)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["2-log1-10.cases"]


def test_there_is_none_at_first(files: CaseFiles) -> None:
    assert newest(files) is None


def test_the_furthest_one_is_taken_and_two_are_kept(files: CaseFiles, tmp_path: Path) -> None:
    for at in (10, 20, 30):
        files.save(HERE, "p", a_snapshot(at))
    assert newest(files) == 30
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == ["2-log1-20.cases", "2-log1-30.cases"]


def test_one_that_is_ahead_of_the_lake_gives_way_to_its_predecessor(
    files: CaseFiles, caplog: pytest.LogCaptureFixture
) -> None:
    files.save(HERE, "p", a_snapshot(10))
    files.save(HERE, "p", a_snapshot(20))
    assert newest(files, before=15) == 10
    assert "ahead of the lake at 15" in caplog.text
    assert newest(files, before=9) is None


def test_one_of_other_policies_is_not_used(files: CaseFiles, caplog: pytest.LogCaptureFixture) -> None:
    files.save(HERE, "p", a_snapshot(10))
    assert newest(files, policies="q") is None
    assert "other policies" in caplog.text


def test_one_of_another_lake_is_not_used(files: CaseFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    CaseFiles(tmp_path, "lake-2").save(HERE, "p", a_snapshot(10))
    assert newest(files) is None
    assert "another lake" in caplog.text


def test_one_that_was_renamed_from_another_partition_is_not_used(files: CaseFiles, tmp_path: Path) -> None:
    files.save(tp(1, log="log1"), "p", a_snapshot(10))
    (tmp_path / FOLDER / "1-log1-10.cases").rename(tmp_path / FOLDER / "2-log1-10.cases")
    assert newest(files) is None


def test_another_partition_has_its_own(files: CaseFiles) -> None:
    files.save(tp(1, log="log1"), "p", a_snapshot(10))
    assert newest(files) is None


def test_another_log_goes_on_from_the_cases_of_the_last_one(files: CaseFiles) -> None:
    files.save(HERE, "p", a_snapshot(10))
    found = files.newest(tp(2, log="log2"), "p", 0)
    assert found is not None
    assert found.stands == {"log1": 10, "log0": 7}


@pytest.mark.parametrize("place", [0, 30, 90, 200, -1])
def test_a_damaged_one_gives_way_to_its_predecessor(
    files: CaseFiles, tmp_path: Path, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    files.save(HERE, "p", a_snapshot(10))
    files.save(HERE, "p", a_snapshot(20))
    path = tmp_path / FOLDER / "2-log1-20.cases"
    content = bytearray(path.read_bytes())
    content[place] ^= 0x40
    path.write_bytes(bytes(content))
    assert newest(files) == 10
    assert "damaged" in caplog.text


@pytest.mark.parametrize("length", [0, 1, 80, 300])
def test_a_torn_one_is_not_used(files: CaseFiles, tmp_path: Path, length: int) -> None:
    files.save(HERE, "p", a_snapshot(10))
    path = tmp_path / FOLDER / "2-log1-10.cases"
    path.write_bytes(path.read_bytes()[:length])
    assert newest(files) is None


def test_a_folder_that_cannot_be_written_is_said_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FOLDER).write_text("in the way")
    files = CaseFiles(tmp_path, "lake-1")
    files.save(HERE, "p", a_snapshot(10))
    assert "could not be kept" in caplog.text
    assert newest(files) is None
