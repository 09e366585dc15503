"""What figures and categories mean, and what figures can be split by."""

from __future__ import annotations

from typing import Final

from expectations.rules import (
    Expectation,
    NoneFound,
    NotNull,
    Severity,
    between,
    columns,
    not_null,
    one_of,
    suite,
    unique,
)
from expectations.suites.shared import COUNTABLE
from pipeline.domain.taxonomies.taxonomy import Characteristic

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

DIM_CATEGORY: Final = suite(
    "dim_category",
    ("id",),
    columns(
        id="VARCHAR",
        label_en="VARCHAR",
        label_uk="VARCHAR",
        description="VARCHAR",
        characteristic="VARCHAR",
        in_taxonomy="BOOLEAN",
        taxonomy="VARCHAR",
        position="INTEGER",
        feedback_count="BIGINT",
        answer_count="BIGINT",
    ),
    *not_null("id", "in_taxonomy", "feedback_count", "answer_count"),
    unique("id"),
    one_of("characteristic", tuple(Characteristic)),
    between("feedback_count", 0, COUNTABLE),
    between("answer_count", 0, COUNTABLE),
    # what a channel stated stays as it is, so a word that nobody has defined is worth knowing and no fault of the marts
    Expectation("every category of events is one of the taxonomy", NotNull("taxonomy"), Severity.WARNING),
    Expectation(
        "counts add up to all feedback and answers with a category",
        NoneFound(
            "select abs((select coalesce(sum(feedback_count + answer_count), 0) from dim_category) "
            "- (select count(category) from fct_feedback) "
            "- (select count(category) from fct_survey_response))::bigint"
        ),
    ),
)
