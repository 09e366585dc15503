"""What figures mean, and what they can be split by."""

from __future__ import annotations

from typing import Final

from expectations.rules import between, columns, not_null, one_of, suite, unique
from expectations.suites.shared import COUNTABLE

DIM_METRIC: Final = suite(
    "dim_metric",
    ("metric",),
    columns(
        metric="VARCHAR",
        kind="VARCHAR",
        source_table="VARCHAR",
        unit="VARCHAR",
        definition="VARCHAR",
        population="VARCHAR",
        numerator="VARCHAR",
        denominator="VARCHAR",
        cohort="VARCHAR",
        calendar="VARCHAR",
        nature="VARCHAR",
        projectable="VARCHAR",
        method="VARCHAR",
        source="VARCHAR",
        traps="VARCHAR[]",
        floor="INTEGER",
        below_floor="VARCHAR",
        maturity_days="INTEGER",
        cells="VARCHAR",
        definition_version="INTEGER",
    ),
    *not_null("metric", "kind", "source_table", "unit", "definition", "population", "numerator", "denominator"),
    *not_null("cohort", "calendar", "nature", "projectable", "method", "source", "floor", "below_floor", "cells"),
    *not_null("definition_version"),
    unique("metric"),
    one_of("nature", ("direct", "indirect")),
)

DIM_ATTRIBUTE: Final = suite(
    "dim_attribute",
    ("mart", "attribute"),
    columns(mart="VARCHAR", attribute="VARCHAR", records="BIGINT", distinct_values="BIGINT", is_dimension="BOOLEAN"),
    *not_null("mart", "attribute", "records", "distinct_values", "is_dimension"),
    unique("mart", "attribute"),
    between("records", 1, COUNTABLE),
)
