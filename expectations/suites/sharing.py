"""What may leave the organization."""

from __future__ import annotations

from typing import Final

from expectations.rules import Expectation, NoneFound, columns, not_above, not_null, suite, unique

PUB_METRIC_MONTHLY: Final = suite(
    "pub_metric_monthly",
    ("metric", "period_start", "series", "dimension", "dimension_value"),
    columns(
        metric="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        series="VARCHAR",
        dimension="VARCHAR",
        dimension_value="VARCHAR",
        is_suppressed="BOOLEAN",
        numerator="BIGINT",
        denominator="BIGINT",
        n="BIGINT",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        threshold="INTEGER",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("metric", "period_start", "period_end", "dimension", "is_suppressed", "method", "definition_version"),
    unique("metric", "period_start", "series", "dimension", "dimension_value"),
    not_above("lo", "value"),
    not_above("value", "hi"),
    Expectation(
        "what is suppressed says nothing",
        NoneFound(
            "select count(*) from pub_metric_monthly where is_suppressed "
            "and coalesce(numerator, denominator, n, value, lo, hi) is not null"
        ),
    ),
    Expectation(
        "no small cell is shared",
        NoneFound("select count(*) from pub_metric_monthly where n between 1 and threshold - 1"),
    ),
    Expectation(
        "nobody is left alone: what is suppressed is never one cell of its dimension beside a shared total",
        NoneFound(
            "select count(*) from (select metric, period_start, series, dimension from pub_metric_monthly "
            "where dimension <> 'all' group by all having count(*) filter (is_suppressed) = 1) alone "
            "join pub_metric_monthly whole on whole.metric = alone.metric and whole.period_start = alone.period_start "
            "and whole.series is not distinct from alone.series and whole.dimension = 'all' "
            "where not whole.is_suppressed"
        ),
    ),
)
