-- Grain: one row per chart × grain × segment × period.
-- Keys: chart, grain, segment, period_start.
-- Meaning: what the control charts chart. complaints_by_category: complaints about the segment (a category) per 100
--   pieces of feedback of the period that are no complaints, a measure of how busy it was that complaints do not move;
--   per period where one of the baseline has fewer than 20 of those. complaint_share: complaints among feedback whose
--   class is known. Periods are whole UTC days and weeks from Monday; the first and last day of the data may be partial,
--   so neither is one. epoch numbers stretches of 364 days, point the periods of each from 0; the first
--   baseline_points of an epoch are its baseline.
-- Upstream: agg_feedback_daily, lake_snapshot
with daily as (
    select
        period_start as day,
        category,
        sum(feedback_count) filter (record_class = 'complaint') as complaints,
        sum(feedback_count) filter (record_class <> 'complaint') as others
    from agg_feedback_daily
    where record_class is not null
    group by all
), span as (
    select
        min(day) + 1 as first_day,
        least(max(day), (any_value(as_known_at) at time zone 'UTC')::date) - 1 as last_day
    from daily, lake_snapshot
), grain as (
    select * from (values ('day', 1, 42), ('week', 7, 8)) as grains(grain, days, baseline_points)
), start as (
    select
        grain, days, baseline_points,
        case grain when 'day' then first_day else date_trunc('week', first_day + 6)::date end as starts, last_day
    from grain, span
), period as (
    select
        grain, days, baseline_points, place::bigint as place,
        (starts + (place * days)::integer)::date as period_start,
        (starts + ((place + 1) * days)::integer)::date as period_end,
        place * days // 364 as epoch
    from start, unnest(range(greatest(0, (last_day - starts + 1) // days))) as places(place)
), counted as (
    select
        grain, period_start, category,
        coalesce(sum(complaints), 0)::bigint as complaints,
        coalesce(sum(others), 0)::bigint as others
    from period join daily on day >= period_start and day < period_end
    group by all
), total as (
    select grain, period_start, sum(complaints)::bigint as complaints, sum(others)::bigint as others
    from counted
    group by all
), numbered as (
    select
        period.*,
        place - min(place) over (partition by grain, epoch) as point,
        coalesce(complaints, 0) as complaints,
        coalesce(others, 0) as others
    from period left join total using (grain, period_start)
), busy as (
    select grain, epoch, min(others) >= 20 as is_known
    from numbered
    where point < baseline_points
    group by all
), segment as (
    select distinct category as segment from daily where category is not null and complaints > 0
), series as (
    select
        'complaints_by_category' as chart,
        'laney_u' as kind,
        numbered.* exclude (complaints, others, days),
        segment,
        coalesce(counted.complaints, 0)::bigint as numerator,
        case when is_known then numbered.others / 100.0::double else 1.0::double end as denominator,
        case when is_known then '100 pieces of other feedback' else grain end as unit
    from numbered join busy using (grain, epoch), segment
    left join counted
        on counted.grain = numbered.grain and counted.period_start = numbered.period_start
        and counted.category = segment
    union all by name
    select
        'complaint_share' as chart,
        'laney_p' as kind,
        numbered.* exclude (complaints, others, days),
        'all' as segment,
        complaints::bigint as numerator,
        (complaints + others)::double as denominator,
        'feedback of known class' as unit
    from numbered
)
select *, case when denominator > 0 then numerator / denominator end as value
from series
