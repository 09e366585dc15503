-- Grain: one row per metric × UTC day × channel × product × scale.
-- Keys: metric, period_start, channel, product, scale (product may be null).
-- Meaning: satisfaction with its interval. csat: share of answers in the two highest boxes. nps: promoters minus
--   detractors in points, on 0-10 only. ces_agree, ces_net, ces_mean: the three rival scores of customer effort, on 1-7
--   only. rating_top_two_box: the two highest boxes of ratings given with feedback, a measure of its own and never part
--   of csat. Scales are never mixed. favourable, unfavourable, score_sum and score_squares are sums from which any
--   coarser grain follows exactly; `vidhuk metric` does that.
-- Upstream: fct_survey_response, fct_feedback, dim_metric, lake_snapshot
with answer as (
    select
        'csat' as metric, responded_date as day, channel, product, scale, score,
        is_top_two as favourable, false as unfavourable
    from fct_survey_response where instrument = 'csat' and is_top_two is not null
    union all
    select
        'nps', responded_date, channel, product, scale, score,
        promoter_group = 'promoter', promoter_group = 'detractor'
    from fct_survey_response where promoter_group is not null
    union all
    select
        'ces_agree', responded_date, channel, product, scale, score, score >= 5, false
    from fct_survey_response where effort_group is not null
    union all
    select
        'ces_net', responded_date, channel, product, scale, score, effort_group = 'easy', effort_group = 'hard'
    from fct_survey_response where effort_group is not null
    union all
    select
        'ces_mean', responded_date, channel, product, scale, score, false, false
    from fct_survey_response where effort_group is not null
    union all
    select
        'rating_top_two_box', received_date, channel, product, rating_scale, rating, rating_is_top_two, false
    from fct_feedback where rating_is_top_two is not null
), counted as (
    select
        metric, day, channel, product, scale,
        count(*) as n,
        count(*) filter (favourable) as favourable,
        count(*) filter (unfavourable) as unfavourable,
        fsum(score) as score_sum,
        fsum(score * score) as score_squares
    from answer
    group by all
)
select
    metric,
    day as period_start,
    (day + 1)::date as period_end,
    channel,
    product,
    scale,
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
