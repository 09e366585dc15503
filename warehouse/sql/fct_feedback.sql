-- Grain: one row per feedback event.
-- Keys: source, event_id.
-- Meaning: one piece of feedback. received_date is the UTC day on which it happened, which daily figures count by.
--   rating_normalised is 0 at the lowest and 1 at the highest point of the stated scale. rating_is_top_two says whether
--   a rating takes one of the two highest whole numbers of a stated scale with three or more points. A rating without
--   a scale, or off it, has neither. attributes is JSON: attributes->>'timely'.
-- Upstream: stg_feedback
select
    source,
    event_id,
    received_at,
    recorded_at,
    (received_at at time zone 'UTC')::date as received_date,
    channel,
    product,
    language,
    record_class,
    category,
    sentiment,
    safety,
    severity,
    model,
    case_id,
    remedy_sought,
    rating,
    rating_scale,
    case
        when rating_min < rating_max and rating between rating_min and rating_max
        then (rating - rating_min) / (rating_max - rating_min)
    end as rating_normalised,
    case
        when rating_max - rating_min >= 2 and rating between rating_min and rating_max then rating >= rating_max - 1
    end as rating_is_top_two,
    text,
    attributes
from stg_feedback
