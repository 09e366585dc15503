-- Grain: one row per change of one clock of one case.
-- Keys: case_id, clock, cycle, ordinal.
-- Meaning: activate, pause, resume, fulfil, breach and cancel, each with what the clock showed then. ordinal
--   counts the changes of one cycle in their order; position is that of the event which made the change known
--   (fct_case_event). A breach is dated when the clock fell due, not when it was noticed.
--   A clock that has run out since the last event of its case has no such row: fct_clock says it.
-- Upstream: stg_clock, fct_case_event
select
    c.case_id,
    c.clock,
    c.cycle,
    event.position,
    c.ordinal,
    c.change,
    c.changed_at,
    c.due_at,
    c.policy,
    c.policy_version,
    c.target_us,
    c.elapsed_us,
    c.wall_us,
    c.paused_us,
    c.breached_at,
    c.known_at
from stg_clock c
join fct_case_event event on
    c.case_id = event.case_id and c."partition" = event."partition" and c.event_key = event.event_key
where event.is_home
