-- Grain: one row per change of one clock of one case, in each partition that holds the case.
-- Keys: partition, case_id, clock, cycle, ordinal.
-- Meaning: changes that still hold. Whenever an event is judged again its changes are written again with it, so those
--   hold that were written at the place in the log where the newest judgement of their event was.
-- Upstream: lake_clocks, stg_transition
select
    c.case_id,
    c."partition",
    c.event_key,
    c.clock,
    c.cycle,
    c.policy,
    c.policy_version,
    c.change,
    c.at as changed_at,
    c.due_at,
    c.target_us,
    c.elapsed_us,
    c.wall_us,
    c.paused_us,
    c.breached_at,
    c.ordinal,
    c.known_at
from lake_clocks c
semi join stg_transition t on
    c."partition" = t."partition" and c.event_key = t.event_key and c.log = t.log and c."offset" = t."offset"
