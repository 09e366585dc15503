"""Feedback and its daily counts."""

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
from pipeline.domain.taxonomy import CONFIDENCE_HEADS, RecordClass, Sentiment

FCT_FEEDBACK: Final = suite(
    "fct_feedback",
    ("source", "event_id"),
    columns(
        source="VARCHAR",
        event_id="VARCHAR",
        received_at="TIMESTAMP WITH TIME ZONE",
        recorded_at="TIMESTAMP WITH TIME ZONE",
        received_date="DATE",
        channel="VARCHAR",
        product="VARCHAR",
        language="VARCHAR",
        record_class="VARCHAR",
        category="VARCHAR",
        sentiment="VARCHAR",
        safety="BOOLEAN",
        severity="TINYINT",
        model="VARCHAR",
        case_id="VARCHAR",
        remedy_sought="VARCHAR",
        rating="DOUBLE",
        rating_scale="VARCHAR",
        rating_normalised="DOUBLE",
        rating_is_top_two="BOOLEAN",
        text="VARCHAR",
        attributes="JSON",
    ),
    *not_null("source", "event_id", "received_at", "recorded_at", "received_date", "channel", "attributes"),
    unique("source", "event_id"),
    between("received_date", EARLIEST, LATEST),
    between("rating_normalised", 0.0, 1.0),
    one_of("record_class", tuple(RecordClass)),
    one_of("sentiment", tuple(Sentiment)),
    between("severity", 1.0, 5.0),
    Expectation(
        "ratings lie on their stated scale",
        NoneFound(
            "select count(*) from fct_feedback where rating_scale is not null and rating is not null "
            "and rating_normalised is null"
        ),
        Severity.WARNING,
    ),
    Expectation("as many rows as the lake has identities", SameCount(first_of("vidhuk.feedback.submitted.v1"))),
    private=("event_id",),
)

FCT_REVIEW_QUEUE: Final = suite(
    "fct_review_queue",
    ("source", "event_id", "question"),
    columns(
        source="VARCHAR",
        event_id="VARCHAR",
        question="VARCHAR",
        received_at="TIMESTAMP WITH TIME ZONE",
        event_type="VARCHAR",
        channel="VARCHAR",
        product="VARCHAR",
        language="VARCHAR",
        model="VARCHAR",
        confidence="DOUBLE",
    ),
    *not_null("source", "event_id", "question", "received_at", "event_type", "model", "confidence"),
    unique("source", "event_id", "question"),
    one_of("question", CONFIDENCE_HEADS),
    between("confidence", 0.0, 1.0),
    private=("event_id",),
)

AGG_FEEDBACK_DAILY: Final = suite(
    "agg_feedback_daily",
    ("period_start", "channel", "product", "category", "language", "record_class"),
    columns(
        metric="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        channel="VARCHAR",
        product="VARCHAR",
        category="VARCHAR",
        language="VARCHAR",
        record_class="VARCHAR",
        feedback_count="BIGINT",
        sentiment_count="BIGINT",
        negative_count="BIGINT",
        safety_count="BIGINT",
        text_count="BIGINT",
        rating_count="BIGINT",
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
    *not_null("metric", "period_start", "period_end", "channel", "feedback_count", "n", "method", "as_known_at"),
    unique("metric", "period_start", "channel", "product", "category", "language", "record_class"),
    between("feedback_count", 0, COUNTABLE),
    between("value", 0.0, 1.0),
    not_above("lo", "value"),
    not_above("value", "hi"),
    not_above("numerator", "denominator"),
    not_above("negative_count", "sentiment_count"),
    not_above("sentiment_count", "feedback_count"),
    Expectation(
        "counts add up to the feedback",
        NoneFound(
            "select abs((select coalesce(sum(feedback_count), 0) from agg_feedback_daily) "
            "- (select count(*) from fct_feedback))::bigint"
        ),
    ),
)

AGG_FEEDBACK_ATTRIBUTE_DAILY: Final = suite(
    "agg_feedback_attribute_daily",
    ("metric", "period_start", "channel", "product", "category", "language", "record_class", "attribute"),
    columns(
        metric="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        channel="VARCHAR",
        product="VARCHAR",
        category="VARCHAR",
        language="VARCHAR",
        record_class="VARCHAR",
        attribute="VARCHAR",
        attribute_value="VARCHAR",
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
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("metric", "period_start", "period_end", "channel", "attribute", "n", "value", "method", "as_known_at"),
    unique(
        *("metric", "period_start", "channel", "product", "category", "language", "record_class"),
        *("attribute", "attribute_value"),
    ),
    between("n", 1, COUNTABLE),
    not_above("lo", "value"),
    not_above("value", "hi"),
    Expectation(
        "each attribute splits all feedback",
        NoneFound(
            "select count(*) from (select attribute, sum(n) as n from agg_feedback_attribute_daily "
            "where metric = 'feedback_count' group by all) where n <> (select count(*) from fct_feedback)"
        ),
    ),
)
