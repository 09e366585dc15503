"""Dead letters as people look at them: why, and where the original is; never the original itself."""

from __future__ import annotations

from typing import Any, Final

import duckdb

from warehouse.lake import DeltaLake

LIST_SQL: Final = """
    select
        recordedtime as recorded_at, reason, field, sentence,
        case
            when inbox_offset is not null then 'inbox/' || inbox_partition || '@' || inbox_offset
            else coalesce(file, '?') || ':' || coalesce(line, 0)
        end as origin,
        octet_length(original) as size_bytes
    from read_parquet($files, union_by_name := true)
    where $reason is null or reason = $reason
    order by recordedtime desc, origin
    limit $limit
"""
COUNT_SQL: Final = """
    select reason, count(*) as n from read_parquet($files, union_by_name := true)
    where $reason is null or reason = $reason
    group by reason order by n desc, reason
"""


def list_letters(lake: DeltaLake, *, reason: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """The newest letters first: `recorded_at`, `reason`, `field`, `sentence`, `origin`, `size_bytes`.

    The origin is `inbox/PARTITION@OFFSET`, or `FILE:LINE` for a row that never reached the inbox.
    """
    return _query(lake, LIST_SQL, {"reason": reason, "limit": limit})


def count_letters(lake: DeltaLake, *, reason: str | None = None) -> dict[str, int]:
    """How many letters there are by reason, most first."""
    return {row["reason"]: row["n"] for row in _query(lake, COUNT_SQL, {"reason": reason})}


def _query(lake: DeltaLake, sql: str, values: dict[str, object]) -> list[dict[str, Any]]:
    files = lake.files("dead_letters")
    if not files:
        return []
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("set timezone = 'UTC'")
        cursor = connection.execute(sql, {**values, "files": files})
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
