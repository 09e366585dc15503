-- Grain: one row per vidhuk.complaint.* event.
-- Keys: source, event_id.
-- Meaning: the steps of complaints as they were reported, not folded: which state a case is in is the fold's to say.
--   step is the event type's verb. Columns that only some steps carry are null elsewhere.
-- Upstream: stg_event
select
    source,
    event_id,
    occurred_at,
    recorded_at,
    (occurred_at at time zone 'UTC')::date as occurred_date,
    regexp_extract(event_type, '^vidhuk\.complaint\.(.+)\.v[0-9]+$', 1) as step,
    case_id,
    channel,
    product,
    data->>'outcome' as outcome,
    data->>'resolution' as resolution,
    try_cast(data->>'severity' as integer) as severity,
    try_cast(data->>'safety' as boolean) as safety,
    try_cast(data->>'complexity' as integer) as complexity,
    try_cast(data->>'impact' as integer) as impact,
    try_cast(data->>'immediate_action_needed' as boolean) as immediate_action_needed,
    try_cast(data->>'immediate_action_possible' as boolean) as immediate_action_possible,
    data->>'remedy' as remedy,
    try_cast(data->>'amount' as double) as amount,
    data->>'currency' as currency,
    try_cast(data->>'recourse_told' as boolean) as recourse_told,
    data->>'level' as escalation_level,
    data->>'reason' as reason,
    data->>'record_class' as reclassified_as,
    data->>'into_case_id' as into_case_id,
    coalesce(data->'attributes', '{}'::json) as attributes
from stg_event
where event_type like 'vidhuk.complaint.%'
