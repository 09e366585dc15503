-- Grain: one row per chart × grain × segment × period.
-- Keys: chart, grain, segment, period_start.
-- Meaning: control charts of complaints (stg_chart_series says of what) against limits frozen on the first 42 days or 8
--   weeks of each 364 days. rule says why a point is a signal, and the only rule is: strictly beyond 3 sigma, because each
--   further one adds false alarms. run_length counts points in a row on one side of the centre, for who looks for
--   lasting shifts (Nelson's second rule begins at nine). lo and hi are the interval of the value itself (Byar, Wilson for
--   the share); lcl and ucl say where ordinary points lie, and are null where there are too few to tell.
-- Upstream: stg_chart_series, stg_chart_baseline, lake_snapshot
with charted as (
    select
        *,
        case when has_limits then chart_lcl(kind, centre, denominator, sigma_z) end as lcl,
        case when has_limits then chart_ucl(kind, centre, denominator, sigma_z) end as ucl,
        case when has_limits and value > centre then 'above' when has_limits and value < centre then 'below' end as half
    from stg_chart_series left join stg_chart_baseline using (chart, grain, segment, epoch)
), turned as (
    select *, half is distinct from lag(half) over along as turns
    from charted
    window along as (partition by chart, grain, segment order by place)
), grouped as (
    select *, count(*) filter (turns) over (partition by chart, grain, segment order by place) as run
    from turned
), ruled as (
    select
        *,
        case when half is not null then
            row_number() over (partition by chart, grain, segment, run order by place)
        end as run_length,
        case when value > ucl or value < lcl then 'beyond limits' end as rule
    from grouped
)
select
    chart,
    grain,
    segment,
    period_start,
    period_end,
    unit,
    numerator,
    denominator,
    numerator as n,
    value,
    case kind when 'laney_p' then wilson_lo(numerator, denominator) else rate_lo(numerator, denominator, 1) end as lo,
    case kind when 'laney_p' then wilson_hi(numerator, denominator) else rate_hi(numerator, denominator, 1) end as hi,
    centre,
    lcl,
    ucl,
    sigma_z,
    rule is not null as signal,
    rule,
    case when rule is not null then half end as side,
    run_length,
    baseline_from,
    baseline_to,
    baseline_n,
    kind || ', 3 sigma' as method,
    2 as definition_version,
    lake_snapshot.as_known_at
from ruled, lake_snapshot
