-- Grain: one row per index × version × item.
-- Keys: index, definition_version, item.
-- Meaning: weights of each version of each index, in force on the days [begins, ends); figures of two versions are not
--   comparable. Copied from pipeline/metrics/indices.toml at build time.
-- Upstream: index_definition
select index, label, definition_version, begins, ends, item, weight, scale_min || '-' || scale_max as scale
from index_definition
