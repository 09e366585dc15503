"""The account of cases, their backlog, funnel, durations and rates."""

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

DURATIONS: Final = (
    "time_to_acknowledge",
    "time_to_first_response",
    "time_to_decision",
    "time_to_first_close",
    "time_to_close",
)
RATES: Final = (
    "reopen_rate",
    "reopen_rate_30d",
    "escalation_rate",
    "acceptance_rate",
    "recourse_told_rate",
    "incorrect_priority_rate",
    "uphold_rate",
    "partial_uphold_rate",
    "rejection_rate",
    "redress_without_acceptance_rate",
    "other_decision_rate",
    "uphold_any_rate",
    "clock_breach_rate",
)

AGG_CASE_DAILY: Final = suite(
    "agg_case_daily",
    ("period_start", "product"),
    columns(
        period_start="DATE",
        period_end="DATE",
        product="VARCHAR",
        opening="BIGINT",
        received="BIGINT",
        reopened="BIGINT",
        closed="BIGINT",
        merged="BIGINT",
        withdrawn="BIGINT",
        reclassified="BIGINT",
        closing="BIGINT",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("period_start", "period_end", "opening", "received", "reopened", "closed", "closing", "as_known_at"),
    unique("period_start", "product"),
    between("period_start", EARLIEST, LATEST),
    between("opening", 0, COUNTABLE),
    between("closing", 0, COUNTABLE),
    Expectation(
        "opening + received + reopened - closed - merged - withdrawn - reclassified = closing",
        NoneFound(
            "select count(*) from agg_case_daily "
            "where opening + received + reopened - closed - merged - withdrawn - reclassified <> closing"
        ),
    ),
    Expectation(
        "a day opens with what the day before closed with",
        NoneFound(
            "select count(*) from (select opening, lag(closing, 1, 0) over "
            "(partition by product order by period_start) as before from agg_case_daily) where opening <> before"
        ),
    ),
    Expectation(
        "the last closing is the number of open cases",
        NoneFound(
            "select abs((select coalesce(sum(closing), 0) from agg_case_daily where period_start = "
            "(select max(period_start) from agg_case_daily)) "
            "- (select count(*) from fct_case where is_open))::bigint"
        ),
    ),
)

AGG_BACKLOG_AGE: Final = suite(
    "agg_backlog_age",
    ("period_start", "product", "bucket"),
    columns(
        period_start="DATE",
        period_end="DATE",
        as_of="TIMESTAMP WITH TIME ZONE",
        product="VARCHAR",
        bucket_rank="INTEGER",
        bucket="VARCHAR",
        open_cases="BIGINT",
        open_total="BIGINT",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("period_start", "as_of", "bucket_rank", "bucket", "open_cases", "open_total", "as_known_at"),
    unique("period_start", "product", "bucket"),
    between("open_cases", 0, COUNTABLE),
    not_above("open_cases", "open_total"),
    Expectation(
        "the buckets of a day add up to what it closed with",
        NoneFound(
            "select count(*) from (select period_start, product, sum(open_cases) as open_cases from agg_backlog_age "
            "group by all) age full join agg_case_daily daily on age.period_start = daily.period_start "
            "and age.product is not distinct from daily.product where open_cases is distinct from closing"
        ),
    ),
)

AGG_CASE_FUNNEL: Final = suite(
    "agg_case_funnel",
    ("state", "product"),
    columns(
        metric="VARCHAR",
        state="VARCHAR",
        state_rank="INTEGER",
        product="VARCHAR",
        entered="BIGINT",
        left="BIGINT",
        inside_now="BIGINT",
        dropped="BIGINT",
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
    *not_null("state", "entered", "left", "inside_now", "dropped", "n", "value", "lo", "hi", "method", "as_known_at"),
    unique("state", "product"),
    not_above("lo", "value"),
    not_above("value", "hi"),
    not_above("numerator", "denominator"),
    not_above("dropped", "left"),
    Expectation(
        "who entered a state has left it or is inside",
        NoneFound('select count(*) from agg_case_funnel where entered - "left" <> inside_now'),
    ),
    Expectation(
        "everybody is inside one state",
        NoneFound(
            "select abs((select coalesce(sum(inside_now), 0) from agg_case_funnel) "
            "- (select count(*) from fct_case))::bigint"
        ),
    ),
)

FCT_CASE_WAIT: Final = suite(
    "fct_case_wait",
    ("metric", "case_id"),
    columns(
        metric="VARCHAR",
        case_id="VARCHAR",
        received_date="DATE",
        product="VARCHAR",
        channel="VARCHAR",
        category="VARCHAR",
        priority="VARCHAR",
        is_event="BOOLEAN",
        us="BIGINT",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("metric", "case_id", "received_date", "is_event", "us", "as_known_at"),
    unique("metric", "case_id"),
    one_of("metric", DURATIONS),
    private=("case_id",),
)

AGG_CASE_DURATION: Final = suite(
    "agg_case_duration",
    ("metric", "cohort", "product", "period_start", "quantile"),
    columns(
        metric="VARCHAR",
        cohort="VARCHAR",
        product="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        quantile="DOUBLE",
        numerator="BIGINT",
        denominator="BIGINT",
        n="BIGINT",
        events="BIGINT",
        censored="BIGINT",
        unit="VARCHAR",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("metric", "cohort", "quantile", "n", "events", "censored", "unit", "method", "as_known_at"),
    unique("metric", "cohort", "product", "period_start", "quantile"),
    one_of("metric", DURATIONS),
    one_of("cohort", ("all", "product", "month", "product and month")),
    between("value", 0.0, COUNTABLE),
    not_above("lo", "value"),
    not_above("value", "hi"),
    not_above("events", "n"),
    Expectation(
        "no case is left out because it is still open",
        NoneFound(
            "select count(*) from agg_case_duration where cohort = 'all' and n <> (select count(*) from fct_case)"
        ),
    ),
)

AGG_CASE_RATE: Final = suite(
    "agg_case_rate",
    ("metric", "cohort", "period_start", "product", "channel", "category", "priority", "clock"),
    columns(
        metric="VARCHAR",
        cohort="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        product="VARCHAR",
        channel="VARCHAR",
        category="VARCHAR",
        priority="VARCHAR",
        clock="VARCHAR",
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
    *not_null("metric", "cohort", "period_start", "numerator", "denominator", "n", "value", "lo", "hi", "method"),
    unique("metric", "cohort", "period_start", "product", "channel", "category", "priority", "clock"),
    one_of("metric", RATES),
    one_of("cohort", ("received", "closed", "due")),
    between("n", 1, COUNTABLE),
    between("value", 0.0, 1.0),
    not_above("lo", "value"),
    not_above("value", "hi"),
    not_above("numerator", "denominator"),
    Expectation(
        "the classes of decisions add up to the cases decided",
        NoneFound(
            "select abs((select coalesce(sum(numerator), 0) from agg_case_rate where cohort = 'received' and metric in "
            "('uphold_rate', 'partial_uphold_rate', 'rejection_rate', 'redress_without_acceptance_rate', "
            "'other_decision_rate')) - (select count(decision) from fct_case))::bigint"
        ),
    ),
)
