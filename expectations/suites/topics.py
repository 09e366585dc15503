"""Phrases above their limit and the topics that they make."""

from __future__ import annotations

from typing import Final

from expectations.rules import Expectation, NoneFound, between, columns, not_above, not_null, one_of, suite, unique
from expectations.suites.shared import COUNTABLE, EARLIEST, LATEST

AGG_EMERGING_TOPIC: Final = suite(
    "agg_emerging_topic",
    ("grain", "period_start", "language", "phrase"),
    columns(
        grain="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        language="VARCHAR",
        phrase="VARCHAR",
        topic="VARCHAR",
        numerator="BIGINT",
        denominator="BIGINT",
        n="BIGINT",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        centre="DOUBLE",
        ucl="DOUBLE",
        score="DOUBLE",
        q_value="DOUBLE",
        is_signal="BOOLEAN",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("grain", "period_start", "period_end", "language", "phrase", "numerator", "denominator", "n", "value"),
    *not_null("centre", "ucl", "score", "q_value", "is_signal", "method", "definition_version", "as_known_at"),
    unique("grain", "period_start", "language", "phrase"),
    one_of("grain", ("day", "week")),
    between("period_start", EARLIEST, LATEST),
    between("numerator", 5, COUNTABLE),
    between("q_value", 0.0, 1.0),
    not_above("numerator", "denominator"),
    not_above("lo", "value"),
    not_above("value", "hi"),
    not_above("centre", "ucl"),
    not_above("ucl", "value"),
    Expectation(
        "a signal has a topic, and nothing else has one",
        NoneFound("select count(*) from agg_emerging_topic where is_signal <> (topic is not null)"),
    ),
    Expectation(
        "a topic is named by a signal of its period",
        NoneFound(
            "select count(*) from agg_emerging_topic topic where topic is not null and not exists ("
            "select 1 from agg_emerging_topic name where name.phrase = topic.topic and name.is_signal "
            "and name.grain = topic.grain and name.period_start = topic.period_start "
            "and name.language = topic.language)"
        ),
    ),
    private=("phrase",),
)
