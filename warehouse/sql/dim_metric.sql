-- Grain: one row per metric.
-- Keys: metric.
-- Meaning: what each figure means, copied from pipeline/metrics at build time.
-- Upstream: metric_definition
select
    metric, kind, source_table, unit, definition, population, numerator, denominator, method, definition_version
from metric_definition
