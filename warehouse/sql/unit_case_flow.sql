-- Grain: one row per metric × event that began or ended the organization's work on a case.
-- Keys: metric, unit.
-- Meaning: what each event adds to the counts of agg_case_daily, which sums the same: `vidhuk explain-diff` compares it
--   between two moments; it is not published.
-- Upstream: fct_case_event, fct_case, lake_snapshot
select
    case event.step when 'received' then 'cases_received' when 'reopened' then 'cases_reopened' else 'cases_closed' end
        as metric,
    event.case_id || chr(31) || event.event_key as unit,
    least(event.occurred_date, (lake_snapshot.as_known_at at time zone 'UTC')::date) as day,
    fct_case.product,
    1 as favourable,
    0 as unfavourable,
    0.0::double as score,
    1 as counted
from fct_case_event event join fct_case using (case_id), lake_snapshot
where
    event.is_home and event.outcome = 'applied' and event.was_open <> event.is_open
    and event.step in ('received', 'reopened', 'closed')
