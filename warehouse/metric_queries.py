"""Metrics at any grain, recomputed from the sums that the aggregates hold: one query, whatever warehouse answers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipeline.domain.errors import UsageError
from pipeline.metrics.metric import PERIODS, Metric
from pipeline.metrics.registry import attribute_of
from warehouse.answer_queries import answers_query
from warehouse.connections import reading
from warehouse.duration_queries import RIPENESS, Parts, quantile_query, quoted
from warehouse.index_queries import index_query
from warehouse.queries import answer_of, rows_of

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a metric: `by` dimensions, the days start <= day < end, and values that dimensions must have.

    A value of None means: not stated.
    """

    by: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    where: tuple[tuple[str, str | None], ...] = ()


def metric_rows(path: Path, metric: Metric, question: Question = Question()) -> list[Row]:
    """The answer of the published file `path`; see `answered`."""
    with reading(path) as connection:
        return answered(connection, metric, question)


def rows_if_it_can(path: Path, metric: Metric, question: Question) -> list[Row] | None:
    """As `metric_rows`, of a file that older models made; None where it has not what the question needs."""
    try:
        return metric_rows(path, metric, question)
    except (duckdb.Error, UsageError):
        return None


def answered(connection: duckdb.DuckDBPyConnection, metric: Metric, question: Question) -> list[Row]:
    """One row per combination of `by` (and series, which is never mixed), as JSON values.

    Rates are made of summed counts, never of averaged rates. Columns: metric, period_start, period_end, those of
    `by`, scale, numerator, denominator, n, value, lo, hi, standard_error, method, definition_version, as_known_at,
    is_below_floor, is_mature (null where the metric does not ripen), projectable. Metrics of answers have n_eff and
    design_effect too, and where answers weigh differently numerator and denominator are weighted; an index has neither
    standard scale nor one definition: a row for each version. Nothing observed gives no row.
    Raises `UsageError` on a dimension that the metric does not have.
    """
    attributes = attribute_names(connection, metric) if _asks_attributes(metric, question) else ()
    attribute = attribute_of(metric, _asked(metric, question), attributes)
    query = metric_query(metric, question, attribute)
    rows = rows_of(answer_of(connection, query, _parameters(question, attribute)))
    return [_counted(metric, row) for row in rows] if metric.aggregate.is_surveyed else rows


def _counted(metric: Metric, row: Row) -> Row:
    """An answer whose weights are all alike has counts, and counts are whole."""
    if row["n_eff"] != row["n"]:
        return row
    whole = ["denominator"] if metric.kind == "mean" else ["numerator", "denominator"]
    return row | {name: int(value) for name in whole if isinstance(value := row[name], float)}


def values_among(path: Path, metric: Metric, question: Question, dimension: str) -> list[str]:
    """The values of one of the metric's dimensions among what `question` counts in the published file, in order."""
    with reading(path) as connection:
        attributes = attribute_names(connection, metric) if _asks_attributes(metric, question) else ()
        attribute = attribute_of(metric, _asked(metric, question), attributes)
        query = f"""
            select distinct {quoted(dimension)} as found
            from {metric.table if attribute is None else metric.aggregate.attributes}
            where {_condition(metric, question, attribute, "period_start")} and found is not null order by found
        """  # noqa: S608 - every part comes from the registry or is quoted
        return [str(row[0]) for row in connection.execute(query, _parameters(question, attribute)).fetchall()]


def attribute_names(connection: duckdb.DuckDBPyConnection, metric: Metric) -> list[str]:
    """The custom attributes that the metric can be split by, in alphabetical order."""
    table = metric.aggregate.attributes
    if table is None:
        return []
    query = f"select distinct attribute from {table} where metric = ? order by attribute"  # noqa: S608 - the registry's
    return [str(row[0]) for row in connection.execute(query, [metric.name]).fetchall()]


def metric_query(metric: Metric, question: Question, attribute: str | None) -> str:
    """SQL of a question; its parameters are those of `_parameters`. `attribute` is the one that `question` names."""
    parts = _parts(metric, question, attribute)
    table = metric.table if attribute is None else str(metric.aggregate.attributes)
    if metric.aggregate.is_surveyed:
        return answers_query(metric, parts, table)
    match metric.kind:
        case "quantile":
            return quantile_query(metric, parts)
        case "index":
            return index_query(metric, parts)
        case _:
            return _sums_query(metric, parts, attribute)


def _parts(metric: Metric, question: Question, attribute: str | None) -> Parts:
    period = next((name for name in question.by if name in PERIODS), None)
    series = metric.aggregate.series
    listed = [name for name in question.by if name not in PERIODS]
    if series not in (None, *listed):
        listed.insert(0, str(series))
    day = "received_date" if metric.kind == "quantile" else "period_start"
    return Parts(
        # every part comes from the registry or is quoted; values are parameters
        bucket=f"date_trunc('{period}', {day})::date" if period else "null::date",
        bucket_end=f"(bucket + interval 1 {period})::date" if period else "last_day",
        selected="".join(f"{_column(metric, name)} as {quoted(name)}, " for name in listed),
        listed="".join(f"{quoted(name)}, " for name in listed),
        answered="".join(f"summed.{quoted(name)}, " for name in listed),  # dim_metric has columns of its own
        scale="scale" if metric.aggregate.is_surveyed else "null::varchar",
        condition=_condition(metric, question, attribute, day),
    )


def _sums_query(metric: Metric, parts: Parts, attribute: str | None) -> str:
    sums = metric.sums if attribute is None else type(metric.sums)()
    # a stock is that of the last day that a period has
    last = f"qualify period_start = max(period_start) over (partition by {parts.bucket})"
    # exposure is reported from instant to instant
    days = (
        "* replace (period_start::date as period_start, period_end::date as period_end)"
        if metric.kind == "rate"
        else "*"
    )
    return f"""
        with counted as (
            select {days if metric.kind == "rate" else "*"}
            from {metric.table if attribute is None else metric.aggregate.attributes}
            where {parts.condition}
            {last if metric.kind == "stock" else ""}
        ), summed as (
            select
                {parts.bucket} as bucket, {parts.selected}{parts.scale} as scale,
                min(period_start) as first_day, max(period_end) as last_day,
                sum({sums.favourable})::bigint as k, sum({sums.unfavourable})::bigint as d,
                fsum({sums.score_sum})::double as t, fsum({sums.score_squares})::double as q,
                sum({sums.n})::bigint as n, max(as_known_at) as as_known_at
            from counted
            group by all
        )
        select
            metric,
            coalesce(bucket, first_day) as period_start,
            {parts.bucket_end} as period_end,
            {parts.answered}scale,
            k as numerator, {"n" if metric.has_interval else "null::bigint"} as denominator, n,
            metric_value(kind, k, d, t, n) as value,
            metric_lo(kind, k, d, t, q, n) as lo,
            metric_hi(kind, k, d, t, q, n) as hi,
            metric_standard_error(kind, k, d, t, q, n) as standard_error,
            method, definition_version, as_known_at,
            n < "floor" as is_below_floor,
            {RIPENESS} as is_mature,
            projectable
        from summed, dim_metric
        where metric = '{metric.name}' and n is not null
        order by bucket, {parts.answered}scale
    """  # noqa: S608 - see `_parts`


def _condition(metric: Metric, question: Question, attribute: str | None, day: str) -> str:
    parts = [metric.condition] if attribute is None else [f"metric = '{metric.name}'", "attribute = ?"]
    parts += [f"(?::date is null or {day} >= ?::date)", f"(?::date is null or {day} < ?::date)"]
    parts += [f"{_column(metric, name)} is not distinct from ?" for name, _ in question.where]
    if metric.kind == "rate":  # a whole and its parts are reported beside each other: those of one grain add up
        asked = (*question.by, *(name for name, _ in question.where))
        parts += [f"{quoted(name)} is {'not ' if name in asked else ''}null" for name in metric.dimensions]
    return " and ".join(parts)


def _parameters(question: Question, attribute: str | None) -> list[object]:
    named = [] if attribute is None else [attribute]
    days = [question.start, question.start, question.end, question.end]
    return [*named, *days, *(value for _, value in question.where)]


def _column(metric: Metric, name: str) -> str:
    return quoted(name) if name in (*metric.dimensions, *metric.aggregate.narrowing) else "attribute_value"


def _asks_attributes(metric: Metric, question: Question) -> bool:
    return any(name not in (*metric.dimensions, *PERIODS) for name in _asked(metric, question))


def _asked(metric: Metric, question: Question) -> list[str]:
    """What a question splits and narrows by, each once; narrowing to one series needs no dimension."""
    narrowed = [name for name, _ in question.where if name not in (*question.by, *metric.aggregate.narrowing)]
    return [*question.by, *narrowed]
