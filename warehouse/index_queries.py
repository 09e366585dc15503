"""Indices of several items at any grain, in SQL over the items' sums."""

from __future__ import annotations

from pipeline.metrics.metric import Metric
from warehouse.duration_queries import RIPENESS, Parts


def index_query(metric: Metric, parts: Parts) -> str:
    """SQL of an index with the columns of any metric, one row more for each version in force; as `agg_index` has it.

    A version's weights hold on its own days alone, so a question over a change gives two rows, never one of both.
    Unknown where an item has no answers, or answers of two series. `n` is the answers of the item with the fewest.
    """
    group = f"bucket, {parts.listed}definition_version"
    error = "weighted_standard_error('mean', 0, 0, t, q, w, s)"
    return f"""
        with item as (
            select
                {parts.bucket} as bucket, {parts.selected}definition_version, item,
                min(period_start) as first_day, max(period_end) as last_day,
                any_value(weight) as weight, any_value(items) as items,
                any_value(scale_min) as low, any_value(scale_max) as high,
                count(distinct series) as series_count, min(series) as series,
                sum(n)::bigint as n, max(as_known_at) as as_known_at,
                fsum(score_sum) as t, fsum(score_squares) as q, fsum(weight_sum) as w, fsum(weight_squares) as s
            from {metric.table}
            where {parts.condition}
            group by all
        ), summed as (
            select
                {group},
                min(first_day) as first_day, max(last_day) as last_day,
                count(*) = any_value(items) and max(series_count) = 1 as is_whole,
                min(n)::bigint as n, min(weighted_n(w, s)) as n_eff, max(as_known_at) as as_known_at,
                left(sha256(string_agg(series, chr(31) order by item)), 16) as series,
                list_sum(list(weight * t / w order by item)) as weighted_mean,
                list_sum(list(weight * {error} order by item)) as error,
                count({error}) = count(*) as has_spread,
                bool_or(weighted_words(n, w, s) <> '') as is_weighted,
                any_value(low) as low, any_value(high) as high
            from item
            group by {group}
        ), scored as (
            select
                *,
                case when is_whole then 100 * (weighted_mean - low) / (high - low) end as value,
                case when is_whole and has_spread then 100 * error / (high - low) end as standard_error
            from summed
        )
        select
            metric,
            coalesce(bucket, first_day) as period_start,
            {parts.bucket_end} as period_end,
            {parts.answered}null::varchar as scale, summed.series,
            weighted_mean as numerator, n as denominator, n, n_eff,
            value,
            case when standard_error is not null then
                greatest(0.0, value - 1.959963984540054 * standard_error)
            end as lo,
            case when standard_error is not null then
                least(100.0, value + 1.959963984540054 * standard_error)
            end as hi,
            standard_error,
            method || case when is_weighted then ', kish n_eff' else '' end as method,
            summed.definition_version, as_known_at,
            n_eff < "floor" as is_below_floor,
            {RIPENESS} as is_mature,
            projectable
        from scored as summed, dim_metric
        where metric = '{metric.name}'
        order by bucket, {parts.answered}summed.definition_version
    """  # noqa: S608 - every part comes from the registry or is quoted
