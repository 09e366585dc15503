"""Percentiles of waiting times at any grain, by Kaplan-Meier, in SQL over single waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipeline.metrics.metric import Metric

RIPENESS: Final = "period_end + maturity_days <= as_known_at::date"
"""SQL that says whether a figure has ripened; null where the metric does not ripen."""


MINUTES_US: Final = "((us + 59999999) // 60000000) * 60000000"
"""SQL of a wait in microseconds, taken up to the whole minute: millions of waits then share some thousand lengths."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a question adds to a query, as SQL: grain, dimensions and condition."""

    bucket: str
    bucket_end: str
    selected: str
    listed: str
    answered: str
    scale: str
    condition: str


def quantile_query(metric: Metric, parts: Parts) -> str:
    """SQL of a percentile with the columns of any metric, in hours.

    Equal to `pipeline.statistics.survival.quantile` (a test compares): the product-limit estimate, Greenwood's variance
    on the log-log scale, and the first time at which the curve, or an end of its band, has fallen to 1 - share. Waits
    of one length count as one moment, so the work follows the number of distinct lengths, taken to the minute.
    """
    group = f"bucket, {parts.listed}scale"
    left = f"{1 - (metric.quantile or 0.5):.12g} + 1e-9"  # a product of fractions may miss the share itself by rounding
    return f"""
        with waited as (
            select {parts.bucket} as bucket, {parts.selected}{parts.scale} as scale,
                received_date, {MINUTES_US} as us, is_event, as_known_at
            from {metric.table} where {parts.condition}
        ), moment as (
            select {group}, us, count(*) filter (is_event) as events, count(*) as leaving,
                min(received_date) as first_day, max(received_date) as last_received, max(as_known_at) as as_known_at
            from waited group by all
        ), at_risk as (
            select *,
                sum(leaving) over (partition by {group} order by us desc rows unbounded preceding)::double as waiting
            from moment
        ), surviving as (
            select *,
                exp(coalesce(sum(case when events < waiting then ln(1 - events / waiting) end) over so_far, 0))
                    * (max((events = waiting)::integer) over so_far = 0)::integer as surviving,
                sum(case when waiting > events then events / (waiting * (waiting - events)) end) over so_far as variance
            from at_risk
            window so_far as (partition by {group} order by us rows unbounded preceding)
        ), banded as (
            select *,
                case when surviving between 1e-9 and 1 - 1e-9 then
                    exp(1.959963984540054 * sqrt(variance) / -ln(surviving))
                end as reach
            from surviving
        ), reached as (
            select {group},
                min(first_day) as first_day, (max(last_received) + 1)::date as last_day,
                sum(events)::bigint as k, sum(leaving)::bigint as n, max(as_known_at) as as_known_at,
                min(us) filter (events > 0 and surviving <= {left}) as value_us,
                min(us) filter (
                    events > 0 and case when reach is null then surviving else pow(surviving, reach) end <= {left}
                ) as lo_us,
                min(us) filter (
                    events > 0
                    and case when reach is null then nullif(surviving, 0) else pow(surviving, 1 / reach) end <= {left}
                ) as hi_us
            from banded group by all
        )
        select
            metric,
            coalesce(bucket, first_day) as period_start,
            {parts.bucket_end} as period_end,
            {parts.answered}scale,
            k as numerator, n as denominator, n,
            value_us / 3600000000 as value,
            least(lo_us, value_us) / 3600000000 as lo,
            case when value_us is not null then hi_us / 3600000000 end as hi,
            null::double as standard_error,
            method, definition_version, as_known_at,
            n < "floor" as is_below_floor,
            {RIPENESS} as is_mature,
            projectable
        from reached as summed, dim_metric
        where metric = '{metric.name}'
        order by bucket, {parts.answered}scale
    """  # noqa: S608 - every part comes from the registry or is quoted


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
