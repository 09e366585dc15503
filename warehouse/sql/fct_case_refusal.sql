-- Grain: one row per event that the life of its case does not allow.
-- Keys: case_id, partition, position.
-- Meaning: the quarantine. A refused event stays in the log and changes nothing; reason says why, state what the case was
--   in when it happened. It is judged again whenever an earlier event arrives late, and leaves when it then fits.
-- Upstream: fct_case_event
select
    case_id,
    "partition",
    position,
    step,
    occurred_at,
    occurred_date,
    known_at,
    reason,
    state_from as state,
    product,
    channel,
    is_home
from fct_case_event
where outcome = 'refused'
