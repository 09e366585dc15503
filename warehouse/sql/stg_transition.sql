-- Grain: one row per event of a case, in each partition that holds it.
-- Keys: partition, event_key.
-- Meaning: what the fold says of an event as known now. A late event changes what is said of those after it, so the lake
--   holds a row per judgement: the newest counts. Within a log its place says which that is, because a broker's clock may
--   step back; between logs known_at does, taken as never going back. Everything about the case is as it was after the
--   event. Nothing is folded here.
-- Upstream: lake_transitions
with judged_again as (
    select "partition", event_key from lake_transitions group by all having count(*) > 1
), placed as (
    select *, max(known_at) over (partition by "partition", event_key, log order by "offset") as learnt
    from lake_transitions semi join judged_again using ("partition", event_key)
), newest_of_those as (
    select * exclude (learnt) from placed
    qualify row_number() over (partition by "partition", event_key order by learnt desc, log desc, "offset" desc) = 1
), newest as (
    select * from lake_transitions anti join judged_again using ("partition", event_key)
    union all by name
    select * from newest_of_those
)
select
    case_id,
    "partition",
    event_key,
    step,
    time as occurred_at,
    sequence,
    outcome,
    reason,
    state_from,
    state_to,
    product,
    channel,
    priority,
    priority_first,
    severity,
    safety,
    immediate_action,
    vulnerable,
    reportable,
    escalated,
    decision,
    acceptance,
    closed_by_organization,
    recourse_told,
    reopens,
    reclassified_as,
    merged_into,
    known_at,
    log,
    "offset"
from newest
