-- Grain: one row per index × version × month.
-- Keys: index, definition_version, period_start.
-- Meaning: indices of several items, 0..100, by the UTC month of the answers and the version in force on their day. value
--   is 100·Σ w(mean - low)/(high - low); null where an item has no answers. The interval takes items of one person as
--   fully correlated (standard errors add up), because who gave which answers stays in the lake; it is null where an item
--   has fewer than two. n is the answers of the item with the fewest, numerator the weighted sum of means.
-- Upstream: fct_survey_response, index_definition, lake_snapshot
with item as (
    select
        index, label, definition_version, item, definition.weight, definition.scale_min, definition.scale_max,
        date_trunc('month', responded_date)::date as period_start,
        count(*) as n,
        fsum(score) as score_sum,
        fsum(score * score) as score_squares
    from fct_survey_response answer
    join index_definition definition
        on answer.instrument = item and answer.scale_min = definition.scale_min
        and answer.scale_max = definition.scale_max and responded_date >= begins and responded_date < ends
    group by all
), whole as (
    select index, definition_version, count(*) as items from index_definition group by all
), summed as (
    select
        index, label, definition_version, period_start,
        count(*) = any_value(items) as is_whole,
        min(n)::bigint as n,
        list_sum(list(weight * score_sum / n order by item)) as weighted_mean,
        list_sum(list(weight * mean_standard_error(score_sum, score_squares, n) order by item)) as standard_error,
        count(mean_standard_error(score_sum, score_squares, n)) = count(*) as has_spread,
        any_value(scale_min) as low,
        any_value(scale_max) as high
    from item join whole using (index, definition_version)
    group by index, label, definition_version, period_start
), scored as (
    select
        *,
        case when is_whole then 100 * (weighted_mean - low) / (high - low) end as value,
        case when is_whole and has_spread then 1.959963984540054 * 100 * standard_error / (high - low) end as reach
    from summed
)
select
    index,
    label,
    period_start,
    (period_start + interval 1 month)::date as period_end,
    weighted_mean as numerator,
    n as denominator,
    n,
    value,
    case when reach is not null then greatest(0.0, value - reach) end as lo,
    case when reach is not null then least(100.0, value + reach) end as hi,
    'weighted means, normal, items fully correlated' as method,
    definition_version,
    lake_snapshot.as_known_at
from scored, lake_snapshot
