-- Grain: one row per metric × UTC day × channel × product × survey_id × wave × scale × attribute × its value.
-- Keys: metric, period_start, channel, product, survey_id, wave, scale, attribute, attribute_value (product, wave and
--   attribute_value may be null: not stated).
-- Meaning: agg_satisfaction_daily split by one custom attribute at a time, for the attributes that dim_attribute calls
--   dimensions. Every answer counts once for each attribute, so never sum over attributes.
-- Upstream: unit_answer, dim_attribute, dim_metric, lake_snapshot
with grouped as (
    select
        metric, day, channel, product, survey_id, wave, scale, attributes,
        case metric when 'rating_top_two_box' then 'fct_feedback' else 'fct_survey_response' end as mart,
        sum(counted) as n,
        sum(favourable) as favourable,
        sum(unfavourable) as unfavourable,
        fsum(score) as score_sum,
        fsum(score * score) as score_squares
    from unit_answer
    group by all
), counted as (
    select
        metric, day, channel, product, survey_id, wave, scale, attribute,
        attribute_value(attributes, attribute) as attribute_value,
        sum(n)::bigint as n,
        sum(favourable)::bigint as favourable,
        sum(unfavourable)::bigint as unfavourable,
        fsum(score_sum) as score_sum,
        fsum(score_squares) as score_squares
    from grouped join dim_attribute using (mart)
    where is_dimension
    group by all
)
select
    metric,
    day as period_start,
    (day + 1)::date as period_end,
    channel,
    product,
    survey_id,
    wave,
    scale,
    attribute,
    attribute_value,
    favourable,
    unfavourable,
    score_sum,
    score_squares,
    case kind when 'mean' then score_sum else (favourable - unfavourable)::double end as numerator,
    n as denominator,
    n,
    metric_value(kind, favourable, unfavourable, score_sum, n) as value,
    metric_lo(kind, favourable, unfavourable, score_sum, score_squares, n) as lo,
    metric_hi(kind, favourable, unfavourable, score_sum, score_squares, n) as hi,
    metric_standard_error(kind, favourable, unfavourable, score_sum, score_squares, n) as standard_error,
    case when metric in ('csat', 'rating_top_two_box') then method || ', top 2 of ' || scale else method end as method,
    definition_version,
    lake_snapshot.as_known_at
from counted join dim_metric using (metric), lake_snapshot
-- sorted, so that a question reads only the row groups of its metric
order by metric, attribute, period_start
