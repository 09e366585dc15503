-- Grain: one row per UTC day × product, from the product's first case to the day of as_known_at, without a gap.
-- Keys: period_start, product (product may be null: not stated).
-- Meaning: the account of cases: opening + received + reopened - closed - merged - withdrawn - reclassified = closing.
--   The flows count applied steps that began or ended the organization's work: a case that is reopened before it had
--   ended (answered, but not closed) was open all the time and is no flow. opening and closing do not come from the
--   flows: closing counts cases whose state at the end of the day is an open one. So the sum can fail, and
--   `vidhuk reconcile` looks. Full counts add up over products and have no interval. What is dated after as_known_at
--   counts on its day.
-- Upstream: fct_case_event, fct_case, lake_snapshot
with home_event as (
    select
        event.case_id,
        fct_case.product,
        least(event.occurred_date, (lake_snapshot.as_known_at at time zone 'UTC')::date) as day,
        event.position,
        event.step,
        event.was_open,
        event.is_open
    from fct_case_event event join fct_case using (case_id), lake_snapshot
    -- what is refused changes nothing, and a step before the receipt does not begin the account
    where event.is_home and event.outcome = 'applied'
), flow as (
    select
        product,
        day,
        count(*) filter (step = 'received') as received,
        count(*) filter (step = 'reopened') as reopened,
        count(*) filter (step = 'closed') as closed,
        count(*) filter (step = 'merged') as merged,
        count(*) filter (step = 'withdrawn') as withdrawn,
        count(*) filter (step = 'reclassified') as reclassified
    from home_event
    where was_open <> is_open
    group by product, day
), day_end as (
    select case_id, product, day, arg_max(is_open, position) as is_open
    from home_event
    group by case_id, product, day
), turned as (
    select
        product,
        day,
        is_open::integer - lag(is_open::integer, 1, 0) over (partition by case_id order by day) as change
    from day_end
), changed as (
    select product, day, sum(change) as change from turned group by product, day
), calendar as (
    select
        product,
        unnest(generate_series(
            min(day)::timestamp, max((lake_snapshot.as_known_at at time zone 'UTC')::date)::timestamp, interval 1 day
        ))::date as day
    from changed, lake_snapshot
    group by product
), counted as (
    select
        calendar.product,
        calendar.day,
        coalesce(flow.received, 0) as received,
        coalesce(flow.reopened, 0) as reopened,
        coalesce(flow.closed, 0) as closed,
        coalesce(flow.merged, 0) as merged,
        coalesce(flow.withdrawn, 0) as withdrawn,
        coalesce(flow.reclassified, 0) as reclassified,
        coalesce(changed.change, 0)::bigint as change,
        (sum(coalesce(changed.change, 0)) over (
            partition by calendar.product order by calendar.day rows unbounded preceding
        ))::bigint as closing
    from calendar
    left join flow on flow.day = calendar.day and flow.product is not distinct from calendar.product
    left join changed on changed.day = calendar.day and changed.product is not distinct from calendar.product
)
select
    day as period_start,
    (day + 1)::date as period_end,
    product,
    closing - change as opening,
    received,
    reopened,
    closed,
    merged,
    withdrawn,
    reclassified,
    closing,
    'full count' as method,
    1 as definition_version,
    lake_snapshot.as_known_at
from counted, lake_snapshot
