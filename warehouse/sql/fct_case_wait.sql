-- Grain: one row per duration metric × case that was received.
-- Keys: metric, case_id.
-- Meaning: how long each case waited for its acknowledgement, first response, decision, first closing and last closing
--   (wall clock, microseconds from the receipt), as few columns as a percentile at any grain needs. is_event is false
--   while it waits: us is then the time up to as_known_at, or up to the end of a case that ended without the step.
-- Upstream: fct_case, lake_snapshot
select
    measure.metric,
    case_id,
    received_date,
    product,
    channel,
    category,
    priority,
    measure.took_us is not null as is_event,
    greatest(0, coalesce(
        measure.took_us, epoch_us(coalesce(ended_at, lake_snapshot.as_known_at)) - epoch_us(received_at)
    ))::bigint as us,
    lake_snapshot.as_known_at
from fct_case, lake_snapshot, lateral (
    values
        ('time_to_acknowledge', ack_us), ('time_to_first_response', first_response_us),
        ('time_to_decision', decision_us), ('time_to_first_close', first_close_us), ('time_to_close', close_us)
) as measure(metric, took_us)
order by measure.metric, received_date
