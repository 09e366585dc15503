"""The cells of the shared table: one SELECT over all metrics that are shared, made from the registry."""

from __future__ import annotations

from typing import Final

from pipeline.metrics.metric import Metric
from pipeline.metrics.registry import METRICS

CELLS: Final = "unit_month"
"""Name of the relation, which is not published: nothing in it is suppressed yet."""

LEFT_OUT: Final = frozenset({"record_class", "language", "priority", "survey_id", "wave", "clock"})
"""Dimensions that are not shared: finer than a reader outside needs, or a sum of them is another metric."""


_UNEVEN: Final = "abs(weight_sum - n) > 1e-9 or abs(weight_squares - n) > 1e-9"
"""Shared figures count people: weighted ones would let a reader solve for the suppressed."""


def shared_cells_sql() -> str:
    """The model's SQL: header, and one branch for each metric that is shared."""
    branches = [metric for metric in METRICS.values() if metric.is_shared]
    upstream = ", ".join(dict.fromkeys(metric.table for metric in branches))
    header = f"""-- Grain: one row per metric × month × series × dimension × its value, and one for all.
-- Keys: metric, month, series, dimension, dimension_value.
-- Meaning: monthly sums of every shared metric, for all and by one dimension at a time. Made from the registry by
--   warehouse/sharing.py. pub_metric_monthly suppresses its small cells.
-- Upstream: {upstream}
"""
    return header + "\nunion all\n".join(_branch(metric) for metric in branches)


def _branch(metric: Metric) -> str:
    dimensions = [name for name in metric.dimensions if name not in LEFT_OUT]
    sets = ", ".join(["(month, series)", *(f'(month, series, "{name}")' for name in dimensions)])
    which = " ".join(f"when grouping(\"{name}\") = 0 then '{name}'" for name in dimensions)
    value = " ".join(f'when grouping("{name}") = 0 then "{name}"' for name in dimensions)
    sums = metric.sums
    columns = "".join(f', "{name}"' for name in dimensions)
    # every part comes from the registry
    return f"""select
    '{metric.name}' as metric, '{metric.cells}' as cells, month, series,
    case {which} else 'all' end as dimension, case {value} end as dimension_value,
    sum(k)::bigint as k, sum(d)::bigint as d, fsum(t) as t, fsum(q) as q, sum(n)::bigint as n,
    bool_or(is_weighted) as is_weighted
from (
    select date_trunc('month', period_start)::date as month, {metric.aggregate.series or "null"}::varchar as series
        {columns}, {sums.favourable} as k, {sums.unfavourable} as d, {sums.score_sum}::double as t,
        {sums.score_squares}::double as q, {sums.n} as n,
        {_UNEVEN if metric.aggregate.is_surveyed else "false"} as is_weighted
    from {metric.table} where {metric.condition} and {sums.n} is not null
)
group by grouping sets ({sets})"""  # noqa: S608 - see above
