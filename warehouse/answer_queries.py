"""Metrics of survey answers at any grain: weighted sums, made into figures at Kish's effective n."""

from __future__ import annotations

from pipeline.metrics.metric import Metric
from warehouse.duration_queries import RIPENESS, Parts


def answers_query(metric: Metric, parts: Parts, table: str) -> str:
    """SQL of a score of answers with the columns of any metric, and n_eff and design_effect beside them.

    `projectable` is the definition's, unless the waves' reports say how people were chosen: "yes" where chance chose
    (or all were asked) in every wave, "no: people chose themselves" where they did so in any.
    """
    numerator = {"mean": "t", "net": "k - d"}.get(metric.kind, "k")
    boxes = metric.name in ("csat", "rating_top_two_box")
    arguments = "kind, k, d, t, q, w, s"
    return f"""
        with summed as (
            select
                {parts.bucket} as bucket, {parts.selected}{parts.scale} as scale,
                min(period_start) as first_day, max(period_end) as last_day,
                fsum(weighted_favourable) as k, fsum(weighted_unfavourable) as d,
                fsum(score_sum) as t, fsum(score_squares) as q, fsum(weight_sum) as w, fsum(weight_squares) as s,
                sum(n)::bigint as n, max(as_known_at) as as_known_at,
                coalesce(bool_and(sampling in ('census', 'probability')), false) and count(sampling) = count(*)
                    as is_drawn,
                coalesce(bool_or(sampling = 'opt_in'), false) as is_chosen
            from {table}
            where {parts.condition}
            group by all
        )
        select
            metric,
            coalesce(bucket, first_day) as period_start,
            {parts.bucket_end} as period_end,
            {parts.answered}scale,
            {numerator} as numerator, w as denominator, n,
            weighted_n(w, s) as n_eff,
            n / weighted_n(w, s) as design_effect,
            weighted_value(kind, k, d, t, w) as value,
            weighted_lo({arguments}) as lo,
            weighted_hi({arguments}) as hi,
            weighted_standard_error({arguments}) as standard_error,
            method || {"', top 2 of ' || scale ||" if boxes else ""} weighted_words(n, w, s) as method,
            definition_version, as_known_at,
            weighted_n(w, s) < "floor" as is_below_floor,
            {RIPENESS} as is_mature,
            case
                when projectable <> 'if sampled' then projectable
                when is_drawn then 'yes'
                when is_chosen then 'no: people chose themselves'
                else projectable
            end as projectable
        from summed, dim_metric
        where metric = '{metric.name}'
        order by bucket, {parts.answered}scale
    """  # noqa: S608 - every part comes from the registry or is quoted
