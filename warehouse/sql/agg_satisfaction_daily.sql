-- Grain: one row per metric × UTC day × channel × product × survey_id × wave × scale × series.
-- Keys: metric, period_start, channel, product, survey_id, wave, scale, series (product and wave may be null).
-- Meaning: satisfaction with its interval. csat: share of answers in the two highest boxes. nps: promoters minus
--   detractors in points, on 0-10 only. ces_agree, ces_net, ces_mean: the three rival scores of customer effort, on 1-7
--   only. rating_top_two_box: the two highest boxes of ratings given with feedback, a measure of its own and never part
--   of csat. Scales and series (another wording or mode, see fct_survey_response) are never mixed. favourable and
--   unfavourable count answers; the other sums are weighted by what each answer weighs in its wave, and value and interval
--   are made of them: at Kish's n_eff, which is n where all weigh alike. From the sums any coarser grain follows exactly;
--   `vidhuk metric` does that. sampling is what the wave's report says of how people were chosen.
-- Upstream: unit_answer, stg_survey_wave, dim_metric, lake_snapshot
with sampled as (
    select survey_id, wave, sampling from stg_survey_wave
), counted as (
    select
        metric, day, channel, product, survey_id, wave, scale, series,
        sum(counted)::bigint as n,
        sum(favourable)::bigint as favourable,
        sum(unfavourable)::bigint as unfavourable,
        fsum(weight * score) as score_sum,
        fsum(weight * score * score) as score_squares,
        fsum(weight * favourable) as weighted_favourable,
        fsum(weight * unfavourable) as weighted_unfavourable,
        fsum(weight) as weight_sum,
        fsum(weight * weight) as weight_squares
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
    series,
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
order by metric, period_start
