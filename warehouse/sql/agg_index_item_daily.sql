-- Grain: one row per index × version × item × UTC day × channel × product × survey_id × wave × series.
-- Keys: index, definition_version, item, period_start, channel, product, survey_id, wave, series (product and wave may be
--   null).
-- Meaning: the answers that an index is made of, by the version in force on their day. value is the item's mean on its own
--   scale. score_sum and score_squares are weighted, as are weight_sum and weight_squares, from which any coarser grain
--   follows: `vidhuk metric` and agg_index make the index of them. weight is the item's in the index, items how many the
--   version has.
-- Upstream: fct_survey_response, index_definition, lake_snapshot
with whole as (
    select index, definition_version, count(*) as items from index_definition group by all
), counted as (
    select
        index, label, definition_version, item, definition.weight as item_weight,
        definition.scale_min, definition.scale_max, responded_date as day, channel, product, survey_id, wave, series,
        count(*) as n,
        fsum(coalesce(answer.weight, 1) * score) as score_sum,
        fsum(coalesce(answer.weight, 1) * score * score) as score_squares,
        fsum(coalesce(answer.weight, 1)) as weight_sum,
        fsum(pow(coalesce(answer.weight, 1), 2)) as weight_squares
    from fct_survey_response answer
    join index_definition definition
        on answer.instrument = item and answer.scale_min = definition.scale_min
        and answer.scale_max = definition.scale_max and responded_date >= begins and responded_date < ends
    group by all
)
select
    index,
    label,
    item,
    day as period_start,
    (day + 1)::date as period_end,
    channel,
    product,
    survey_id,
    wave,
    series,
    item_weight as weight,
    items,
    scale_min,
    scale_max,
    score_sum,
    score_squares,
    weight_sum,
    weight_squares,
    score_sum as numerator,
    weight_sum as denominator,
    n,
    weighted_value('mean', 0, 0, score_sum, weight_sum) as value,
    weighted_lo('mean', 0, 0, score_sum, score_squares, weight_sum, weight_squares) as lo,
    weighted_hi('mean', 0, 0, score_sum, score_squares, weight_sum, weight_squares) as hi,
    'mean, normal' || weighted_words(n, weight_sum, weight_squares) as method,
    definition_version,
    lake_snapshot.as_known_at
from counted join whole using (index, definition_version), lake_snapshot
order by index, period_start
