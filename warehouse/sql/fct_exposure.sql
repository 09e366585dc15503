-- Grain: one row per unit × period × product × channel × attributes.
-- Keys: unit, period_start, period_end, product, channel, scope (product and channel may be null: all of them).
-- Meaning: the newest report of how much business there was in [period_start, period_end). 0 says that there was none; no
--   row says that nobody told. scope is the report's own attributes as text, '{}' for none. Reports of a whole and of its
--   parts stand beside each other, so exposures do not add up over rows.
-- Upstream: stg_exposure
select
    unit, period_start, period_end, product, channel, attributes::varchar as scope, attributes, exposure, recorded_at
from stg_exposure
where exposure is not null and period_start < period_end
qualify row_number() over (
    partition by unit, period_start, period_end, product, channel, attributes::varchar
    order by recorded_at desc, source desc, event_id desc
) = 1
