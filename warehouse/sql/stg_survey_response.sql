-- Grain: one row per vidhuk.survey.responded event.
-- Keys: source, event_id.
-- Meaning: one answer on its instrument's scale, with its data spread into columns. Who was invited stays in the lake.
-- Upstream: stg_event
select
    source,
    event_id,
    occurred_at as responded_at,
    recorded_at,
    data->>'survey_id' as survey_id,
    data->>'instrument' as instrument,
    data->>'wave' as wave,
    data->>'mode' as mode,
    data->>'wording' as wording,
    try_cast(data->>'weight' as double) as weight,
    channel,
    product,
    case_id,
    language,
    category,
    sentiment,
    safety,
    model,
    try_cast(data->>'score' as double) as score,
    try_cast(data->>'scale_min' as bigint) as scale_min,
    try_cast(data->>'scale_max' as bigint) as scale_max,
    text,
    coalesce(data->'attributes', '{}'::json) as attributes
from stg_event
where event_type = 'vidhuk.survey.responded.v1'
