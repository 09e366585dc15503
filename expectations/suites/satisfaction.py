"""Survey answers and the satisfaction made of them."""

from __future__ import annotations

from typing import Final

from expectations.rules import (
    Expectation,
    NoneFound,
    SameCount,
    Severity,
    between,
    columns,
    not_above,
    not_null,
    one_of,
    suite,
    unique,
)
from expectations.suites.shared import COUNTABLE, EARLIEST, LATEST, first_of
from pipeline.metrics.registry import METRICS, SATISFACTION

SATISFACTION_METRICS: Final = tuple(each.name for each in METRICS.values() if each.table == SATISFACTION)

WITHOUT_INTERVAL: Final = (
    "select count(*) from agg_satisfaction_daily join dim_metric using (metric) "
    "where kind <> 'mean' and (lo is null or hi is null)"
)


FCT_SURVEY_RESPONSE: Final = suite(
    "fct_survey_response",
    ("source", "event_id"),
    columns(
        source="VARCHAR",
        event_id="VARCHAR",
        responded_at="TIMESTAMP WITH TIME ZONE",
        recorded_at="TIMESTAMP WITH TIME ZONE",
        responded_date="DATE",
        survey_id="VARCHAR",
        instrument="VARCHAR",
        wave="VARCHAR",
        channel="VARCHAR",
        product="VARCHAR",
        case_id="VARCHAR",
        language="VARCHAR",
        category="VARCHAR",
        sentiment="VARCHAR",
        safety="BOOLEAN",
        model="VARCHAR",
        score="DOUBLE",
        scale_min="BIGINT",
        scale_max="BIGINT",
        scale="VARCHAR",
        score_normalised="DOUBLE",
        is_top_two="BOOLEAN",
        promoter_group="VARCHAR",
        effort_group="VARCHAR",
        text="VARCHAR",
        attributes="JSON",
    ),
    *not_null("source", "event_id", "responded_at", "recorded_at", "responded_date", "channel", "survey_id"),
    *not_null("instrument", "score", "scale_min", "scale_max"),
    unique("source", "event_id"),
    between("responded_date", EARLIEST, LATEST),
    between("score_normalised", 0.0, 1.0),
    not_above("scale_min", "score"),
    not_above("score", "scale_max"),
    one_of("promoter_group", ("promoter", "passive", "detractor")),
    one_of("effort_group", ("easy", "middle", "hard")),
    Expectation(
        "nps answers are on 0-10 and ces answers on 1-7",
        NoneFound(
            "select count(*) from fct_survey_response where (instrument = 'nps' and promoter_group is null) "
            "or (instrument = 'ces' and effort_group is null)"
        ),
        Severity.WARNING,
    ),
    Expectation("as many rows as the lake has identities", SameCount(first_of("vidhuk.survey.responded.v1"))),
    private=("event_id",),
)

AGG_SATISFACTION_DAILY: Final = suite(
    "agg_satisfaction_daily",
    ("metric", "period_start", "channel", "product", "scale"),
    columns(
        metric="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        channel="VARCHAR",
        product="VARCHAR",
        scale="VARCHAR",
        favourable="BIGINT",
        unfavourable="BIGINT",
        score_sum="DOUBLE",
        score_squares="DOUBLE",
        numerator="DOUBLE",
        denominator="BIGINT",
        n="BIGINT",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        standard_error="DOUBLE",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("metric", "period_start", "period_end", "channel", "scale", "n", "value", "method", "as_known_at"),
    unique("metric", "period_start", "channel", "product", "scale"),
    one_of("metric", SATISFACTION_METRICS),
    between("n", 1, COUNTABLE),
    between("value", -100.0, 100.0),
    not_above("lo", "value"),
    not_above("value", "hi"),
    not_above("favourable", "n"),
    Expectation("shares and net scores have an interval", NoneFound(WITHOUT_INTERVAL)),
    Expectation(
        "csat and nps answers add up to the answers",
        NoneFound(
            "select abs((select coalesce(sum(n), 0) from agg_satisfaction_daily where metric in ('csat', 'nps')) "
            "- (select count(*) from fct_survey_response "
            "where (instrument = 'csat' and is_top_two is not null) or promoter_group is not null))::bigint"
        ),
    ),
)

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
        method="VARCHAR",
        definition_version="INTEGER",
    ),
    *not_null("metric", "definition", "population", "numerator", "denominator", "method", "definition_version"),
    unique("metric"),
)
