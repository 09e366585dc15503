-- Grain: one row per metric × answer (or rating) that counts in it.
-- Keys: metric, unit.
-- Meaning: what each answer adds to each satisfaction metric. agg_satisfaction_daily sums it, `vidhuk explain-diff`
--   compares it between two moments; it is not published. weight is the answer's own in its wave, 1 where none was stated:
--   weights are expected to have mean 1 in their wave. series is the scale, and where wording or mode are stated the
--   answer's series beside it: what may be summed.
-- Upstream: fct_survey_response, fct_feedback
with answer as (
    select
        * replace (
            case when coalesce(wording, mode) is null then scale else scale || ' ' || series end as series,
            coalesce(weight, 1) as weight
        )
    from fct_survey_response
)
select
    'csat' as metric, source || chr(31) || event_id as unit, responded_date as day,
    channel, product, survey_id, wave, scale, series, attributes,
    is_top_two::integer as favourable, 0 as unfavourable, score, 1 as counted, weight
from answer where instrument = 'csat' and is_top_two is not null
union all
select
    'nps', source || chr(31) || event_id, responded_date,
    channel, product, survey_id, wave, scale, series, attributes,
    (promoter_group = 'promoter')::integer, (promoter_group = 'detractor')::integer, score, 1, weight
from answer where promoter_group is not null
union all
select
    'ces_agree', source || chr(31) || event_id, responded_date,
    channel, product, survey_id, wave, scale, series, attributes,
    (score >= 5)::integer, 0, score, 1, weight
from answer where effort_group is not null
union all
select
    'ces_net', source || chr(31) || event_id, responded_date,
    channel, product, survey_id, wave, scale, series, attributes,
    (effort_group = 'easy')::integer, (effort_group = 'hard')::integer, score, 1, weight
from answer where effort_group is not null
union all
select
    'ces_mean', source || chr(31) || event_id, responded_date,
    channel, product, survey_id, wave, scale, series, attributes,
    0, 0, score, 1, weight
from answer where effort_group is not null
union all
select
    'rating_top_two_box', source || chr(31) || event_id, received_date, channel, product, null, null, rating_scale,
    rating_scale, attributes, rating_is_top_two::integer, 0, rating, 1, 1
from fct_feedback where rating_is_top_two is not null
