"""Rows of cases read back from `events`: what a partition's open cases are folded from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.lake_tables import EVENTS
from pipeline.domain.logs import landed_order, log_of
from pipeline.domain.windows import FEEDBACK_TYPE
from pipeline.ports import TopicPartition
from warehouse.lake_relations import parquet_rows

ROWS_AT_ONCE: Final = 50_000
"""How many rows one table of `case_rows` holds; a case's row without its text takes some 300 bytes."""

_OF_CASES: Final = f"""
    case_id is not null
    and (starts_with(type, 'vidhuk.complaint.') or (type = '{FEEDBACK_TYPE}' and record_class = 'complaint'))
"""
_COLUMNS: Final = ", ".join("null::varchar as text" if name == "text" else f'"{name}"' for name in EVENTS.names)
"""No rule of a case's life looks at what somebody wrote."""

_EVENTS: Final = parquet_rows("events")
_PLACES: Final = f"""
    select e.log, e."offset", epoch_us(e.recordedtime) as recorded_us
    from {_EVENTS} as e
    left join (select unnest($logs) as log, unnest($froms) as "from") as s using (log)
    where e.partition = $partition and e."offset" >= coalesce(s."from", 0)
        and (e.log <> $log or e."offset" < $before) and {_OF_CASES}
"""  # noqa: S608 - built from constants of this module; every value is a parameter
_RUN: Final = f"""
    select {_COLUMNS} from {_EVENTS}
    where partition = $partition and log = $log and "offset" >= $begin and "offset" < $end and {_OF_CASES}
    order by "offset"
"""  # noqa: S608 - the same
_OF_THESE: Final = f"""
    select distinct "offset" from {_EVENTS} where case_id in (select unnest($cases))
"""  # noqa: S608 - the same
_HISTORIES: Final = f"""
    select {_COLUMNS} from {_EVENTS} as e
    semi join (select unnest($partitions) as p, unnest($cases) as c) as wanted
        on wanted.p = e.partition and wanted.c = e.case_id
    semi join (select unnest($stand_partitions) as p, unnest($logs) as l, unnest($befores) as b) as stands
        on stands.p = e.partition and stands.l = e.log and e."offset" < stands.b
    where e."offset" in (select unnest($offsets)) and e."offset" between $first and $last and {_OF_CASES}
"""  # noqa: S608 - the same

Run = tuple[str, int, int]
"""Log id, and the offsets [begin, end) of rows that were landed one after another."""


def case_rows(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[str],
    tp: TopicPartition,
    since: Mapping[str, int],
    before: int,
) -> Iterator[pa.Table]:
    """See `LandedRows.case_rows`; `files` are those of one snapshot of `events`."""
    values = {
        "files": files,
        "partition": tp.partition,
        "log": log_of(tp.topic),
        "before": before,
        "logs": list(since),
        "froms": list(since.values()),
    }
    places = connection.sql(_PLACES, params=values).to_arrow_table()
    for log, begin, end in runs(places):
        answer = connection.sql(
            _RUN, params={"files": files, "partition": tp.partition, "log": log, "begin": begin, "end": end}
        )
        yield answer.to_arrow_table().cast(EVENTS)


def case_histories(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[str],
    case_ids: Mapping[TopicPartition, Collection[str]],
    stands: Mapping[TopicPartition, Mapping[str, int]],
) -> dict[TopicPartition, pa.Table]:
    """See `LandedRows.case_histories`."""
    wanted = [(tp.partition, case) for tp, cases in case_ids.items() for case in cases]
    bounds = [(tp.partition, log, before) for tp in case_ids for log, before in stands[tp].items()]
    if not wanted or not bounds:
        return {}
    partitions, cases = (list(column) for column in zip(*wanted, strict=True))
    stand_partitions, logs, befores = (list(column) for column in zip(*bounds, strict=True))
    values = {"files": files, "partitions": partitions, "cases": cases}
    values |= {"stand_partitions": stand_partitions, "logs": logs, "befores": befores}
    # most of these cases have no history at all, and to see that takes two columns
    places = connection.sql(_OF_THESE, params={"files": files, "cases": cases}).to_arrow_table()
    if not places.num_rows:
        return {}
    offsets = places.column("offset").sort().to_pylist()
    values |= {"offsets": offsets, "first": offsets[0], "last": offsets[-1]}
    found = connection.sql(_HISTORIES, params=values).to_arrow_table().cast(EVENTS)
    histories: dict[TopicPartition, pa.Table] = {}
    for tp in case_ids:
        mine = found.filter(pc.equal(found.column("partition"), tp.partition))
        if mine.num_rows:
            histories[tp] = mine.take(_order(mine))
    return histories


def runs(places: pa.Table) -> Iterator[Run]:
    """Stretches of rows of one log that were landed one after another, at most `ROWS_AT_ONCE` rows each.

    `places` has the columns `log`, `offset` and `recorded_us` of one partition number.
    """
    order = landed_order(
        places.column("log"), places.column("offset").to_numpy(), places.column("recorded_us").to_numpy()
    )
    ordered = places.take(order)
    logs = ordered.column("log").to_pylist()
    offsets: NDArray[np.int64] = ordered.column("offset").to_numpy()
    begin = 0
    for at in range(1, len(logs) + 1):
        if at == len(logs) or at - begin == ROWS_AT_ONCE or logs[at] != logs[begin]:
            yield logs[begin], int(offsets[begin]), int(offsets[at - 1]) + 1
            begin = at


def _order(rows: pa.Table) -> NDArray[np.intp]:
    recorded_us = rows.column("recordedtime").cast(pa.int64()).to_numpy()
    return landed_order(rows.column("log"), rows.column("offset").to_numpy(), recorded_us)
