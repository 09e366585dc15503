-- Grain: one row per metric.
-- Keys: metric.
-- Meaning: what each figure means, copied from pipeline/metrics at build time. floor is the n below which a figure is
--   flagged; maturity_days how long after a period's end it still moves by its nature, null where only late events move
--   it; projectable whether it can speak for customers who are not in it.
-- Upstream: metric_definition
select
    metric, kind, source_table, unit, definition, population, numerator, denominator, cohort, calendar, nature,
    projectable, method, source, traps, "floor", below_floor, maturity_days, cells, definition_version
from metric_definition
