-- Grain: one row per index × version × month.
-- Keys: index, definition_version, period_start.
-- Meaning: indices of several items, 0..100, by the UTC month of the answers and the version in force on their day. value
--   is 100·Σ w(mean - low)/(high - low); null where an item has no answers, or answers of more than one series: another
--   wording or mode is another question. The interval takes items of one person as fully correlated (standard errors add
--   up), because who gave which answers stays in the lake; it is null where an item has fewer than two. n is the answers of
--   the item with the fewest, numerator the weighted sum of means.
-- Upstream: agg_index_item_daily, lake_snapshot
with item as (
    select
        index, label, definition_version, item,
        date_trunc('month', period_start)::date as month,
        any_value(weight) as weight, any_value(items) as items,
        any_value(scale_min) as low, any_value(scale_max) as high,
        count(distinct series) as series,
        sum(n)::bigint as n,
        fsum(score_sum) as t, fsum(score_squares) as q, fsum(weight_sum) as w, fsum(weight_squares) as s
    from agg_index_item_daily
    group by all
), summed as (
    select
        index, label, definition_version, month,
        count(*) = any_value(items) and max(series) = 1 as is_whole,
        min(n)::bigint as n,
        list_sum(list(weight * t / w order by item)) as weighted_mean,
        list_sum(list(weight * weighted_standard_error('mean', 0, 0, t, q, w, s) order by item)) as standard_error,
        count(weighted_standard_error('mean', 0, 0, t, q, w, s)) = count(*) as has_spread,
        bool_or(weighted_words(n, w, s) <> '') as is_weighted,
        any_value(low) as low,
        any_value(high) as high
    from item
    group by all
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
    month as period_start,
    (month + interval 1 month)::date as period_end,
    weighted_mean as numerator,
    n as denominator,
    n,
    value,
    case when reach is not null then greatest(0.0, value - reach) end as lo,
    case when reach is not null then least(100.0, value + reach) end as hi,
    'weighted means, normal, items fully correlated' || case when is_weighted then ', kish n_eff' else '' end as method,
    definition_version,
    lake_snapshot.as_known_at
from scored, lake_snapshot
