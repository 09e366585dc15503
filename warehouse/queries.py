"""Questions to the published warehouse: free SQL, and metrics at any grain."""

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
from pipeline.metrics.registry import PERIODS, SATISFACTION, Metric
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
    with _said_plainly(), reading(path) as connection:
        statements = connection.extract_statements(query)
        if len(statements) != 1:
            raise UsageError(f"One query at a time, please: this holds {len(statements)}.")
        cursor = connection.execute(statements[0], list(parameters))
        described = cursor.description or []
        names = _distinct([str(column[0]) for column in described])
        is_json = [str(column[1]) == "JSON" for column in described]
        yield Answer(names, _batches(cursor, is_json))


def metric_rows(
    path: Path,
    metric: Metric,
    by: Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
) -> list[dict[str, object]]:
    """One row per combination of `by` (and scale, which is never mixed) over the days start <= day < end.

    Rates are made of summed counts, never of averaged rates. Columns: metric, period_start, period_end, those of
    `by`, scale, numerator, denominator, n, value, lo, hi, standard_error, method, definition_version, as_known_at.
    Nothing observed gives no row.
    """
    with asking(path, metric_query(metric, by), [start, start, end, end]) as answer:
        return [dict(zip(answer.columns, row, strict=True)) for batch in answer.batches for row in batch]


def metric_query(metric: Metric, by: Sequence[str]) -> str:
    """SQL of a metric over its daily aggregate; parameters: start twice, end twice, null for open."""
    satisfaction = metric.table == SATISFACTION
    dimensions = [name for name in by if name not in PERIODS]
    period = next((name for name in by if name in PERIODS), None)
    bucket = f"date_trunc('{period}', period_start)::date" if period else "null::date"
    scale = "scale" if satisfaction else "null::varchar"
    sums = (
        ["sum(favourable)", "sum(unfavourable)", "fsum(score_sum)", "fsum(score_squares)"]
        if satisfaction
        else [f"sum({metric.favourable})", "0", "0.0", "0.0"]
    )
    numerator = {"mean": "t", "net": "k - d"}.get(metric.kind, "k")
    denominator = "null::bigint" if metric.kind == "count" else "n"
    listed = "".join(f'"{name}", ' for name in dimensions)
    boxes = metric.name in ("csat", "rating_top_two_box")
    method = "method || ', top 2 of ' || scale" if boxes else "method"
    # every part comes from the registry or its checked dimensions, never from the caller
    return f"""
        with summed as (
            select
                {bucket} as bucket, {listed}{scale} as scale,
                min(period_start) as first_day, max(period_end) as last_day,
                {sums[0]}::bigint as k, {sums[1]}::bigint as d, {sums[2]}::double as t, {sums[3]}::double as q,
                sum({metric.of})::bigint as n, max(as_known_at) as as_known_at
            from {metric.table}
            where {metric.condition}
                and (?::date is null or period_start >= ?::date) and (?::date is null or period_end <= ?::date)
            group by all
        )
        select
            metric,
            coalesce(bucket, first_day) as period_start,
            {f"(bucket + interval 1 {period})::date" if period else "last_day"} as period_end,
            {listed}scale,
            {numerator} as numerator, {denominator} as denominator, n,
            metric_value(kind, k, d, t, n) as value,
            metric_lo(kind, k, d, t, q, n) as lo,
            metric_hi(kind, k, d, t, q, n) as hi,
            metric_standard_error(kind, k, d, t, q, n) as standard_error,
            {method} as method, definition_version, as_known_at
        from summed, dim_metric
        where metric = '{metric.name}' and n is not null
        order by period_start, {listed}scale
    """  # noqa: S608 - see above


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
def _said_plainly() -> Iterator[None]:
    """DuckDB's errors as one sentence of ours."""
    try:
        yield
    except duckdb.Error as error:
        said = str(error).split("\n\n")[0].replace("\n", " ").strip()
        kind, _, rest = said.partition(": ")
        raise UsageError(f"The query did not run: {rest or kind}") from error
