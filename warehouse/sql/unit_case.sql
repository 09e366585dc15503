-- Grain: one row per metric × cohort × case (for clocks: case × clock × cycle) that counts in it.
-- Keys: metric, cohort, unit.
-- Meaning: what each case adds to each rate. agg_case_rate sums it and says what each metric is, `vidhuk explain-diff`
--   compares it between two moments; it is not published.
-- Upstream: fct_case, fct_clock, lake_snapshot
with cohort_case as (
    select 'received' as cohort, received_date as day, * from fct_case
    union all
    select 'closed', closed_date, * from fct_case where closed_date is not null
), reopenable as (
    select
        *,
        (first_closed_at at time zone 'UTC')::date as first_closed_date,
        coalesce(first_reopened_at <= first_closed_at + interval 30 days, false) as is_reopened_30d,
        first_closed_at + interval 30 days <= lake_snapshot.as_known_at as is_mature_30d
    from fct_case, lake_snapshot
    where first_closed_at is not null
), due_clock as (
    select
        fct_clock.*,
        fct_case.category,
        fct_case.priority,
        coalesce(breached_at, due_at, fct_clock.ended_at) as settled_at
    from fct_clock join fct_case using (case_id)
    where is_breached or "end" = 'fulfilled'
), observed as (
    select 'reopen_rate' as metric, 'received' as cohort, case_id as unit, received_date as day, product, channel,
        category, priority, null::varchar as clock, first_reopened_at is not null as is_counted
    from reopenable
    union all
    select 'reopen_rate', 'closed', case_id, first_closed_date, product, channel, category, priority, null,
        first_reopened_at is not null
    from reopenable
    union all
    select 'reopen_rate_30d', 'received', case_id, received_date, product, channel, category, priority, null,
        is_reopened_30d
    from reopenable where is_mature_30d
    union all
    select 'reopen_rate_30d', 'closed', case_id, first_closed_date, product, channel, category, priority, null,
        is_reopened_30d
    from reopenable where is_mature_30d
    union all
    select 'escalation_rate', cohort, case_id, day, product, channel, category, priority, null, escalated from cohort_case
    union all
    select 'acceptance_rate', cohort, case_id, day, product, channel, category, priority, null, acceptance = 'accepted'
    from cohort_case where acceptance is not null
    union all
    select 'recourse_told_rate', cohort, case_id, day, product, channel, category, priority, null, recourse_told
    from cohort_case where rejected_at is not null
    union all
    select 'incorrect_priority_rate', cohort, case_id, day, product, channel, category, priority, null, is_incorrectly_prioritised
    from cohort_case where priority_first is not null
    union all
    select decision_class.metric, cohort, case_id, day, product, channel, category, priority, null,
        cohort_case.decision = decision_class.decision
    from cohort_case, (
        values
            ('uphold_rate', 'upheld'), ('partial_uphold_rate', 'partly_upheld'), ('rejection_rate', 'rejected'),
            ('redress_without_acceptance_rate', 'redress_without_acceptance'), ('other_decision_rate', 'other')
    ) as decision_class(metric, decision)
    where cohort_case.decision is not null
    union all
    select 'uphold_any_rate', cohort, case_id, day, product, channel, category, priority, null,
        decision in ('upheld', 'partly_upheld')
    from cohort_case where decision is not null
    union all
    select 'clock_breach_rate', 'due', case_id || chr(31) || clock || chr(31) || cycle,
        (settled_at at time zone 'UTC')::date, product, channel, category, priority, clock, is_breached
    from due_clock, lake_snapshot where settled_at <= lake_snapshot.as_known_at
)
select
    metric, cohort, unit, day, product, channel, category, priority, clock,
    is_counted::integer as favourable, 0 as unfavourable, 0.0::double as score, 1 as counted
from observed
