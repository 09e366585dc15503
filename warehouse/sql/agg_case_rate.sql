-- Grain: one row per metric × cohort × UTC day × product × channel × clock.
-- Keys: metric, cohort, period_start, product, channel, clock (product and channel may be null: not stated; clock is null
--   but for clock_breach_rate).
-- Meaning: shares of cases with Wilson's interval. cohort says which day a case counts on: received (its receipt), closed
--   (its last closing, if it is closed; for reopening, its first) or due (when a clock fell due). Sums of numerator and
--   denominator are exact at any coarser grain; shares are not to be averaged.
--   reopen_rate: cases reopened since, of those ever closed. reopen_rate_30d: reopened within 30 days of the first
--   closing, of those whose 30 days are over. escalation_rate: of all cases. acceptance_rate: complainants who accepted,
--   of those who said. recourse_told_rate: complainants told where else to turn, of those who refused the answer.
--   incorrect_priority_rate: cases whose priority had to be raised, of those assessed. uphold_rate, partial_uphold_rate,
--   rejection_rate, redress_without_acceptance_rate, other_decision_rate: newest decisions, of cases decided; together
--   they are 1. clock_breach_rate: clocks breached, of those that were fulfilled or breached and whose due time has come;
--   one that is open and overdue is breached, one cancelled in time is left out.
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
        *,
        coalesce(breached_at, due_at, ended_at) as settled_at
    from fct_clock
    where is_breached or "end" = 'fulfilled'
), observed as (
    select 'reopen_rate' as metric, 'received' as cohort, received_date as day, product, channel,
        null::varchar as clock, first_reopened_at is not null as is_counted
    from reopenable
    union all
    select 'reopen_rate', 'closed', first_closed_date, product, channel, null, first_reopened_at is not null
    from reopenable
    union all
    select 'reopen_rate_30d', 'received', received_date, product, channel, null, is_reopened_30d
    from reopenable where is_mature_30d
    union all
    select 'reopen_rate_30d', 'closed', first_closed_date, product, channel, null, is_reopened_30d
    from reopenable where is_mature_30d
    union all
    select 'escalation_rate', cohort, day, product, channel, null, escalated from cohort_case
    union all
    select 'acceptance_rate', cohort, day, product, channel, null, acceptance = 'accepted'
    from cohort_case where acceptance is not null
    union all
    select 'recourse_told_rate', cohort, day, product, channel, null, recourse_told
    from cohort_case where rejected_at is not null
    union all
    select 'incorrect_priority_rate', cohort, day, product, channel, null, is_incorrectly_prioritised
    from cohort_case where priority_first is not null
    union all
    select decision_class.metric, cohort, day, product, channel, null,
        cohort_case.decision = decision_class.decision
    from cohort_case, (
        values
            ('uphold_rate', 'upheld'), ('partial_uphold_rate', 'partly_upheld'), ('rejection_rate', 'rejected'),
            ('redress_without_acceptance_rate', 'redress_without_acceptance'), ('other_decision_rate', 'other')
    ) as decision_class(metric, decision)
    where cohort_case.decision is not null
    union all
    select 'clock_breach_rate', 'due', (settled_at at time zone 'UTC')::date, product, channel, clock, is_breached
    from due_clock, lake_snapshot where settled_at <= lake_snapshot.as_known_at
), counted as (
    select
        metric, cohort, day, product, channel, clock,
        count(*) filter (is_counted) as numerator,
        count(*) as denominator
    from observed
    group by all
)
select
    metric,
    cohort,
    day as period_start,
    (day + 1)::date as period_end,
    product,
    channel,
    clock,
    numerator,
    denominator,
    denominator as n,
    numerator::double / denominator as value,
    wilson_lo(numerator, denominator) as lo,
    wilson_hi(numerator, denominator) as hi,
    'wilson' as method,
    1 as definition_version,
    lake_snapshot.as_known_at
from counted, lake_snapshot
