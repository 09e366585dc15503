"""Exposure, complaints by exposure, and first-contact resolution."""

from __future__ import annotations

from typing import Final

from expectations.rules import Expectation, NoneFound, between, columns, not_above, not_null, suite, unique
from expectations.suites.shared import COUNTABLE, EARLIEST, LATEST

_SEGMENT: Final = ("unit", "period_start", "period_end", "product", "channel", "scope")

FCT_EXPOSURE: Final = suite(
    "fct_exposure",
    _SEGMENT,
    columns(
        unit="VARCHAR",
        period_start="TIMESTAMP WITH TIME ZONE",
        period_end="TIMESTAMP WITH TIME ZONE",
        product="VARCHAR",
        channel="VARCHAR",
        scope="VARCHAR",
        attributes="JSON",
        exposure="BIGINT",
        recorded_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("unit", "period_start", "period_end", "scope", "exposure", "recorded_at"),
    unique(*_SEGMENT),
    between("exposure", 0, COUNTABLE),
    not_above("period_start", "period_end"),
)

AGG_COMPLAINT_RATE: Final = suite(
    "agg_complaint_rate",
    _SEGMENT,
    columns(
        unit="VARCHAR",
        period_start="TIMESTAMP WITH TIME ZONE",
        period_end="TIMESTAMP WITH TIME ZONE",
        product="VARCHAR",
        channel="VARCHAR",
        scope="VARCHAR",
        numerator="BIGINT",
        denominator="BIGINT",
        n="BIGINT",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("unit", "period_start", "period_end", "scope", "numerator", "denominator", "n", "method", "as_known_at"),
    *not_null("definition_version"),
    unique(*_SEGMENT),
    between("numerator", 0, COUNTABLE),
    not_above("lo", "value"),
    not_above("value", "hi"),
    Expectation(
        "a rate is unknown exactly where there was no business, and has an interval elsewhere",
        NoneFound(
            "select count(*) from agg_complaint_rate where (n = 0) <> (value is null) "
            "or (value is null) <> (lo is null) or (value is null) <> (hi is null)"
        ),
    ),
    Expectation(
        "every report of business has its rate",
        NoneFound("select abs((select count(*) from agg_complaint_rate) - (select count(*) from fct_exposure))"),
    ),
)

AGG_FIRST_CONTACT: Final = suite(
    "agg_first_contact",
    ("period_start", "channel", "product"),
    columns(
        period_start="DATE",
        period_end="DATE",
        channel="VARCHAR",
        product="VARCHAR",
        numerator="BIGINT",
        denominator="BIGINT",
        n="BIGINT",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        window_days="INTEGER",
        is_mature="BOOLEAN",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("period_start", "period_end", "numerator", "denominator", "n", "value", "lo", "hi", "window_days"),
    *not_null("is_mature", "method", "definition_version", "as_known_at"),
    unique("period_start", "channel", "product"),
    between("period_start", EARLIEST, LATEST),
    not_above("numerator", "denominator"),
    not_above("lo", "value"),
    not_above("value", "hi"),
)
