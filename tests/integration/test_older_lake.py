"""A lake that an older Vidhuk wrote, without the newest columns, is read, appended to and published as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from pipeline.domain.lake_tables import EVENTS, STATISTICS
from pipeline.ports import Span, TopicPartition
from tests.lakes import a_table, an_event
from warehouse.lake import DeltaLake
from warehouse.models import load_models
from warehouse.published import built_aside, snapshot
from warehouse.recorded import RecordedLake

NEWEST = ("severity", "confidence")
TP = TopicPartition("feedback.events", 0)


@pytest.fixture
def older(tmp_path: Path) -> DeltaLake:
    """One event in a table that has not heard of the newest columns."""
    schema = pa.schema([field for field in EVENTS if field.name not in NEWEST])
    folder = tmp_path / "lake" / "events"
    statistics = {"delta.dataSkippingStatsColumns": ",".join(STATISTICS["events"])}
    table = DeltaTable.create(folder, schema, name="events", configuration=statistics)
    write_deltalake(table, a_table("events", [an_event(0)]).drop_columns(NEWEST).cast(schema), mode="append")
    return DeltaLake(tmp_path / "lake")


def published(lake: DeltaLake) -> list[tuple[Any, ...]]:
    with built_aside(lake.root.parent / "area", snapshot(lake), load_models()) as building:
        path = building.path
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("select event_id, severity, model from fct_feedback order by event_id").fetchall()


def append_one(lake: DeltaLake) -> None:
    lake.append("events", a_table("events", [an_event(1, severity=4, model="default-1+0")]), {TP: Span(0, 2)})


def test_it_is_published_with_nulls_where_it_says_nothing(older: DeltaLake) -> None:
    assert published(older) == [("e-0", None, None)]


def test_what_is_appended_has_all_columns_beside_what_was_there(older: DeltaLake) -> None:
    append_one(older)
    assert published(older) == [("e-0", None, None), ("e-1", 4, "default-1+0")]


def test_after_an_append_other_engines_see_the_new_columns_too(older: DeltaLake) -> None:
    append_one(older)
    fields = {field.name for field in DeltaTable(older.root / "events").schema().fields}
    assert set(NEWEST) <= fields


def test_compacting_keeps_every_row(older: DeltaLake) -> None:
    append_one(older)
    older.compact("events")
    assert published(older) == [("e-0", None, None), ("e-1", 4, "default-1+0")]
    assert sum(pq.read_metadata(file).num_rows for file in older.files("events")) == 2


def test_its_history_can_be_folded_again(older: DeltaLake) -> None:
    append_one(older)
    rows = list(RecordedLake(older).rows("events", 0, {"log": 2}))
    assert [row["severity"] for table in rows for row in table.to_pylist()] == [None, 4]
