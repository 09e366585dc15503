-- Grain: one row per metric × piece of feedback that counts in it.
-- Keys: metric, unit.
-- Meaning: what each piece of feedback adds to each feedback metric, as unit_answer does for answers. record_class is
--   null where the metric itself is about classes. agg_feedback_daily counts the same from fct_feedback, all classes
--   side by side.
-- Upstream: fct_feedback
select
    'complaint_share' as metric, source || chr(31) || event_id as unit, received_date as day,
    channel, product, category, language, null::varchar as record_class, attributes,
    (record_class = 'complaint')::integer as favourable, 0 as unfavourable, 0.0::double as score, 1 as counted
from fct_feedback where record_class is not null
union all
select
    'feedback_count', source || chr(31) || event_id, received_date, channel, product, category, language, record_class,
    attributes, 1, 0, 0.0, 1
from fct_feedback
union all
select
    'complaint_count', source || chr(31) || event_id, received_date, channel, product, category, language, null,
    attributes, 1, 0, 0.0, 1
from fct_feedback where record_class = 'complaint'
