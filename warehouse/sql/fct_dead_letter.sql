-- Grain: one row per input that could not be accepted.
-- Keys: letter_key.
-- Meaning: reason (closed list), the field at fault where one is, a sentence, and where the input came from: a file's
--   line, or an inbox partition and offset.
-- Upstream: stg_dead_letter
select
    letter_key,
    recorded_at,
    (recorded_at at time zone 'UTC')::date as recorded_date,
    reason,
    field,
    sentence,
    file,
    line,
    inbox_partition,
    inbox_offset
from stg_dead_letter
