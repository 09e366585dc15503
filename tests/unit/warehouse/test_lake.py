"""What only the Delta lake promises: durability, privacy of its log, company of other writers, and plain refusals."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from pipeline.domain.errors import DependencyError
from pipeline.domain.lake_tables import DEAD_LETTERS, DUPLICATES, EVENTS, STATISTICS, TABLES
from pipeline.domain.privacy import Privacy
from pipeline.ports import Span
from pipeline.services.ledger_rows import event_rows
from tests.log_builders import START, a_batch, a_logged_event, tp
from warehouse.compaction import groups
from warehouse.lake import DeltaLake

REPOSITORY = Path(__file__).parents[3]


def some_events(begin: int, count: int, partition: int = 0) -> pa.Table:
    values = [a_logged_event(at, partition=partition) for at in range(begin, begin + count)]
    return event_rows(a_batch(values, begin, partition=partition))


def land(lake: DeltaLake, begin: int, count: int = 1, partition: int = 0) -> bool:
    span = {tp(partition): Span(begin, begin + count)}
    return bool(lake.append("events", some_events(begin, count, partition), span))


def offsets(lake: DeltaLake) -> list[tuple[int, int]]:
    rows = [pq.read_table(file, columns=["partition", "offset"]).to_pydict() for file in lake.files("events")]
    return sorted(pair for each in rows for pair in zip(each["partition"], each["offset"], strict=True))


def test_only_plain_columns_may_have_statistics() -> None:
    for table, schema in TABLES.items():
        for name in STATISTICS[table]:
            assert schema.field(name).metadata[b"privacy"].decode() == Privacy.PLAIN.value


def test_the_log_and_the_file_footers_hold_nothing_private(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    private: dict[str, Any] = {
        "subject": "customer-4711",
        "data": {"channel": "email", "text": "Meine Katze", "case_id": "C-4711"},
    }
    values = [a_logged_event(0, "id-4711", partitionkey="key-4711", **private)]
    lake.append("events", event_rows(a_batch(values)), {tp(): Span(0, 1)})
    log = b"".join(path.read_bytes() for path in (tmp_path / "events" / "_delta_log").glob("*.json"))
    assert b"4711" not in log
    assert b"Katze" not in log
    footer = pq.ParquetFile(lake.files("events")[0]).metadata.row_group(0)
    named = {footer.column(at).path_in_schema for at in range(footer.num_columns) if footer.column(at).statistics}
    assert named == set(STATISTICS["events"])


def test_statistics_bound_the_rows_and_prune(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    odd = START + timedelta(microseconds=1_501)
    lake.append("events", event_rows(a_batch([a_logged_event(0, time=odd)])), {tp(): Span(0, 1)})
    actions = pa.table(DeltaTable(tmp_path / "events").get_add_actions(flatten=True)).to_pylist()[0]
    assert actions["num_records"] == 1
    assert actions["min.time"] <= odd <= actions["max.time"]
    assert actions["max.time"] - actions["min.time"] <= timedelta(milliseconds=1)
    assert (actions["min.offset"], actions["max.offset"]) == (0, 0)


def test_writers_in_several_threads_and_lakes_lose_nothing(tmp_path: Path) -> None:
    def write(partition: int) -> None:
        lake = DeltaLake(tmp_path, compact_every=5)
        for at in range(0, 24, 2):
            assert land(lake, at, 2, partition)

    threads = [threading.Thread(target=write, args=(partition,)) for partition in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lake = DeltaLake(tmp_path)
    assert offsets(lake) == [(partition, at) for partition in range(3) for at in range(24)]
    partitions = [tp(partition) for partition in range(3)]
    assert lake.next_offsets("events", partitions) == dict.fromkeys(partitions, 24)


def test_upkeep_removes_old_files_and_log_entries_but_neither_rows_nor_offsets(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path, compact_every=1_000, keep_removed=timedelta(0), keep_log=timedelta(0))
    for at in range(12):
        land(lake, at)
    for _ in range(2):
        lake.compact("events")
    folder = tmp_path / "events"
    assert len(list(folder.glob("*.parquet"))) == len(lake.files("events")) == 1
    assert not (folder / "_delta_log" / f"{3:020}.json").exists()
    again = DeltaLake(tmp_path)
    assert again.next_offsets("events", [tp()]) == {tp(): 12}
    assert offsets(again) == [(0, at) for at in range(12)]
    assert land(again, 12)


def test_a_list_of_files_stays_readable_after_compaction(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    for at in range(4):
        land(lake, at)
    before = lake.files("events")
    lake.compact("events")
    assert len(before) == 4
    assert len(lake.files("events")) == 1
    assert sum(pq.read_table(file).num_rows for file in before) == 4


def test_small_files_join_small_files_and_finished_ones_are_left_alone() -> None:
    sizes = [("done", 60_000_000), ("big", 20_000_000), ("a", 10), ("b", 20), ("c", 30)]
    assert groups(sizes, 64_000_000) == [["a", "b", "c"]]
    assert groups([("a", 10)], 64_000_000) == []
    grown = [(str(at), 9_000_000) for at in range(5)]
    assert groups([*grown, ("tiny", 900_000)], 64_000_000) == []


def test_a_path_with_spaces_and_letters_of_any_script_works(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path / "мій дім 100%")
    land(lake, 0)
    assert offsets(lake) == [(0, 0)]


def test_a_lake_below_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DependencyError, match="cannot be written"):
        land(DeltaLake(tmp_path / "file"), 0)


def test_a_full_disk_is_said_and_nothing_is_left_behind(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    land(lake, 0)
    before = sorted((tmp_path / "events").glob("*.parquet"))
    code = f"""
import resource, signal
from tests.unit.warehouse.test_lake import *
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
lake = DeltaLake(Path({str(tmp_path)!r}))
rows = some_events(1, 50)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
try:
    lake.append("events", rows, {{tp(): Span(1, 51)}})
except DependencyError as error:
    assert "limit" in str(error), error
    raise SystemExit(3)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert sorted((tmp_path / "events").glob("*.parquet")) == before
    assert land(lake, 1)


def test_every_table_can_be_made_and_read_back_empty(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    for table, schema in (("events", EVENTS), ("duplicates", DUPLICATES), ("dead_letters", DEAD_LETTERS)):
        assert lake.files(table) == []
        assert lake.append(table, schema.empty_table(), {tp(): Span(0, 5)}) == {tp()}
        assert lake.files(table) == []


def test_a_lake_that_others_cleaned_up_meanwhile_is_read_from_its_checkpoint(tmp_path: Path) -> None:
    asleep = DeltaLake(tmp_path)
    land(asleep, 0)
    busy = DeltaLake(tmp_path, compact_every=1_000)
    for at in range(1, 6):
        land(busy, at)
    busy.compact("events")
    for entry in sorted((tmp_path / "events" / "_delta_log").glob("0*.json"))[:-1]:
        entry.unlink()
    assert asleep.next_offsets("events", [tp()]) == {tp(): 6}
    assert land(asleep, 6)
    assert offsets(asleep) == [(0, at) for at in range(7)]


def test_a_damaged_log_is_said_in_one_sentence(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    land(lake, 0)
    for entry in (tmp_path / "events" / "_delta_log").iterdir():
        entry.write_bytes(b"\x00" * 40)
    with pytest.raises(DependencyError, match="log is damaged"):
        DeltaLake(tmp_path).files("events")
