-- Grain: one row per chart × grain × segment × epoch.
-- Keys: chart, grain, segment, epoch.
-- Meaning: frozen limits, as pipeline.statistics.charts.phase_one makes them: from the points of the baseline that lie
--   within the limits that all of its points give. sigma_z is Laney's and at least 1, because so few points
--   cannot show a spread below chance's. has_limits is false below 5 expected events a period (for a share, either
--   way): the normal approximation does not hold there.
-- Upstream: stg_chart_series
with baseline as (
    select
        *,
        sum(numerator) over same / list_sum(list(denominator) over same) as centre
    from stg_chart_series
    where point < baseline_points and value is not null
    window same as (
        partition by chart, grain, segment, epoch order by place
        rows between unbounded preceding and unbounded following
    )
), spread as (
    select
        chart, grain, segment, epoch,
        greatest(1, coalesce(laney_sigma_z(list(
            case when chart_sigma(kind, centre, denominator) > 0
                then (value - centre) / chart_sigma(kind, centre, denominator) else 0 end
            order by place
        )), 0)) as sigma_z
    from baseline
    group by all
), kept as (
    select
        baseline.* exclude (centre),
        sum(numerator) over same as events,
        list_sum(list(denominator) over same) as size,
        count(*) over same as baseline_n
    from baseline join spread using (chart, grain, segment, epoch)
    where value >= chart_lcl(kind, centre, denominator, sigma_z)
        and value <= chart_ucl(kind, centre, denominator, sigma_z)
    window same as (
        partition by chart, grain, segment, epoch order by place
        rows between unbounded preceding and unbounded following
    )
)
select
    chart,
    grain,
    segment,
    epoch,
    any_value(events / size) as centre,
    greatest(
        1,
        coalesce(laney_sigma_z(list(
            case when chart_sigma(kind, events / size, denominator) > 0
                then (value - events / size) / chart_sigma(kind, events / size, denominator) else 0 end
            order by place
        )), 0)
    ) as sigma_z,
    any_value(case kind when 'laney_p' then least(events, size - events) else events end / baseline_n) >= 5
        as has_limits,
    min(period_start) as baseline_from,
    max(period_end) as baseline_to,
    any_value(baseline_n) as baseline_n
from kept
group by chart, grain, segment, epoch
