-- Grain: one row per instrument × score.
-- Keys: instrument_name, score.
-- Meaning: what is asked and how answers are scored, copied from pipeline/metrics/instruments.toml at build time. nature is
--   direct throughout: what customers say of their satisfaction. series is that of the registered scale, wording and mode.
-- Upstream: instrument_definition
select
    name as instrument_name,
    instrument,
    scale,
    scale_min,
    scale_max,
    mode,
    wording::json as wording,
    series,
    pretest,
    score,
    kind,
    rule,
    'direct' as nature
from instrument_definition
