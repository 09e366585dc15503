-- Grain: one row per UTC day × product × age bucket, from the product's first case to the day of as_known_at.
-- Keys: period_start, product, bucket (product may be null: not stated).
-- Meaning: cases open at as_of, by the time since they were received, in calendar time: up to 3 days, up to 4 weeks, up
--   to 8 weeks, longer. as_of is the end of the day, and as_known_at on the last one. A reopened case is as old as its
--   receipt. Every past day can be asked, and its counts stay the same until something late is learnt. open_total counts
--   all buckets. What is dated after as_known_at counts on its day.
-- Upstream: fct_case_event, fct_case, lake_snapshot
with bucket(bucket_rank, bucket, over_us, up_to_us) as (
    values
        (1, 'up to 3 days', null, 259200000000),
        (2, '3 days to 4 weeks', 259200000000, 2419200000000),
        (3, '4 to 8 weeks', 2419200000000, 4838400000000),
        (4, 'over 8 weeks', 4838400000000, null)
), known as (
    select as_known_at, (as_known_at at time zone 'UTC')::date as last_day, last_day + 1 as after_all
    from lake_snapshot
), flip as (
    select
        fct_case.product,
        fct_case.received_at,
        event.is_open,
        least(event.occurred_date, known.last_day) as from_day,
        lead(least(event.occurred_date, known.last_day), 1, known.after_all) over (
            partition by event.case_id order by event.position
        ) as to_day
    from fct_case_event event join fct_case using (case_id), known
    where event.is_home and event.was_open <> event.is_open
), aged as (
    select
        flip.product,
        bucket.bucket_rank,
        case
            when over_us is null then from_day
            when received_at + to_microseconds(over_us) >= as_known_at then after_all
            else greatest(from_day, ((received_at + to_microseconds(over_us)) at time zone 'UTC')::date)
        end as from_day,
        case
            when up_to_us is null or received_at + to_microseconds(up_to_us) >= as_known_at then to_day
            else least(to_day, ((received_at + to_microseconds(up_to_us)) at time zone 'UTC')::date)
        end as to_day
    from flip, bucket, known
    where is_open
), moved as (
    select product, bucket_rank, from_day as day, 1 as change from aged where from_day < to_day
    union all
    select product, bucket_rank, to_day, -1 from aged where from_day < to_day
), changed as (
    select product, bucket_rank, day, sum(change) as change from moved group by product, bucket_rank, day
), calendar as (
    select
        product,
        unnest(generate_series(min(from_day)::timestamp, any_value(last_day)::timestamp, interval 1 day))::date as day
    from flip, known
    group by product
), counted as (
    select
        calendar.product,
        calendar.day,
        bucket.bucket_rank,
        bucket.bucket,
        (sum(coalesce(changed.change, 0)) over (
            partition by calendar.product, bucket.bucket_rank order by calendar.day rows unbounded preceding
        ))::bigint as open_cases
    from calendar cross join bucket
    left join changed on
        changed.day = calendar.day
        and changed.bucket_rank = bucket.bucket_rank
        and changed.product is not distinct from calendar.product
)
select
    day as period_start,
    (day + 1)::date as period_end,
    least(timezone('UTC', (day + 1)::timestamp), known.as_known_at) as as_of,
    product,
    bucket_rank,
    bucket,
    open_cases,
    (sum(open_cases) over (partition by product, day))::bigint as open_total,
    'full count' as method,
    1 as definition_version,
    known.as_known_at
from counted, known
