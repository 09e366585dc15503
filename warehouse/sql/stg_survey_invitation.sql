-- Grain: one row per vidhuk.survey.invited event.
-- Keys: source, event_id.
-- Meaning: one person was asked. Who it was stays in the lake.
-- Upstream: stg_event
select
    source,
    event_id,
    occurred_at as invited_at,
    data->>'survey_id' as survey_id,
    data->>'instrument' as instrument,
    data->>'wave' as wave,
    data->>'mode' as mode,
    channel,
    product
from stg_event
where event_type = 'vidhuk.survey.invited.v1'
