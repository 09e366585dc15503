-- Grain: one row per metric × UTC day × channel × product × survey_id × wave × scale.
-- Keys: metric, period_start, channel, product, survey_id, wave, scale (product and wave may be null).
-- Meaning: satisfaction with its interval. csat: share of answers in the two highest boxes. nps: promoters minus
--   detractors in points, on 0-10 only. ces_agree, ces_net, ces_mean: the three rival scores of customer effort, on 1-7
--   only. rating_top_two_box: the two highest boxes of ratings given with feedback, a measure of its own and never part
--   of csat. Scales are never mixed. favourable, unfavourable, score_sum and score_squares are sums from which any
--   coarser grain follows exactly; `vidhuk metric` does that.
-- Upstream: unit_answer, dim_metric, lake_snapshot
with counted as (
    select
        metric, day, channel, product, survey_id, wave, scale,
        sum(counted)::bigint as n,
        sum(favourable)::bigint as favourable,
        sum(unfavourable)::bigint as unfavourable,
        fsum(score) as score_sum,
        fsum(score * score) as score_squares
    from unit_answer
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
order by metric, period_start
