-- Grain: one row per event of a case, in each partition that holds it.
-- Keys: case_id, partition, position.
-- Meaning: the life of a case step by step, as the fold judged it: applied, a repeat, or refused with a reason. position
--   counts the events of a case from 1 in the order in which they are folded: when they happened, the stated sequence,
--   the step's rank, the identity. All that is said of the case is after the event; state_from is before it. was_open and
--   is_open say whether the organization owed work before and after. known_at is when this judgement was learnt.
--   is_home is false for events in another partition than the one where the case was received: the fold never saw them
--   together, and they are no part of fct_case.
-- Upstream: stg_transition, case_step, case_state
with scattered as (
    select
        case_id,
        arg_min("partition", (not (step = 'received' and outcome = 'applied'), known_at, "partition")) as home
    from stg_transition
    group by case_id
    having min("partition") <> max("partition")
)
select
    t.case_id,
    t."partition",
    row_number() over (
        partition by t.case_id, t."partition"
        order by t.occurred_at, t.sequence, case_step.step_rank, t.event_key
    ) as position,
    t.event_key,
    t.step,
    t.occurred_at,
    (t.occurred_at at time zone 'UTC')::date as occurred_date,
    t.known_at,
    t.outcome,
    t.reason,
    t.state_from,
    t.state_to,
    before.is_open as was_open,
    after.is_open as is_open,
    t.product,
    t.channel,
    t.priority,
    t.priority_first,
    t.severity,
    t.safety,
    t.immediate_action,
    t.vulnerable,
    t.reportable,
    t.escalated,
    t.decision,
    t.acceptance,
    t.closed_by_organization,
    t.recourse_told,
    t.reopens,
    t.reclassified_as,
    t.merged_into,
    coalesce(t."partition" = scattered.home, true) as is_home
from stg_transition t
left join case_step using (step)
left join case_state as before on before.state = t.state_from
left join case_state as after on after.state = t.state_to
left join scattered using (case_id)
