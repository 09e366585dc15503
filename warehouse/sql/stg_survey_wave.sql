-- Grain: one row per survey × wave that was reported.
-- Keys: survey_id, wave.
-- Meaning: the newest vidhuk.survey.wave-reported event of each wave.
-- Upstream: stg_event
select
    data->>'survey_id' as survey_id,
    data->>'wave' as wave,
    data->>'instrument' as instrument,
    data->>'sampling' as sampling,
    data->>'population' as population,
    try_cast(data->>'frame_size' as bigint) as frame_size,
    data->>'mode' as mode,
    try_cast(data->>'complete' as bigint) as complete,
    try_cast(data->>'partial' as bigint) as partial,
    try_cast(data->>'refusal' as bigint) as refusal,
    try_cast(data->>'non_contact' as bigint) as non_contact,
    try_cast(data->>'other' as bigint) as other,
    try_cast(data->>'unknown_household' as bigint) as unknown_household,
    try_cast(data->>'unknown_other' as bigint) as unknown_other,
    try_cast(data->>'ineligible' as bigint) as ineligible,
    data->>'weighting' as weighting,
    data->>'targets_source' as targets_source,
    try_cast(data->>'targets_as_of' as timestamptz) as targets_as_of
from stg_event
where event_type = 'vidhuk.survey.wave-reported.v1'
qualify row_number() over (partition by survey_id, wave order by recorded_at desc, source desc, event_id desc) = 1
