"""The lake's tables as DuckDB sees them: their columns, and a relation without rows for a table never written."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from pipeline.domain.lake_tables import INSTANT, TABLES

_TYPES: Final = {
    pa.int64(): "bigint",
    pa.int32(): "integer",
    pa.int16(): "smallint",
    pa.int8(): "tinyint",
    pa.string(): "varchar",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.binary(): "blob",
    INSTANT: "timestamptz",
}

TABLE_COLUMNS: Final = {table: {field.name: _TYPES[field.type] for field in schema} for table, schema in TABLES.items()}
"""DuckDB type of each column of each lake table."""

EMPTY: Final = {
    table: "select " + ", ".join(f'null::{kind} as "{name}"' for name, kind in columns.items()) + " where false"
    for table, columns in TABLE_COLUMNS.items()
}
"""A SELECT of no rows with the right columns, by table."""


def all_columns(table: str, rows: str) -> str:
    """SELECT of a table's columns from the SELECT `rows`; what an older version of Vidhuk did not write yet is null."""
    names = ", ".join(f'"{name}"' for name in TABLE_COLUMNS[table])
    return f"select {names} from ({EMPTY[table]} union all by name {rows})"  # noqa: S608 - names and SELECTs of ours


def parquet_rows(table: str) -> str:
    """A relation of all rows in the table's Parquet files `$files`, with all its columns."""
    return "(" + all_columns(table, "from read_parquet($files, union_by_name := true)") + ")"
