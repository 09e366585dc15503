"""What became of published inputs, counted by DuckDB over the lake's files: `LandedCounts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb

from pipeline.ports import InboxCounts, Span
from warehouse.lake import DeltaLake

_TABLES: Final = ("events", "duplicates", "dead_letters")
_SPANS: Final = """
    select unnest($partitions)::bigint as partition, unnest($begins)::bigint as begins, unnest($ends)::bigint as ends
"""
_FOUND: Final = f"""
    with spans as ({_SPANS}),
    landed as ({{landed}}),
    mine as (
        select l.home, l.partition, l.place
        from landed as l
        where exists (
            select 1 from spans as s where s.partition = l.partition and l.place >= s.begins and l.place < s.ends
        )
    ),
    places as (select partition, place, count(*) as times from mine group by partition, place)
"""  # noqa: S608 - constants of this module
_COUNTS: Final = """
    select
        (select count(*) from mine where home = 'events'),
        (select count(*) from mine where home = 'duplicates'),
        (select count(*) from mine where home = 'dead_letters'),
        (select count(*) from places),
        (select count(*) from places where times > 1)
"""
_COUNT: Final = "select count(*) from mine"
_TWICE: Final = "select partition, place from places where times > 1 order by all limit $examples"
_MISSING: Final = """
    select s.partition, r.place
    from spans as s, lateral (select unnest(range(s.begins, s.ends)) as place) as r
    where not exists (select 1 from places as p where p.partition = s.partition and p.place = r.place)
    order by all limit $examples
"""


class LakeCounts:
    """`LandedCounts` of one lake, from its newest snapshot."""

    def __init__(self, lake: DeltaLake, *, inbox_log: str = "", letters_log: str = "") -> None:
        """Reads only. The ids say which logs of inbox and dead letters the spans count."""
        self._lake, self._inbox_log, self._letters_log = lake, inbox_log, letters_log

    def of_inbox(self, spans: Mapping[int, Sequence[Span]], examples: int) -> InboxCounts:
        """See `LandedCounts.of_inbox`."""
        expected = sum(span.next_offset - span.position for each in spans.values() for span in each)
        values: dict[str, Any] = _parameters(spans)
        parts = ["select ''::varchar as home, 0::bigint as partition, 0::bigint as place where false"]
        for table in _TABLES:
            files = self._lake.files(table)
            if files:
                values |= {table: files, "log": self._inbox_log}
                parts.append(
                    f"select '{table}', inbox_partition::bigint, inbox_offset from read_parquet(${table}) "  # noqa: S608 - constants
                    "where inbox_log = $log and inbox_offset is not null"
                )
        found = _FOUND.format(landed=" union all ".join(parts))
        with duckdb.connect(":memory:") as connection:
            row = connection.execute(found + _COUNTS, values).fetchone() or (0,) * 5
            accepted, duplicates, dead_letters, distinct, twice = row
            missing = expected - distinct
            faulty: list[tuple[int, int]] = []
            for wrong, query in ((twice, _TWICE), (missing, _MISSING)):
                if wrong:
                    faulty += connection.execute(found + query, {**values, "examples": examples}).fetchall()
        return InboxCounts(accepted, duplicates, dead_letters, missing, twice, tuple(faulty[:examples]))

    def of_files(self, spans: Mapping[int, Sequence[Span]]) -> int:
        """See `LandedCounts.of_files`."""
        files = self._lake.files("dead_letters")
        if not files or not spans:
            return 0
        landed = """
            select 'dead_letters' as home, partition::bigint as partition, "offset" as place
            from read_parquet($files) where log = $log and inbox_offset is null
        """
        with duckdb.connect(":memory:") as connection:
            found = _FOUND.format(landed=landed)
            values = {**_parameters(spans), "files": files, "log": self._letters_log}
            row = connection.execute(found + _COUNT, values).fetchone()
        return int(row[0]) if row else 0


def _parameters(spans: Mapping[int, Sequence[Span]]) -> dict[str, list[int]]:
    rows = [(partition, span.position, span.next_offset) for partition, each in spans.items() for span in each]
    return {
        "partitions": [partition for partition, _, _ in rows],
        "begins": [begins for _, begins, _ in rows],
        "ends": [ends for _, _, ends in rows],
    }
