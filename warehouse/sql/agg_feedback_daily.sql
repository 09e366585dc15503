-- Grain: one row per UTC day × channel × product × category × language × record_class.
-- Keys: period_start, channel, product, category, language, record_class (product, category, language and record_class
--   may be null: not stated and not found out).
-- Meaning: counts, and the share of the record class among the feedback of the same day, channel, product, category and
--   language whose class is known (complaint share where record_class = 'complaint'), with Wilson's interval. Every
--   cell with a known class has a complaint row, with 0 if need be, so that sums of its denominator are whole.
--   Counts add up over rows; shares do not: add numerator and denominator, or ask `vidhuk metric`.
-- Upstream: fct_feedback, lake_snapshot
with counted as (
    select
        received_date, channel, product, category, language, record_class,
        count(*) as feedback_count,
        count(sentiment) as sentiment_count,
        count(*) filter (sentiment = 'negative') as negative_count,
        count(*) filter (safety) as safety_count,
        count(text) as text_count,
        count(rating) as rating_count
    from fct_feedback
    group by all
), without_complaints as (
    select
        received_date, channel, product, category, language, 'complaint' as record_class,
        0 as feedback_count, 0 as sentiment_count, 0 as negative_count, 0 as safety_count, 0 as text_count,
        0 as rating_count
    from counted
    group by received_date, channel, product, category, language
    having count(*) filter (record_class = 'complaint') = 0 and count(record_class) > 0
), complete as (
    select * from counted
    union all by name
    select * from without_complaints
), shared as (
    select
        *,
        case when record_class is not null then feedback_count end as in_class,
        case when record_class is not null then
            (sum(feedback_count) filter (record_class is not null) over (
                partition by received_date, channel, product, category, language
            ))::bigint
        end as known
    from complete
)
select
    'record_class_share' as metric,
    received_date as period_start,
    (received_date + 1)::date as period_end,
    channel,
    product,
    category,
    language,
    record_class,
    feedback_count::bigint as feedback_count,
    sentiment_count::bigint as sentiment_count,
    negative_count::bigint as negative_count,
    safety_count::bigint as safety_count,
    text_count::bigint as text_count,
    rating_count::bigint as rating_count,
    in_class::bigint as numerator,
    known as denominator,
    coalesce(known, 0) as n,
    in_class::double / known as value,
    wilson_lo(in_class, known) as lo,
    wilson_hi(in_class, known) as hi,
    'wilson' as method,
    1 as definition_version,
    lake_snapshot.as_known_at
from shared, lake_snapshot
-- sorted, so that a question reads only the row groups of its class
order by record_class, period_start
