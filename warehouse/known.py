"""What was known at a moment: which rows of the lake count, by when they were recorded and how far the logs had landed.

Rows are recorded in the order of their partition, but partitions land independently. A publication says how far each
had landed (its stands); asked again at the very moment that it printed, only rows before its stands count, so that a
record that was on its way then does not slip in. At any other moment `recordedtime` alone decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
import msgspec

from pipeline.domain.lake_tables import TABLES

MOMENT: Final = {
    table: "known_at" if "known_at" in schema.names else "recordedtime" for table, schema in TABLES.items()
}
"""The column that says when a row of each table was learnt."""

LOGGED: Final = {table: "events" if moment == "known_at" else table for table, moment in MOMENT.items()}
"""The table whose stands a row's place is held to: what is derived from events goes no further than they."""


class Stand(msgspec.Struct, frozen=True, array_like=True):
    """The offset that a table had landed up to in one partition of one log."""

    table: str
    log: str
    partition: int
    next_offset: int


@dataclass(frozen=True, slots=True)
class Known:
    """Up to which moment, and up to which stands; None for no bound."""

    at: datetime | None = None
    stands: tuple[Stand, ...] | None = None


EVERYTHING: Final = Known()


def attach_stands(connection: duckdb.DuckDBPyConnection, known: Known) -> None:
    """Make `lake_stand` in `connection`: those of `known`, else how far the `landed_…` relations go now."""
    connection.execute(
        """
        create or replace temp table lake_stand (
            "table" varchar, log varchar, "partition" integer, next_offset bigint
        )
        """
    ).fetchall()
    if known.stands is not None:
        if known.stands:
            rows = [[stand.table, stand.log, stand.partition, stand.next_offset] for stand in known.stands]
            connection.executemany("insert into lake_stand values (?, ?, ?, ?)", rows)
        return
    for table in sorted(set(LOGGED.values())):
        connection.execute(
            f"""
            insert into lake_stand
            select '{table}', log, "partition", max("offset") + 1 from landed_{table} group by log, "partition"
            """  # noqa: S608 - names of the lake's tables
        ).fetchall()


def stands_of(connection: duckdb.DuckDBPyConnection) -> list[Stand]:
    """What `attach_stands` made, in a fixed order."""
    query = 'select "table", log, "partition", next_offset from lake_stand order by all'
    return [Stand(*row) for row in connection.execute(query).fetchall()]


def known_rows(table: str, known: Known) -> str:
    """SELECT of the rows of `landed_<table>` that count."""
    conditions = []
    if known.at is not None:
        conditions.append(f"{MOMENT[table]} <= timestamptz '{known.at.isoformat()}'")
    if known.stands is not None or LOGGED[table] != table:
        placed = f'lake_stand.log = landed_{table}.log and lake_stand."partition" = landed_{table}."partition"'
        conditions.append(
            f"exists (select 1 from lake_stand where lake_stand.\"table\" = '{LOGGED[table]}' and {placed} "  # noqa: S608 - names of the lake's tables
            f'and landed_{table}."offset" < lake_stand.next_offset)'
        )
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return f"select * from landed_{table}{where}"  # noqa: S608 - the lake's tables and columns, and an ISO instant
