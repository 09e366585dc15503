-- Grain: one row per input that could not be accepted.
-- Keys: letter_key.
-- Meaning: why and where, never what: the original bytes stay in the lake.
-- Upstream: lake_dead_letters
select
    letter_key,
    reason,
    field,
    sentence,
    recordedtime as recorded_at,
    file,
    line,
    inbox_partition,
    inbox_offset
from lake_dead_letters
qualify row_number() over (partition by letter_key order by recordedtime, "partition", "offset") = 1
