"""What the ledger reads back from the lake when it takes a partition over: `LandedRows` on DuckDB over file lists."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import duckdb
import pyarrow as pa

from pipeline.domain.keyset import DAY_US
from pipeline.domain.logs import log_of
from pipeline.domain.windows import CELL_SCHEMA, FEEDBACK_TYPE, RATING_LIMIT, RATING_UNITS
from pipeline.ports import TopicPartition
from warehouse import landed_cases
from warehouse.lake import DeltaLake

_EVENT_KEY: Final = {"events": "event_key", "duplicates": "event_key", "dead_letters": "null::bigint"}
_KEYS: Final = pa.schema(
    [
        ("event_key", pa.int64()),
        ("inbox_log", pa.string()),
        ("inbox_offset", pa.int64()),
        ("recorded_us", pa.int64()),
    ]
)
_KEYED_CELLS: Final = pa.schema([pa.field("partition", pa.int64()), *CELL_SCHEMA])

_COUNTED: Final = f"""
    with placed as (
        select
            e.partition::bigint as partition,
            epoch_us(e.time) - ((epoch_us(e.time) % $window) + $window) % $window as window_start_us,
            coalesce(e.channel, '') as channel,
            coalesce(e.category, '') as category,
            e.log,
            e."offset" as place,
            e.type = $feedback as is_feedback,
            e.record_class, e.sentiment, e.safety,
            case when e.type = $feedback and isfinite(e.rating) and abs(e.rating) <= {RATING_LIMIT:.0f}
                 then e.rating end as rating
        from read_parquet($files) as e
    ), counted as (
        select
            partition, window_start_us, channel, category, max(place) filter (log = $log) as newest_at,
            count(*)::bigint as events,
            (count(*) filter (is_feedback))::bigint as feedback,
            (count(*) filter (is_feedback and record_class = 'complaint'))::bigint as complaints,
            (count(*) filter (is_feedback and sentiment = 'negative'))::bigint as negative,
            (count(*) filter (is_feedback and safety))::bigint as safety,
            count(rating)::bigint as rating_count,
            coalesce(sum(floor(rating * {RATING_UNITS} + 0.5)::bigint), 0)::bigint as rating_units
        from placed
        where {{rows}}
        group by partition, window_start_us, channel, category
    )
    select {{columns}} from counted {{rest}}
"""  # noqa: S608 - built from constants of this module; every value is a parameter
_BELOW: Final = "partition = $partition and (log <> $log or place < $before)"
_CELL: Final = ", ".join(CELL_SCHEMA.names)


class LakeRows:
    """`LandedRows` of one lake. Each call reads the newest snapshot, bounded by the offsets it is given."""

    def __init__(self, lake: DeltaLake, *, threads: int = 2, memory: str = "1GB") -> None:
        """`threads` and `memory` bound what one call of DuckDB may use."""
        self._lake = lake
        self._kept: duckdb.DuckDBPyConnection | None = None
        self._options: dict[str, str | bool | int | float | list[str]] = {"threads": threads, "memory_limit": memory}

    def keys(self, table: str, tp: TopicPartition, before: int, horizon_days: int) -> pa.Table:
        """See `LandedRows.keys`."""
        return self._query(
            table,
            f"""
            with mine as (
                select
                    {_EVENT_KEY[table]} as event_key, inbox_log, inbox_offset, epoch_us(recordedtime) as recorded_us,
                    log = $log as is_here, "offset" as place
                from read_parquet($files)
                where partition = $partition and (log <> $log or "offset" < $before) and inbox_offset is not null
            )
            select event_key, inbox_log, inbox_offset, recorded_us from mine
            where recorded_us >= (select max(recorded_us) from mine) - $horizon
            order by is_here, if(is_here, place, recorded_us)
            """,  # noqa: S608 - the column name is a constant of this module
            {**_where(tp, before), "horizon": (horizon_days + 1) * DAY_US},
            _KEYS,
        )

    def newest_cells(self, tp: TopicPartition, before: int, window_us: int, limit: int) -> pa.Table:
        """See `LandedRows.newest_cells`."""
        rest = """where window_start_us >= (
            select min(newest) from (
                select window_start_us as newest from counted order by newest desc limit $limit
            )
        )"""
        sql = _COUNTED.format(rows=_BELOW, columns=_CELL, rest=rest)
        values = {**_where(tp, before), "limit": limit, **_window(window_us)}
        return self._query("events", sql, values, CELL_SCHEMA)

    def cells(
        self,
        windows: Mapping[TopicPartition, Collection[int]],
        before: Mapping[TopicPartition, int],
        window_us: int,
    ) -> pa.Table:
        """See `LandedRows.cells`."""
        wanted = [(tp.partition, start, before[tp]) for tp, starts in windows.items() for start in starts]
        if not wanted:
            return _KEYED_CELLS.empty_table()
        sql = _COUNTED.format(
            rows="""exists (select 1 from (select unnest($partitions) as p, unnest($starts) as s, unnest($befores) as b)
                    where p = placed.partition and s = placed.window_start_us
                    and (placed.log <> $log or placed.place < b))""",
            columns=f"partition, {_CELL}",
            rest="",
        )
        partitions, starts, befores = (list(column) for column in zip(*wanted, strict=True))
        log = log_of(next(iter(windows)).topic)
        values = {"log": log, "partitions": partitions, "starts": starts, "befores": befores, **_window(window_us)}
        return self._query("events", sql, values, _KEYED_CELLS)

    def cells_since(self, tp: TopicPartition, since: int, before: int, window_us: int) -> pa.Table:
        """See `LandedRows.cells_since`."""
        sql = _COUNTED.format(rows=_BELOW, columns=_CELL, rest="where newest_at >= $since")
        values = {**_where(tp, before), "since": since, **_window(window_us)}
        return self._query("events", sql, values, CELL_SCHEMA)

    def case_rows(self, tp: TopicPartition, since: Mapping[str, int], before: int) -> Iterator[pa.Table]:
        """See `LandedRows.case_rows`."""
        files = self._lake.files("events")
        if files:
            with duckdb.connect(":memory:", config=self._options) as connection:
                yield from landed_cases.case_rows(connection, files, tp, since, before)

    def case_histories(
        self, case_ids: Mapping[TopicPartition, Collection[str]], stands: Mapping[TopicPartition, Mapping[str, int]]
    ) -> Mapping[TopicPartition, pa.Table]:
        """See `LandedRows.case_histories`."""
        files = self._lake.files("events")
        if not files or not any(case_ids.values()):
            return {}
        if self._kept is None:  # asked with every batch, and connecting takes longer than the question
            self._kept = duckdb.connect(":memory:", config=self._options)
        return landed_cases.case_histories(self._kept, files, case_ids, stands)

    def _query(self, table: str, sql: str, values: Mapping[str, object], schema: pa.Schema) -> pa.Table:
        files: Sequence[str] = self._lake.files(table)
        if not files:
            return schema.empty_table()
        with duckdb.connect(":memory:", config=self._options) as connection:
            answer: pa.Table = connection.sql(sql, params={**values, "files": files}).to_arrow_table()
            return answer.cast(schema)


def _where(tp: TopicPartition, before: int) -> dict[str, object]:
    return {"log": log_of(tp.topic), "partition": tp.partition, "before": before}


def _window(window_us: int) -> dict[str, object]:
    return {"window": window_us, "feedback": FEEDBACK_TYPE}
