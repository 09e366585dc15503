from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from pipeline.domain.alerts import TOPIC_EMERGED, EmergedTopic, topic_id
from pipeline.domain.errors import DependencyError, FatalError
from pipeline.domain.schemas import alert_schema
from pipeline.services.topic_alerts import TOLD, tell_of_topics
from tests.unit.services.test_chart_alerts import Topic

EMERGED = EmergedTopic(
    grain="day",
    period_start=date(2026, 3, 14),
    period_end=date(2026, 3, 15),
    language="en",
    topic="charged twice",
    phrases=["charged twice", "twice"],
    numerator=12,
    denominator=40,
    value=0.3,
    centre=0.01,
    ucl=0.06,
    score=9.5,
    q_value=0.0001,
    definition_version=1,
)
TEXTS = (
    "I was charged twice! Write to kim@example.org, order 4711, says Olena Koval.",
    "The parcel came late.",
    "Charged twice for Plus.",
    "Charged twice again",
    "charged twice and nobody answers",
)


def published(path: Path, *topics: EmergedTopic) -> Path:
    """A published file with these topics, one phrase that is no signal, and texts of 14 March."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table agg_emerging_topic (grain varchar, period_start date, period_end date, language varchar, "
            "phrase varchar, topic varchar, numerator bigint, denominator bigint, value double, centre double, "
            "ucl double, score double, q_value double, is_signal boolean, definition_version integer)"
        )
        for each in topics:
            for phrase in each.phrases:
                connection.execute(
                    "insert into agg_emerging_topic values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, true, 1)",
                    [each.grain, each.period_start, each.period_end, each.language, phrase, each.topic, each.numerator,
                     each.denominator, each.value, each.centre, each.ucl, each.score, each.q_value],
                )  # fmt: skip
        connection.execute(
            "insert into agg_emerging_topic values "
            "('day', '2026-03-14', '2026-03-15', 'en', 'late', null, 9, 40, .2, .1, .15, 2, .3, false, 1)"
        )
        connection.execute(
            "create table fct_feedback (source varchar, event_id varchar, received_at timestamptz, "
            "received_date date, language varchar, text varchar)"
        )
        for i, text in enumerate(TEXTS):
            connection.execute(
                "insert into fct_feedback values ('s', ?, ?::timestamptz, '2026-03-14', 'en', ?)",
                [str(i), f"2026-03-14T0{i}:00:00Z", text],
            )
        connection.execute(
            "insert into fct_feedback values "
            "('s', 'x', '2026-03-15T00:00:00Z', '2026-03-15', 'en', 'charged twice on Sunday'), "
            "('s', 'y', '2026-03-14T00:00:00Z', '2026-03-14', 'uk', 'charged twice')"
        )
    return path


def moved(days: int, **changes: Any) -> EmergedTopic:
    by = timedelta(days=days)
    return msgspec.structs.replace(
        EMERGED, period_start=EMERGED.period_start + by, period_end=EMERGED.period_end + by, **changes
    )


def test_a_topic_is_told_once_with_its_phrases_and_redacted_examples(tmp_path: Path) -> None:
    topic, file = Topic(), published(tmp_path / "w.duckdb", EMERGED)
    assert tell_of_topics(file, tmp_path / "state", topic.send, 3) == 1
    assert tell_of_topics(file, tmp_path / "state", topic.send, 3) == 0
    (alert,) = topic.alerts
    assert (alert["type"], alert["time"], alert["subject"]) == (
        TOPIC_EMERGED,
        "2026-03-15T00:00:00Z",
        "en/charged twice",
    )
    assert alert["data"]["phrases"] == ["charged twice", "twice"]
    assert alert["data"]["examples"] == [
        "I was charged twice! Write to [email], order [number], says [name].",
        "Charged twice for [name].",
        "Charged twice again",
    ]
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(alert_schema(TOPIC_EMERGED)).validate(alert)


def test_no_examples_are_sent_when_none_are_wanted(tmp_path: Path) -> None:
    topic = Topic()
    tell_of_topics(published(tmp_path / "w.duckdb", EMERGED), tmp_path, topic.send, 0)
    assert topic.alerts[0]["data"]["examples"] == []


@pytest.mark.parametrize(("days", "told"), [(1, 1), (27, 1), (28, 2)])
def test_a_topic_that_lasts_is_told_again_after_28_days(tmp_path: Path, days: int, told: int) -> None:
    topic = Topic()
    assert tell_of_topics(published(tmp_path / "w.duckdb", EMERGED, moved(days)), tmp_path, topic.send, 0) == told
    assert tell_of_topics(published(tmp_path / "w.duckdb", EMERGED, moved(days)), tmp_path, topic.send, 0) == 0


def test_a_days_topic_and_its_weeks_are_one_and_another_languages_is_another(tmp_path: Path) -> None:
    topic = Topic()
    week = msgspec.structs.replace(EMERGED, grain="week", period_start=date(2026, 3, 9), period_end=date(2026, 3, 16))
    ukrainian = msgspec.structs.replace(EMERGED, language="uk")
    assert tell_of_topics(published(tmp_path / "w.duckdb", EMERGED, week, ukrainian), tmp_path, topic.send, 0) == 2
    assert [(each["data"]["grain"], each["data"]["language"]) for each in topic.alerts] == [
        ("day", "en"),
        ("day", "uk"),
    ]


def test_of_one_period_and_language_the_three_least_likely_to_be_chance_are_told(tmp_path: Path) -> None:
    topic = Topic()
    many = [
        msgspec.structs.replace(EMERGED, topic=f"word {name}", phrases=[f"word {name}"], score=float(score))
        for score, name in enumerate("abcde")
    ]
    assert tell_of_topics(published(tmp_path / "w.duckdb", *many), tmp_path, topic.send, 0) == 3
    assert [alert["data"]["topic"] for alert in topic.alerts] == ["word e", "word d", "word c"]
    assert tell_of_topics(published(tmp_path / "w.duckdb", *many), tmp_path, topic.send, 0) == 0


def test_what_no_broker_took_is_told_next_time_under_the_same_id(tmp_path: Path) -> None:
    topic, file = Topic(), published(tmp_path / "w.duckdb", EMERGED)
    topic.is_down = True
    with pytest.raises(DependencyError):
        tell_of_topics(file, tmp_path, topic.send, 0)
    topic.is_down = False
    assert tell_of_topics(file, tmp_path, topic.send, 0) == 1
    (tmp_path / TOLD).unlink()  # a crash between the broker's word and ours
    assert tell_of_topics(file, tmp_path, topic.send, 0) == 1
    assert {alert["id"] for alert in topic.alerts} == {topic_id(EMERGED)}


def test_what_is_kept_of_told_topics_holds_no_word_of_them(tmp_path: Path) -> None:
    tell_of_topics(published(tmp_path / "w.duckdb", EMERGED), tmp_path, Topic().send, 0)
    kept = (tmp_path / TOLD).read_text()
    assert "charged" not in kept
    assert list(json.loads(kept).values()) == [["2026-03-15"]]


def test_a_list_nobody_can_read_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / TOLD).write_text("{")
    with pytest.raises(FatalError, match="Remove it"):
        tell_of_topics(published(tmp_path / "w.duckdb", EMERGED), tmp_path, Topic().send, 0)
