-- Grain: one row per state × product.
-- Keys: state, product (product may be null: not stated).
-- Meaning: how cases move through their states: entered and left count movements (a case may return), inside_now those
--   that are there, so entered - left = inside_now. dropped counts those who left the state by being withdrawn,
--   reclassified or merged. The share is that of the product's cases that ever were in the state, with Wilson's interval.
--   All but the shares add up over products.
-- Upstream: fct_case_event, fct_case, case_state, lake_snapshot
with moved as (
    select
        event.case_id,
        fct_case.product,
        event.state_from,
        event.state_to,
        event.state_to in ('withdrawn', 'reclassified', 'merged') as is_drop
    from fct_case_event event join fct_case using (case_id)
    where event.is_home and event.outcome = 'applied' and event.state_from <> event.state_to
), entry as (
    select product, state_to as state, count(*) as entered, count(distinct case_id) as cases_entered
    from moved
    group by product, state_to
), departure as (
    select product, state_from as state, count(*) as departed, count(*) filter (is_drop) as dropped
    from moved
    group by product, state_from
), inside as (
    select product, state, count(*) as inside_now from fct_case group by product, state
), received as (
    select product, count(*) as cases from fct_case group by product
)
select
    'state_reach' as metric,
    entry.state,
    case_state.state_rank,
    entry.product,
    entry.entered,
    coalesce(departure.departed, 0) as "left",
    coalesce(inside.inside_now, 0) as inside_now,
    coalesce(departure.dropped, 0) as dropped,
    entry.cases_entered as numerator,
    received.cases as denominator,
    received.cases as n,
    entry.cases_entered::double / received.cases as value,
    wilson_lo(entry.cases_entered, received.cases) as lo,
    wilson_hi(entry.cases_entered, received.cases) as hi,
    'wilson' as method,
    1 as definition_version,
    lake_snapshot.as_known_at
from entry
join received on received.product is not distinct from entry.product
left join case_state on case_state.state = entry.state
left join departure on departure.state = entry.state and departure.product is not distinct from entry.product
left join inside on inside.state = entry.state and inside.product is not distinct from entry.product,
lake_snapshot
