"""The ledger on a real lake, without a broker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.domain.errors import FatalError
from pipeline.domain.lake_tables import TABLES
from pipeline.services.ledger import Ledger
from tests.log_builders import LETTERS_TOPIC, START, a_batch, a_letter, a_logged_event, tp
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    return DeltaLake(tmp_path / "lake")


@pytest.fixture
def ledger(lake: DeltaLake) -> Ledger:
    return a_ledger(lake)


def a_ledger(lake: DeltaLake, *, live_windows: int = 200_000) -> Ledger:
    return Ledger(lake, LakeRows(lake), live_windows=live_windows)


def held(lake: DeltaLake, table: str) -> list[dict[str, Any]]:
    parts = [pq.read_table(file) for file in lake.files(table)]
    rows: list[dict[str, Any]] = pa.concat_tables([TABLES[table].empty_table(), *parts]).to_pylist()
    return sorted(rows, key=lambda row: (row["partition"], row["offset"]))


def inbox_offsets(lake: DeltaLake, table: str) -> list[int]:
    return [row["inbox_offset"] for row in held(lake, table)]


def some_events(*inbox: tuple[int, str]) -> Sequence[bytes]:
    return [a_logged_event(offset, identity) for offset, identity in inbox]


def test_first_of_an_identity_is_accepted_and_others_are_duplicates(ledger: Ledger, lake: DeltaLake) -> None:
    ledger.assign([tp()])
    landed = ledger.land([a_batch(some_events((0, "a"), (1, "b"), (2, "a"))), a_batch(some_events((3, "b")), 3)])
    assert (landed.accepted, landed.duplicates, landed.replays) == (2, 2, 0)
    assert inbox_offsets(lake, "events") == [0, 1]
    assert inbox_offsets(lake, "duplicates") == [2, 3]


def test_a_record_that_intake_wrote_again_changes_nothing(ledger: Ledger, lake: DeltaLake) -> None:
    events = some_events((0, "a"), (1, "b"), (2, "a"))
    ledger.land([a_batch(events)])
    landed = ledger.land([a_batch(events, 3)])
    assert (landed.accepted, landed.duplicates, landed.replays) == (0, 0, 3)
    assert inbox_offsets(lake, "events") == [0, 1]
    assert inbox_offsets(lake, "duplicates") == [2]


def test_another_ledger_resumes_where_the_lake_stands_and_remembers(ledger: Ledger, lake: DeltaLake) -> None:
    ledger.land([a_batch(some_events((0, "a"), (1, "a")))])
    successor = a_ledger(lake)
    assert successor.assign([tp(), tp(1)]) == {tp(): 2, tp(1): 0}
    landed = successor.land([a_batch(some_events((0, "a"), (1, "a"), (5, "a"), (6, "new")), 2)])
    assert (landed.accepted, landed.duplicates, landed.replays) == (1, 1, 2)


def test_a_batch_that_somebody_else_landed_is_dropped(ledger: Ledger, lake: DeltaLake) -> None:
    zombie = a_ledger(lake)
    zombie.assign([tp()])
    ledger.land([a_batch(some_events((0, "a"), (1, "b"), (2, "c")))])
    landed = zombie.land([a_batch(some_events((0, "a"), (1, "b")))])
    assert (landed.accepted, landed.stale, landed.metrics) == (0, 2, {})
    landed = zombie.land([a_batch(some_events((2, "c"), (3, "d")), 2)])
    assert (landed.accepted, landed.stale) == (1, 1)
    assert inbox_offsets(lake, "events") == [0, 1, 2, 3]


def test_a_hole_is_fatal(ledger: Ledger, lake: DeltaLake) -> None:
    ledger.land([a_batch(some_events((0, "a")))])
    with pytest.raises(FatalError, match="hole"):
        ledger.land([a_batch(some_events((2, "c")), 2)])
    assert inbox_offsets(lake, "events") == [0]


def test_an_identity_is_forgotten_after_the_horizon(lake: DeltaLake) -> None:
    late = [a_logged_event(at, "a", recorded=START + timedelta(days=days)) for at, days in enumerate((0, 30, 61, 62))]
    together, apart = a_ledger(lake), a_ledger(DeltaLake(lake.root / "other"))
    together.land([a_batch(late)])
    for at, value in enumerate(late):
        apart.land([a_batch([value], at)])
    assert inbox_offsets(lake, "events") == [0, 2]
    assert inbox_offsets(DeltaLake(lake.root / "other"), "events") == [0, 2]


def test_columns_of_an_event(ledger: Ledger, lake: DeltaLake) -> None:
    data = {"channel": "email", "text": "secret words", "category": "billing_price", "attributes": {"a": None}}
    ledger.land([a_batch([a_logged_event(7, "x", data=data, subject="s-1", traceparent="00-1", sequence=4)])])
    (row,) = held(lake, "events")
    assert row["category"] == "billing_price"  # stated by the channel, so it wins
    assert row["record_class"] == "complaint"
    assert row["text"] == "secret words"
    assert json.loads(row["data"]) == {"channel": "email", "category": "billing_price", "attributes": {"a": None}}
    assert json.loads(row["extensions"]) == {"traceparent": "00-1", "sequence": 4}
    assert row["case_id"]
    assert (row["subject"], row["inbox_offset"], row["offset"]) == ("s-1", 7, 0)
    assert row["time"] == START + timedelta(minutes=7)


def test_instants_of_any_rfc_3339_form(ledger: Ledger, lake: DeltaLake) -> None:
    forms = ["2026-09-01T10:00:00Z", "2026-09-01T12:00:00+02:00", "2026-09-01t10:00:00.0000000z"]
    ledger.land([a_batch([a_logged_event(at, time=form) for at, form in enumerate(forms)])])
    assert [row["time"] for row in held(lake, "events")] == [START] * 3


def test_a_value_that_intake_never_writes_stops_the_ledger_by_offset_not_by_content(ledger: Ledger) -> None:
    with pytest.raises(FatalError, match="value 1") as raised:
        ledger.land([a_batch([a_logged_event(0), b'{"id": "secret"}'])])
    assert "secret" not in str(raised.value)


def test_metrics_are_totals_of_what_the_lake_holds(lake: DeltaLake) -> None:
    ledger = a_ledger(lake)
    first = ledger.land([a_batch([a_logged_event(0, time=START), a_logged_event(1, time=START)])])
    second = ledger.land([a_batch([a_logged_event(2, time=START)], 2)])
    (key,) = second.metrics[0].keys
    assert key == first.metrics[0].keys[0]
    assert json.loads(key or b"") == [int(START.timestamp()) * 1_000_000, "email", "delivery", 0]
    value = json.loads(second.metrics[0].values[0] or b"")
    assert (value["events"], value["complaints"], value["rating_sum"]) == (3, 3, 6.0)
    successor = a_ledger(lake)
    successor.assign([tp()])
    assert successor.metrics_since({tp(): 2}) == {0: second.metrics[0]}
    assert successor.metrics_since({tp(): 3}) == {}


def test_windows_that_left_memory_come_back_whole(lake: DeltaLake) -> None:
    small, large = a_ledger(lake, live_windows=2), a_ledger(DeltaLake(lake.root / "other"))
    for at, hours in enumerate([5, 0, 9, 3, 0, 5, -500_000, 9, -500_000, 0, 7, 3, 3, 12, 5]):
        batch = a_batch([a_logged_event(at, time=START + timedelta(hours=hours))], at)
        assert small.land([batch]).metrics == large.land([batch]).metrics
        if at % 4 == 3:
            small.assign([tp()])


def test_a_letter_lands_once_for_its_inbox_record_and_each_time_for_a_file(ledger: Ledger, lake: DeltaLake) -> None:
    headers = [a_letter(3), a_letter(None), a_letter(3), a_letter(4), a_letter(None)]
    batch = a_batch([b"bad"] * 5, topic=LETTERS_TOPIC, headers=headers)
    landed = ledger.land_dead_letters([batch])
    assert (landed.dead_letters, landed.replays) == (4, 1)
    successor = a_ledger(lake)
    assert successor.assign_dead_letters([tp(0, LETTERS_TOPIC)]) == {tp(0, LETTERS_TOPIC): 5}
    again = successor.land_dead_letters([a_batch([b"bad"], 5, topic=LETTERS_TOPIC, headers=[a_letter(4)])])
    assert (again.dead_letters, again.replays) == (0, 1)
    rows = held(lake, "dead_letters")
    assert [row["inbox_offset"] for row in rows] == [3, None, 4, None]
    assert len({row["letter_key"] for row in rows}) == 3  # the file's row is the same one twice
    assert {row["original"] for row in rows} == {b"bad"}
