"""Questions in SQL to the published warehouse, and their answers as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from pipeline.domain.errors import UsageError
from warehouse.connections import reading

BATCH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names, each once, and the rows in batches as JSON values; read it within the connection's block."""

    columns: tuple[str, ...]
    batches: Iterator[list[tuple[object, ...]]]


@contextmanager
def asking(path: Path, query: str, parameters: Sequence[object] = ()) -> Iterator[Answer]:
    """Run one SELECT on the published file `path`, which can read nothing else.

    Values come as JSON has them: dates and instants as ISO text, decimals as numbers, NaN and infinity as null,
    columns of type JSON as what they hold. Raises `UsageError` on a query that does not run, saying why.
    """
    with said_plainly(), reading(path) as connection:
        statements = connection.extract_statements(query)
        if len(statements) != 1:
            raise UsageError(f"One query at a time, please: this holds {len(statements)}.")
        yield answer_of(connection, statements[0], parameters)


def answer_of(
    connection: duckdb.DuckDBPyConnection, query: str | duckdb.Statement, parameters: Sequence[object] = ()
) -> Answer:
    """The answer to one SELECT on an open connection, as `asking` gives it; DuckDB's errors come as they are."""
    cursor = connection.execute(query, list(parameters))
    described = cursor.description or []
    names = _distinct([str(column[0]) for column in described])
    is_json = [str(column[1]) == "JSON" for column in described]
    return Answer(names, _batches(cursor, is_json))


def rows_of(answer: Answer) -> list[dict[str, object]]:
    """All rows at once, by column name: for answers known to be short."""
    return [dict(zip(answer.columns, row, strict=True)) for batch in answer.batches for row in batch]


def json_value(value: object) -> object:
    """A DuckDB value as JSON has it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Mapping):
        return {str(json_value(key)): json_value(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(each) for each in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return _number(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case _:
            return str(value)


def _number(value: Decimal) -> int | float | None:
    if not value.is_finite():
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _batches(cursor: duckdb.DuckDBPyConnection, is_json: list[bool]) -> Iterator[list[tuple[object, ...]]]:
    while rows := cursor.fetchmany(BATCH):
        yield [
            tuple(_document(value) if json else json_value(value) for value, json in zip(row, is_json, strict=True))
            for row in rows
        ]


def _document(value: object) -> object:
    return msgspec.json.decode(value) if isinstance(value, str) else value


def _distinct(names: list[str]) -> tuple[str, ...]:
    """`a, a` as `a, a_2`: an object holds a name once."""
    seen: dict[str, int] = {}
    taken = set(names)
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        shown = name
        while seen[name] > 1 and shown in taken:
            shown = f"{name}_{seen[name]}"
            if shown in taken:
                seen[name] += 1
        taken.add(shown)
        distinct.append(shown)
    return tuple(distinct)


@contextmanager
def said_plainly() -> Iterator[None]:
    """DuckDB's errors as one sentence of ours."""
    try:
        yield
    except duckdb.Error as error:
        said = str(error).split("\n\n")[0].replace("\n", " ").strip()
        kind, _, rest = said.partition(": ")
        raise UsageError(f"The query did not run: {rest or kind}") from error
