-- Grain: one row per metric × cohort × product × month of receipt × quantile.
-- Keys: metric, cohort, product, period_start, quantile. cohort says which of product and month are taken apart: all,
--   product, month, product and month. Where they are not, product and the period are null; product is null too for
--   cases without one.
-- Meaning: within how many hours (wall clock, from the receipt) half, 90 % and 95 % of cases are acknowledged, answered
--   for the first time, decided, closed for the first time, and closed for good as far as is known. Kaplan-Meier: a case
--   that is still waiting counts up to as_known_at as one that took longer, never as missing; one that ended otherwise
--   (withdrawn, merged, reclassified, or closed without the step) counts up to its end. value is the shortest time by
--   which the share is reached, null while it is not; lo and hi are where the 95 % log-log band of the curve reaches it,
--   null where it never does. n is cases, of which events happened and censored were still waiting.
-- Upstream: fct_case_wait, lake_snapshot
with waited as (
    select metric, product, date_trunc('month', received_date)::date as month, is_event, us from fct_case_wait
), moment as (
    select
        metric,
        case
            when grouping(product) = 1 and grouping(month) = 1 then 'all'
            when grouping(month) = 1 then 'product'
            when grouping(product) = 1 then 'month'
            else 'product and month'
        end as cohort,
        product,
        month,
        us,
        count(*) filter (is_event) as events,
        count(*) as leaving
    from waited
    group by grouping sets ((metric, us), (metric, product, us), (metric, month, us), (metric, product, month, us))
), at_risk as (
    select
        *,
        sum(leaving) over (
            partition by metric, cohort, product, month order by us desc rows unbounded preceding
        ) as waiting
    from moment
), surviving as (
    select
        metric,
        cohort,
        product,
        month,
        us,
        sum(events) over whole as events,
        sum(leaving) over whole as n,
        -- the product-limit estimate and Greenwood's sum, which has no term where nobody is left
        product(1 - events::double / waiting) over so_far as surviving,
        sum(case when waiting > events then events::double / (waiting * (waiting - events)) end) over so_far as variance
    from at_risk
    window
        whole as (partition by metric, cohort, product, month),
        so_far as (partition by metric, cohort, product, month order by us rows unbounded preceding)
), reaching as (
    select
        *,
        case when surviving between 1e-9 and 1 - 1e-9 then
            exp(1.959963984540054 * sqrt(variance) / -ln(surviving))
        end as reach
    from surviving
), banded as (
    select
        *,
        case when reach is null then surviving else exp(ln(surviving) * reach) end as low_band,
        case when reach is null then nullif(surviving, 0) else exp(ln(surviving) / reach) end as high_band
    from reaching
), reached as (
    select
        metric,
        cohort,
        product,
        month,
        share as quantile,
        any_value(events)::bigint as events,
        any_value(n)::bigint as n,
        -- 1e-9, as pipeline.statistics.survival: a product of fractions may miss the share itself by rounding
        min(us) filter (surviving <= 1 - share + 1e-9) as value_us,
        min(us) filter (low_band <= 1 - share + 1e-9) as lo_us,
        min(us) filter (high_band <= 1 - share + 1e-9) as hi_us
    from banded, (values (0.5::double), (0.9::double), (0.95::double)) as asked(share)
    group by metric, cohort, product, month, share
)
select
    metric,
    cohort,
    product,
    month as period_start,
    (month + interval 1 month)::date as period_end,
    quantile,
    events as numerator,
    n as denominator,
    n,
    events,
    n - events as censored,
    'hours' as unit,
    value_us / 3600000000 as value,
    least(lo_us, value_us) / 3600000000 as lo,
    case when value_us is not null then hi_us / 3600000000 end as hi,
    'kaplan-meier, log-log' as method,
    1 as definition_version,
    lake_snapshot.as_known_at
from reached, lake_snapshot
