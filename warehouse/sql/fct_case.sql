-- Grain: one row per case that was received.
-- Keys: case_id.
-- Meaning: a case as known now. received_at is its beginning. acknowledged_at, first_assessed_at, first_response_at (a
--   response or a decision, whichever came first), decided_at, escalated_at, first_closed_at and first_reopened_at are the
--   first of their kind; accepted_at and rejected_at the complainant's last word. closed_at, withdrawn_at,
--   reclassified_at and merged_at stand only where the case has ended so and is not open again: ended_as says which,
--   ended_at when. Whoever closes a closed case again worked on it until then, so closed_at is the last time that it was
--   said. What the organization did (closed_by_organization) and what the complainant said (acceptance) are separate
--   facts. *_us are wall-clock microseconds from the receipt. category and language are of the complaint itself. Steps of
--   a case that nobody received are in fct_case_refusal alone.
-- Upstream: fct_case_event, fct_feedback, case_priority
with complaint as (
    select
        case_id,
        arg_min(category, (received_at, recorded_at)) as category,
        arg_min(language, (received_at, recorded_at)) as language
    from fct_feedback
    where record_class = 'complaint' and case_id is not null
    group by case_id
), folded as (
    select
        case_id,
        any_value("partition") as "partition",
        min(occurred_at) filter (step = 'received' and outcome = 'applied') as received_at,
        min(occurred_at) filter (step = 'acknowledged' and outcome = 'applied') as acknowledged_at,
        min(occurred_at) filter (step = 'assessed' and outcome = 'applied') as first_assessed_at,
        min(occurred_at) filter (
            step in ('response-offered', 'decision-communicated') and outcome = 'applied'
        ) as first_response_at,
        min(occurred_at) filter (step = 'decision-communicated' and outcome = 'applied') as decided_at,
        max(occurred_at) filter (step = 'accepted' and outcome = 'applied') as accepted_at,
        max(occurred_at) filter (step = 'rejected' and outcome = 'applied') as rejected_at,
        min(occurred_at) filter (step = 'escalated' and outcome = 'applied') as escalated_at,
        min(occurred_at) filter (step = 'closed' and outcome = 'applied') as first_closed_at,
        min(occurred_at) filter (step = 'reopened' and outcome = 'applied') as first_reopened_at,
        max(occurred_at) filter (step = 'closed' and outcome in ('applied', 'repeat')) as last_closed_at,
        max(occurred_at) filter (step = 'withdrawn' and outcome = 'applied') as last_withdrawn_at,
        max(occurred_at) filter (step = 'reclassified' and outcome = 'applied') as last_reclassified_at,
        max(occurred_at) filter (step = 'merged' and outcome = 'applied') as last_merged_at,
        count(*) filter (outcome = 'refused') as refused_events,
        count(*) filter (outcome = 'repeat') as repeated_events,
        count(*) as events,
        arg_max({
            'state': state_to, 'is_open': is_open, 'product': product, 'channel': channel, 'priority': priority,
            'priority_first': priority_first, 'severity': severity, 'safety': safety,
            'immediate_action': immediate_action, 'vulnerable': vulnerable, 'reportable': reportable,
            'escalated': escalated, 'decision': decision, 'acceptance': acceptance,
            'closed_by_organization': closed_by_organization, 'recourse_told': recourse_told, 'reopens': reopens,
            'reclassified_as': reclassified_as, 'merged_into': merged_into
        }, position) as newest
    from fct_case_event
    where is_home
    group by case_id
), ended as (
    select
        * exclude (newest, last_closed_at, last_withdrawn_at, last_reclassified_at, last_merged_at),
        newest.*,
        case when not newest.is_open then newest.state end as ended_as,
        case when newest.state = 'closed' then last_closed_at end as closed_at,
        case when newest.state = 'withdrawn' then last_withdrawn_at end as withdrawn_at,
        case when newest.state = 'reclassified' then last_reclassified_at end as reclassified_at,
        case when newest.state = 'merged' then last_merged_at end as merged_at
    from folded
    where received_at is not null
)
select
    case_id,
    ended."partition",
    product,
    channel,
    complaint.category,
    complaint.language,
    received_at,
    (received_at at time zone 'UTC')::date as received_date,
    acknowledged_at,
    first_assessed_at,
    first_response_at,
    decided_at,
    accepted_at,
    rejected_at,
    closed_at,
    (closed_at at time zone 'UTC')::date as closed_date,
    first_closed_at,
    first_reopened_at,
    withdrawn_at,
    reclassified_at,
    merged_at,
    merged_into,
    reclassified_as,
    coalesce(closed_at, withdrawn_at, reclassified_at, merged_at) as ended_at,
    state,
    is_open,
    ended_as,
    decision,
    acceptance,
    closed_by_organization,
    recourse_told,
    ended.priority,
    priority_first,
    coalesce(later.priority_rank > earlier.priority_rank, false) as is_incorrectly_prioritised,
    severity,
    safety,
    immediate_action,
    vulnerable,
    reportable,
    escalated,
    escalated_at,
    reopens,
    refused_events,
    repeated_events,
    events,
    epoch_us(acknowledged_at) - epoch_us(received_at) as ack_us,
    epoch_us(first_response_at) - epoch_us(received_at) as first_response_us,
    epoch_us(decided_at) - epoch_us(received_at) as decision_us,
    epoch_us(first_closed_at) - epoch_us(received_at) as first_close_us,
    epoch_us(closed_at) - epoch_us(received_at) as close_us
from ended
left join complaint using (case_id)
left join case_priority as later on later.priority = ended.priority
left join case_priority as earlier on earlier.priority = ended.priority_first
