-- Grain: one row per metric × month × series × dimension × its value, and one for all (dimension = 'all').
-- Keys: metric, period_start, series, dimension, dimension_value (series is the scale or clock, where the metric has one;
--   dimension_value is null for all, and where it is not stated).
-- Meaning: what may leave the organization. A cell that counts fewer people than the threshold (setting small_cells) is
--   suppressed: figures null, is_suppressed true. So that totals and neighbours do not give it away, the smallest other
--   cells of its dimension go with it, until each count among the suppressed leaves a span of at least the threshold; where
--   no cell is left to go with it, the month's total goes, and with it every dimension. Metrics that count the same people
--   (dim_metric.cells) are suppressed together. threshold is the setting as it was; docs/warehouse.md states what is
--   guaranteed. Figures count people: where answers have weights, they are left out here, and method says so.
-- Upstream: unit_month, sharing_rule, dim_metric, lake_snapshot
with cell as materialized (
    select
        *,
        greatest(0, n - k - d) as rest,
        coalesce(dimension_value, chr(31)) as place,
        metric || chr(31) || coalesce(series, '') as measure
    from unit_month
    where n > 0 or dimension = 'all'
), marked as (
    -- people counted for, against, neither, or at all: a few of them could be recognized
    select
        cell.*,
        threshold,
        k between 1 and threshold - 1 or d between 1 and threshold - 1 or rest between 1 and threshold - 1
            or n between 1 and threshold - 1 as is_small
    from cell, sharing_rule
), nearly_same as (
    -- one metric counts a few people more than another: their difference is a small cell too
    select distinct one.cells, one.month, one.dimension, one.place
    from marked one join marked other using (cells, month, dimension, place)
    where one.series is not distinct from other.series and one.n - other.n between 1 and one.threshold - 1
), placed as (
    select
        cells, month, dimension, place,
        bool_or(is_small) or bool_or(nearly_same.place is not null) as is_primary,
        sum(n) as people
    from marked left join nearly_same using (cells, month, dimension, place)
    group by all
), ranked as (
    select
        cells, month, dimension, place, is_primary,
        bool_or(is_primary) over (partition by cells, month, dimension) as has_primary,
        row_number() over (partition by cells, month, dimension order by not is_primary, people, place) as place_rank
    from placed
    where dimension <> 'all'
), running as (
    select
        cells, month, dimension, place, measure, threshold, is_primary, has_primary,
        row_number() over so_far - 1 as places_before, count(*) over whole as places,
        sum(n) over so_far - n as n_before, sum(n) over whole as n_all,
        sum(k) over so_far - k as k_before, sum(k) over whole as k_all,
        sum(d) over so_far - d as d_before, sum(d) over whole as d_all,
        sum(rest) over so_far - rest as rest_before, sum(rest) over whole as rest_all
    from marked join ranked using (cells, month, dimension, place)
    window
        whole as (partition by cells, month, dimension, measure),
        so_far as (partition by cells, month, dimension, measure order by place_rank rows unbounded preceding)
), judged as (
    -- whether those that come before leave too little room, and whether all together do
    select
        *,
        places_before < 2 or n_before < threshold + places_before
            or (k_all > 0 and k_before < threshold) or (d_all > 0 and d_before < threshold)
            or (rest_all > 0 and rest_before < threshold) as needs_it,
        places < 2 or n_all < threshold + places
            or k_all between 1 and threshold - 1 or d_all between 1 and threshold - 1
            or rest_all between 1 and threshold - 1 as is_exhausted
    from running
    where has_primary
), hidden as (
    select cells, month, dimension, place from judged group by all having bool_or(is_primary or needs_it)
), gone as (
    select cells, month from placed where dimension = 'all' and is_primary
    union
    select cells, month from judged where is_exhausted
), decided as (
    select
        cell.*,
        gone.month is not null or hidden.place is not null as is_suppressed
    from cell
    left join gone using (cells, month)
    left join hidden using (cells, month, dimension, place)
)
select
    metric,
    month as period_start,
    (month + interval 1 month)::date as period_end,
    series,
    dimension,
    dimension_value,
    is_suppressed,
    case when not is_suppressed then case kind when 'count' then n when 'net' then k - d else k end end as numerator,
    case when not is_suppressed and kind <> 'count' then n end as denominator,
    case when not is_suppressed then n end as n,
    case when not is_suppressed then metric_value(kind, k, d, t, n) end as value,
    case when not is_suppressed then metric_lo(kind, k, d, t, q, n) end as lo,
    case when not is_suppressed then metric_hi(kind, k, d, t, q, n) end as hi,
    threshold,
    method || case when is_weighted then ', weights left out' else '' end as method,
    definition_version,
    lake_snapshot.as_known_at
from decided join dim_metric using (metric, cells), sharing_rule, lake_snapshot
