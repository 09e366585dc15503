"""Points of control charts and their limits."""

from __future__ import annotations

from typing import Final

from expectations.rules import (
    Expectation,
    NoneFound,
    between,
    columns,
    not_above,
    not_null,
    one_of,
    suite,
    unique,
)
from expectations.suites.shared import COUNTABLE, EARLIEST, LATEST

AGG_CHART_POINT: Final = suite(
    "agg_chart_point",
    ("chart", "grain", "segment", "period_start"),
    columns(
        chart="VARCHAR",
        grain="VARCHAR",
        segment="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        unit="VARCHAR",
        numerator="BIGINT",
        denominator="DOUBLE",
        n="BIGINT",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        centre="DOUBLE",
        lcl="DOUBLE",
        ucl="DOUBLE",
        sigma_z="DOUBLE",
        signal="BOOLEAN",
        rule="VARCHAR",
        side="VARCHAR",
        run_length="BIGINT",
        baseline_from="DATE",
        baseline_to="DATE",
        baseline_n="BIGINT",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("chart", "grain", "segment", "period_start", "period_end", "unit", "numerator", "denominator", "n"),
    *not_null("signal", "method", "definition_version", "as_known_at"),
    unique("chart", "grain", "segment", "period_start"),
    one_of("chart", ("complaints_by_category", "complaint_share")),
    one_of("grain", ("day", "week")),
    one_of("rule", ("beyond limits",)),
    one_of("side", ("above", "below")),
    between("period_start", EARLIEST, LATEST),
    between("numerator", 0, COUNTABLE),
    between("denominator", 0.0, float(COUNTABLE)),
    between("sigma_z", 1.0, float(COUNTABLE)),
    not_above("lo", "value"),
    not_above("value", "hi"),
    not_above("lcl", "centre"),
    not_above("centre", "ucl"),
    Expectation(
        "a signal names its rule, its side and the limits it broke",
        NoneFound(
            "select count(*) from agg_chart_point where signal <> "
            "(rule is not null and side is not null and lcl is not null and (value > ucl or value < lcl))"
        ),
    ),
)
