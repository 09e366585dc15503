-- Grain: one row per metric × UTC day × channel × product × category × language × record_class × attribute × its value.
-- Keys: metric, period_start, channel, product, category, language, record_class, attribute, attribute_value (all but
--   metric, period_start, channel and attribute may be null).
-- Meaning: feedback metrics split by one custom attribute at a time, as agg_satisfaction_attribute_daily.
-- Upstream: unit_feedback, dim_attribute, dim_metric, lake_snapshot
with grouped as (
    select
        metric, day, channel, product, category, language, record_class, attributes,
        sum(counted) as n, sum(favourable) as favourable
    from unit_feedback
    group by all
), counted as (
    select
        metric, day, channel, product, category, language, record_class, attribute,
        attribute_value(attributes, attribute) as attribute_value,
        sum(n)::bigint as n,
        sum(favourable)::bigint as favourable
    from grouped, dim_attribute
    where is_dimension and mart = 'fct_feedback'
    group by all
)
select
    metric,
    day as period_start,
    (day + 1)::date as period_end,
    channel,
    product,
    category,
    language,
    record_class,
    attribute,
    attribute_value,
    favourable,
    0::bigint as unfavourable,
    0.0::double as score_sum,
    0.0::double as score_squares,
    favourable::double as numerator,
    n as denominator,
    n,
    metric_value(kind, favourable, 0, 0.0, n) as value,
    metric_lo(kind, favourable, 0, 0.0, 0.0, n) as lo,
    metric_hi(kind, favourable, 0, 0.0, 0.0, n) as hi,
    method,
    definition_version,
    lake_snapshot.as_known_at
from counted join dim_metric using (metric), lake_snapshot
-- sorted, so that a question reads only the row groups of its metric
order by metric, attribute, period_start
