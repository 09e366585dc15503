"""Killing the writer at any moment loses nothing and repeats nothing."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.faults.lake_writer import PARTITIONS, TABLES, main
from tests.log_builders import tp
from warehouse.differences import differences
from warehouse.digest import digest
from warehouse.lake import DeltaLake

KILLS = 15
REPOSITORY = Path(__file__).parents[2]


def start_writer(root: Path, rows: int, mode: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.lake_writer", str(root), str(rows), mode]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def places(root: Path, table: str) -> list[tuple[int, int]]:
    """(inbox partition, inbox offset) of every row."""
    names = ["inbox_partition", "inbox_offset"]
    parts = [pq.read_table(file, columns=names) for file in DeltaLake(root).files(table)]
    rows = pa.concat_tables(parts).to_pydict() if parts else {name: [] for name in names}
    return sorted(zip(*rows.values(), strict=True))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("undisturbed")
    main(str(root), 500, "")
    return root


def assert_equal(root: Path, undisturbed: Path) -> None:
    assert digest(DeltaLake(root)) == digest(DeltaLake(undisturbed))
    for table in ("events", "duplicates"):
        assert places(root, table) == places(undisturbed, table)
    assert all(each.differences == 0 for each in differences(DeltaLake(root), DeltaLake(undisturbed), every_row=True))
    everything = places(root, "events") + places(root, "duplicates")
    expected = {(p, offset) for p in range(PARTITIONS) for offset in range(3_000)}
    assert len(everything) == len(expected)
    assert set(everything) == expected


@pytest.mark.slow
def test_a_writer_killed_at_random_moments_ends_exact(tmp_path: Path, undisturbed: Path) -> None:
    chance = random.Random(20_260_901)  # noqa: S311 - moments to kill at
    killed = 0
    while killed < KILLS:
        writer = start_writer(tmp_path, chance.choice([7, 31, 100]))
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        timer = threading.Timer(chance.uniform(0.0, 0.4), writer.kill)
        timer.start()
        code = writer.wait()
        timer.cancel()
        writer.stdout.close()
        assert code in {0, -signal.SIGKILL}
        if code == 0:
            break
        killed += 1
    main(str(tmp_path), 200, "")
    assert killed >= KILLS, "the log was landed before the writer was killed often enough; make it longer"
    assert_equal(tmp_path, undisturbed)


@pytest.mark.parametrize("table", TABLES)
def test_a_crash_before_the_commit_of_any_table_ends_exact(tmp_path: Path, undisturbed: Path, table: str) -> None:
    for _ in range(2):
        writer = start_writer(tmp_path, 100, table)
        writer.communicate()
        assert writer.returncode == -signal.SIGKILL
    lake = DeltaLake(tmp_path)
    before, after = TABLES[: TABLES.index(table)], TABLES[TABLES.index(table) :]
    stands = {each: lake.next_offsets(each, [tp()]).get(tp(), 0) for each in TABLES}
    assert all(stands[early] > stands[late] for early in before for late in after)
    main(str(tmp_path), 130, "")
    assert_equal(tmp_path, undisturbed)


def test_a_torn_file_that_no_commit_names_is_harmless(tmp_path: Path, undisturbed: Path) -> None:
    main(str(tmp_path), 1_000, "")
    for table in TABLES:
        whole = Path(DeltaLake(tmp_path).files(table)[0])
        (whole.parent / "part-torn.zstd.parquet").write_bytes(whole.read_bytes()[:1_000])
    main(str(tmp_path), 1_000, "")
    DeltaLake(tmp_path).compact("events")
    assert_equal(tmp_path, undisturbed)
