"""A lake as the log of record: its rows in the order in which they were landed, partition by partition."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

import duckdb
import pyarrow as pa

from pipeline.domain.lake_tables import TABLES
from pipeline.ports import TopicPartition
from warehouse.lake import DeltaLake
from warehouse.lake_relations import parquet_rows
from warehouse.landed_cases import runs

_LOGS: Final = "select distinct partition, log from read_parquet($files) order by all"
_PLACES: Final = """
    select log, "offset", epoch_us(recordedtime) as recorded_us
    from read_parquet($files) semi join (select unnest($logs) as l, unnest($befores) as b) as ends
        on log = l and "offset" < b
    where partition = $partition
"""
_ROWS: Final = """
    select * from {rows}
    where partition = $partition and log = $log and "offset" >= $begin and "offset" < $end
    order by "offset"
"""


class RecordedLake:
    """The `LogOfRecord` that a lake is."""

    def __init__(self, lake: DeltaLake, *, threads: int = 2, memory: str = "1GB") -> None:
        """`threads` and `memory` bound what one call of DuckDB may use."""
        self._lake = lake
        self._options: dict[str, str | bool | int | float | list[str]] = {"threads": threads, "memory_limit": memory}

    def logs(self, table: str) -> dict[int, list[str]]:
        """See `LogOfRecord.logs`."""
        logs: dict[int, list[str]] = {}
        files = self._lake.files(table)
        if files:
            with duckdb.connect(":memory:", config=self._options) as connection:
                for partition, log in connection.execute(_LOGS, {"files": files}).fetchall():
                    logs.setdefault(partition, []).append(log)
        return logs

    def next_offsets(self, table: str, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """See `LogOfRecord.next_offsets`."""
        return self._lake.next_offsets(table, partitions)

    def rows(self, table: str, partition: int, before: Mapping[str, int]) -> Iterator[pa.Table]:
        """See `LogOfRecord.rows`."""
        files = self._lake.files(table)
        if not files or not before:
            return
        with duckdb.connect(":memory:", config=self._options) as connection:
            values = {"files": files, "partition": partition, "logs": list(before), "befores": list(before.values())}
            for log, begin, end in runs(connection.sql(_PLACES, params=values).to_arrow_table()):
                run = {"files": files, "partition": partition, "log": log, "begin": begin, "end": end}
                rows = connection.sql(_ROWS.format(rows=parquet_rows(table)), params=run).to_arrow_table()
                yield rows.select(TABLES[table].names).cast(TABLES[table])
