-- Grain: one row per UTC day of the first closing × channel × product.
-- Keys: period_start, channel, product (product may be null).
-- Meaning: first-contact resolution: cases closed for which the customer had to write once. No other feedback of the case
--   arrived before the end of the window of 7 days after its first closing, and it was neither escalated nor reopened
--   until then. is_mature is false while the window of the day's last case is still open: the figure can only fall.
--   Cases are known by their case_id; the same person with the same matter under another one counts twice.
-- Upstream: fct_case, fct_feedback, lake_snapshot
with closed as (
    select
        case_id, channel, product, first_closed_at,
        (first_closed_at at time zone 'UTC')::date as period_start,
        first_closed_at + interval 7 days as until,
        coalesce(escalated_at < first_closed_at + interval 7 days, false)
            or coalesce(first_reopened_at < first_closed_at + interval 7 days, false) as went_on
    from fct_case
    where first_closed_at is not null
), contact as (
    select case_id, count(*) as contacts
    from closed join fct_feedback using (case_id)
    where received_at < until
    group by case_id
), counted as (
    select
        period_start, closed.channel, closed.product,
        count(*) filter (coalesce(contacts, 1) <= 1 and not went_on)::bigint as numerator,
        count(*)::bigint as denominator
    from closed left join contact using (case_id)
    group by all
)
select
    period_start,
    (period_start + 1)::date as period_end,
    channel,
    product,
    numerator,
    denominator,
    denominator as n,
    numerator::double / denominator as value,
    wilson_lo(numerator, denominator) as lo,
    wilson_hi(numerator, denominator) as hi,
    7 as window_days,
    (period_start + 8)::timestamp at time zone 'UTC' <= lake_snapshot.as_known_at as is_mature,
    'wilson, window 7 days' as method,
    1 as definition_version,
    lake_snapshot.as_known_at
from counted, lake_snapshot
