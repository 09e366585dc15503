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
