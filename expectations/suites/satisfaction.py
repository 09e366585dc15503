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
from pipeline.metrics.satisfaction import METRICS

SATISFACTION_METRICS: Final = tuple(each.name for each in METRICS)

NOT_ONCE_AN_ATTRIBUTE: Final = """
    with whole as (
        select metric, sum(n) as n from agg_satisfaction_daily group by all
    ), split as (
        select metric, attribute, sum(n) as n from agg_satisfaction_attribute_daily group by all
    )
    select count(*) from split join whole using (metric) where split.n <> whole.n
"""
"""Metrics and attributes whose values do not add up to the metric's answers."""

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
        mode="VARCHAR",
        wording="VARCHAR",
        weight="DOUBLE",
        series="VARCHAR",
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
    Expectation(
        "weights have mean 1 in their wave, so that waves can be put together",
        NoneFound(
            "select count(*) from (select 1 from fct_survey_response where weight is not null "
            "group by survey_id, wave, instrument having abs(avg(weight) - 1) > 0.05)"
        ),
        Severity.WARNING,
    ),
    Expectation("as many rows as the lake has identities", SameCount(first_of("vidhuk.survey.responded.v1"))),
    private=("event_id",),
)

AGG_SATISFACTION_DAILY: Final = suite(
    "agg_satisfaction_daily",
    ("metric", "period_start", "channel", "product", "survey_id", "wave", "scale", "series"),
    columns(
        metric="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        channel="VARCHAR",
        product="VARCHAR",
        survey_id="VARCHAR",
        wave="VARCHAR",
        scale="VARCHAR",
        series="VARCHAR",
        favourable="BIGINT",
        unfavourable="BIGINT",
        score_sum="DOUBLE",
        score_squares="DOUBLE",
        weighted_favourable="DOUBLE",
        weighted_unfavourable="DOUBLE",
        weight_sum="DOUBLE",
        weight_squares="DOUBLE",
        numerator="DOUBLE",
        denominator="DOUBLE",
        n="BIGINT",
        n_eff="DOUBLE",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        standard_error="DOUBLE",
        method="VARCHAR",
        sampling="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("metric", "period_start", "period_end", "channel", "scale", "n", "value", "method", "as_known_at"),
    unique("metric", "period_start", "channel", "product", "survey_id", "wave", "scale", "series"),
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

AGG_SATISFACTION_ATTRIBUTE_DAILY: Final = suite(
    "agg_satisfaction_attribute_daily",
    (
        "metric",
        "period_start",
        "channel",
        "product",
        "survey_id",
        "wave",
        "scale",
        "series",
        "attribute",
        "attribute_value",
    ),
    columns(
        metric="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        channel="VARCHAR",
        product="VARCHAR",
        survey_id="VARCHAR",
        wave="VARCHAR",
        scale="VARCHAR",
        series="VARCHAR",
        attribute="VARCHAR",
        attribute_value="VARCHAR",
        favourable="BIGINT",
        unfavourable="BIGINT",
        score_sum="DOUBLE",
        score_squares="DOUBLE",
        weighted_favourable="DOUBLE",
        weighted_unfavourable="DOUBLE",
        weight_sum="DOUBLE",
        weight_squares="DOUBLE",
        numerator="DOUBLE",
        denominator="DOUBLE",
        n="BIGINT",
        n_eff="DOUBLE",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        standard_error="DOUBLE",
        method="VARCHAR",
        sampling="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("metric", "period_start", "channel", "scale", "attribute", "n", "value", "method", "as_known_at"),
    unique(
        *("metric", "period_start", "channel", "product", "survey_id", "wave", "scale", "series"),
        "attribute",
        "attribute_value",
    ),
    one_of("metric", SATISFACTION_METRICS),
    between("n", 1, COUNTABLE),
    not_above("lo", "value"),
    not_above("value", "hi"),
    Expectation("each attribute splits all answers", NoneFound(NOT_ONCE_AN_ATTRIBUTE)),
    private=("attribute_value",),
)
