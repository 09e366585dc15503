"""Marts under audit: the queries of the expectations, run on a DuckDB connection."""

from __future__ import annotations

import duckdb


class MartRunner:
    """A `QueryRunner` on one connection; every result is read to its end."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """All rows. A query that cannot run gives its kind of error only: DuckDB's messages may quote a value."""
        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise LookupError(f"the query ended with a DuckDB {type(error).__name__}") from error

    def columns(self, mart: str) -> list[tuple[str, str]]:
        """Names and types in order; empty when there is no such mart."""
        return self._connection.execute(
            "select column_name, data_type from duckdb_columns() where table_name = ? and not internal "
            "order by column_index",
            [mart],
        ).fetchall()
