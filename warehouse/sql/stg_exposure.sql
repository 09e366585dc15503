-- Grain: one row per vidhuk.exposure.reported event.
-- Keys: source, event_id.
-- Meaning: how much business there was in [period_start, period_end), with the event's data spread into columns.
-- Upstream: stg_event
select
    source,
    event_id,
    recorded_at,
    data->>'unit' as unit,
    try_cast(data->>'count' as bigint) as exposure,
    try_cast(data->>'period_start' as timestamptz) as period_start,
    try_cast(data->>'period_end' as timestamptz) as period_end,
    product,
    channel,
    coalesce(data->'attributes', '{}'::json) as attributes
from stg_event
where event_type = 'vidhuk.exposure.reported.v1'
