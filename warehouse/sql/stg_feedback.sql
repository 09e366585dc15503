-- Grain: one row per vidhuk.feedback.submitted event.
-- Keys: source, event_id.
-- Meaning: what a channel said, with its data spread into columns. The customer's name and contact stay in the lake.
-- Upstream: stg_event
select
    source,
    event_id,
    occurred_at as received_at,
    recorded_at,
    channel,
    case_id,
    product,
    language,
    record_class,
    category,
    sentiment,
    safety,
    severity,
    model,
    rating,
    rating_scale,
    try_cast(regexp_extract(rating_scale, '^(-?[0-9]+)-([0-9]+)$', 1) as double) as rating_min,
    try_cast(regexp_extract(rating_scale, '^(-?[0-9]+)-([0-9]+)$', 2) as double) as rating_max,
    text,
    data->>'remedy_sought' as remedy_sought,
    coalesce(data->'attributes', '{}'::json) as attributes
from stg_event
where event_type = 'vidhuk.feedback.submitted.v1'
