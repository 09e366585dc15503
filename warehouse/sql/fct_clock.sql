-- Grain: one row per case × clock × cycle.
-- Keys: case_id, clock, cycle.
-- Meaning: where a clock stands as of as_known_at. cycle counts from 0 and goes up when a reopening starts the clock
--   anew. ended_as is fulfilled, cancelled, running or paused. elapsed_us (business time), wall_us and paused_us are as of
--   changed_at, its last change. A running clock whose due_at has passed is breached, dated due_at, though nothing has
--   happened to its case since; is_open_overdue marks those that are breached and not fulfilled yet.
-- Upstream: fct_clock_change, fct_case, lake_snapshot
with newest as (
    select
        case_id,
        clock,
        cycle,
        min(changed_at) filter (change = 'activate') as activated_at,
        arg_max({
            'change': change, 'changed_at': changed_at, 'due_at': due_at, 'policy': policy,
            'policy_version': policy_version, 'target_us': target_us, 'elapsed_us': elapsed_us, 'wall_us': wall_us,
            'paused_us': paused_us, 'breached_at': breached_at
        }, ordinal) as clock_now
    from fct_clock_change
    group by all
), judged as (
    select
        * exclude (clock_now),
        clock_now.*,
        case clock_now.change
            when 'fulfil' then 'fulfilled' when 'cancel' then 'cancelled' when 'pause' then 'paused' else 'running'
        end as "end"
    from newest
)
select
    case_id,
    fct_case.product,
    fct_case.channel,
    clock,
    cycle,
    policy,
    policy_version,
    activated_at,
    changed_at,
    due_at,
    case when "end" in ('fulfilled', 'cancelled') then changed_at end as ended_at,
    "end",
    elapsed_us,
    wall_us,
    paused_us,
    target_us,
    coalesce(breached_at, case when "end" = 'running' and due_at <= as_known_at then due_at end) as breached_at,
    breached_at is not null or coalesce("end" = 'running' and due_at <= as_known_at, false) as is_breached,
    "end" in ('running', 'paused')
        and (breached_at is not null or coalesce("end" = 'running' and due_at <= as_known_at, false)) as is_open_overdue
from judged join fct_case using (case_id), lake_snapshot
