-- Grain: one row per accepted event.
-- Keys: source, event_id (unique for ever; the ledger promises it only within its horizon).
-- Meaning: the lake's events, typed and renamed, each identity once: the earliest recordedtime wins, then the lowest
--   place in the log. `event_key` is a hash that narrows the search; the identity itself decides.
-- Upstream: lake_events
with repeated as (
    select event_key from lake_events group by event_key having count(*) > 1
), first_of_repeated as (
    select * from lake_events
    where event_key in (select event_key from repeated)
    qualify row_number() over (partition by source, id order by recordedtime, "partition", "offset") = 1
), unique_event as (
    select * from lake_events where event_key not in (select event_key from repeated)
    union all by name
    select * from first_of_repeated
)
select
    source,
    id as event_id,
    type as event_type,
    time as occurred_at,
    recordedtime as recorded_at,
    channel,
    case_id,
    product,
    language,
    record_class,
    category,
    sentiment,
    safety,
    severity,
    confidence,
    model,
    rating,
    rating_scale,
    text,
    data::json as data
from unique_event
