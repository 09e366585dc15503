-- Grain: one row per metric × UTC day × channel × product × survey_id × wave × scale × series × attribute × its value.
-- Keys: metric, period_start, channel, product, survey_id, wave, scale, series, attribute, attribute_value (product, wave and
--   attribute_value may be null: not stated).
-- Meaning: agg_satisfaction_daily split by one custom attribute at a time, for the attributes that dim_attribute calls
--   dimensions. Every answer counts once for each attribute, so never sum over attributes.
-- Upstream: unit_answer, dim_attribute, stg_survey_wave, dim_metric, lake_snapshot
with sampled as (
    select survey_id, wave, sampling from stg_survey_wave
), grouped as (
    select
        metric, day, channel, product, survey_id, wave, scale, series, attributes,
        case metric when 'rating_top_two_box' then 'fct_feedback' else 'fct_survey_response' end as mart,
        sum(counted) as n,
        sum(favourable) as favourable,
        sum(unfavourable) as unfavourable,
        fsum(weight * score) as score_sum,
        fsum(weight * score * score) as score_squares,
        fsum(weight * favourable) as weighted_favourable,
        fsum(weight * unfavourable) as weighted_unfavourable,
        fsum(weight) as weight_sum,
        fsum(weight * weight) as weight_squares
    from unit_answer
    group by all
), counted as (
    select
        metric, day, channel, product, survey_id, wave, scale, series, attribute,
        attribute_value(attributes, attribute) as attribute_value,
        sum(n)::bigint as n,
        sum(favourable)::bigint as favourable,
        sum(unfavourable)::bigint as unfavourable,
        fsum(score_sum) as score_sum,
        fsum(score_squares) as score_squares,
        fsum(weighted_favourable) as weighted_favourable,
        fsum(weighted_unfavourable) as weighted_unfavourable,
        fsum(weight_sum) as weight_sum,
        fsum(weight_squares) as weight_squares
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
    series,
    attribute,
    attribute_value,
    favourable,
    unfavourable,
    score_sum,
    score_squares,
    weighted_favourable,
    weighted_unfavourable,
    weight_sum,
    weight_squares,
    case kind when 'mean' then score_sum else weighted_favourable - weighted_unfavourable end as numerator,
    weight_sum as denominator,
    n,
    unnest(weighted_figures(
        kind, weighted_favourable, weighted_unfavourable, score_sum, score_squares, weight_sum, weight_squares
    )),
    method || case when metric in ('csat', 'rating_top_two_box') then ', top 2 of ' || scale else '' end
        || weighted_words(n, weight_sum, weight_squares) as method,
    sampling,
    definition_version,
    lake_snapshot.as_known_at
from counted join dim_metric using (metric) left join sampled using (survey_id, wave), lake_snapshot
-- sorted, so that a question reads only the row groups of its metric
order by metric, attribute, period_start
