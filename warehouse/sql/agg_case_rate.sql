-- Grain: one row per metric × cohort × UTC day × product × channel × category × priority × clock.
-- Keys: metric, cohort, period_start, product, channel, category, priority, clock (product, channel, category and priority
--   may be null: not stated; clock is null but for clock_breach_rate).
-- Meaning: shares of cases with Wilson's interval. cohort says which day a case counts on: received (its receipt), closed
--   (its last closing, if it is closed; for reopening, its first) or due (when a clock fell due). Sums of numerator and
--   denominator are exact at any coarser grain; shares are not to be averaged.
--   reopen_rate: cases ever reopened (after an ending, or after an answer that did not hold), of those ever closed.
--   reopen_rate_30d: reopened for the first time no later than 30 days after the first closing, of those whose 30 days
--   are over. escalation_rate: of all cases. acceptance_rate: complainants who accepted,
--   of those who said. recourse_told_rate: complainants told where else to turn, of those who refused the answer.
--   incorrect_priority_rate: cases whose priority had to be raised, of those assessed. uphold_rate, partial_uphold_rate,
--   rejection_rate, redress_without_acceptance_rate, other_decision_rate: newest decisions, of cases decided; together
--   they are 1. clock_breach_rate: clocks breached, of those that were fulfilled or breached and whose due time has come;
--   one that is open and overdue is breached, one cancelled in time is left out.
--   uphold_any_rate: upheld in full or in part, as regulators count it.
-- Upstream: unit_case, lake_snapshot
with counted as (
    select
        metric, cohort, day, product, channel, category, priority, clock,
        sum(favourable)::bigint as numerator,
        sum(counted)::bigint as denominator
    from unit_case
    group by all
)
select
    metric,
    cohort,
    day as period_start,
    (day + 1)::date as period_end,
    product,
    channel,
    category,
    priority,
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
-- sorted, so that a question reads only the row groups of its metric
order by metric, cohort, period_start
