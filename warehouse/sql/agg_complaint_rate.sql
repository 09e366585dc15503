-- Grain: one row per unit × period × product × channel × attributes for which an exposure was reported.
-- Keys: unit, period_start, period_end, product, channel, scope (product and channel may be null: all of them).
-- Meaning: complaints received in [period_start, period_end) per 1,000 of the unit, with Byar's interval. Numerator and
--   denominator share period and scope: complaints about the report's product, by its channel, with its attributes. No
--   complaints are 0; no exposure makes the rate unknown; where nothing was reported there is no row. Rows of a whole and of
--   its parts stand beside each other and do not add up.
-- Upstream: fct_exposure, fct_feedback, lake_snapshot
with complaint as (
    select received_at, product, channel, attributes from fct_feedback where record_class = 'complaint'
), counted as (
    select
        report.unit, report.period_start, report.period_end, report.product, report.channel, report.scope,
        report.exposure,
        count(complaint.received_at)::bigint as complaints
    from fct_exposure report
    left join complaint
        on complaint.received_at >= report.period_start and complaint.received_at < report.period_end
        and (report.product is null or complaint.product = report.product)
        and (report.channel is null or complaint.channel = report.channel)
        and (report.scope = '{}' or json_contains(complaint.attributes, report.attributes))
    group by all
)
select
    unit,
    period_start,
    period_end,
    product,
    channel,
    scope,
    complaints as numerator,
    exposure as denominator,
    exposure as n,
    rate_value(complaints, exposure, 1000) as value,
    rate_lo(complaints, exposure, 1000) as lo,
    rate_hi(complaints, exposure, 1000) as hi,
    'byar, per 1000' as method,
    1 as definition_version,
    lake_snapshot.as_known_at
from counted, lake_snapshot
