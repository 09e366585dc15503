from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.decoding import decode
from pipeline.domain.log_record import read_letter, read_log
from pipeline.domain.rejection import Reason
from pipeline.ports import Classification
from pipeline.services.intake import Intake, IntakeResult
from tests.builders import A_MOMENT_MS, SURVEY, binary, feedback, records, structured, survey
from tests.strategies import hostile_values
from tests.unit.services.echo import Echo


def take_in(*values: bytes | None, **changes: Any) -> IntakeResult:
    return Intake(Echo(), inbox_log="0f").process(records(values, **changes))


def accepted(result: IntakeResult) -> list[dict[str, Any]]:
    return [msgspec.json.decode(value or b"") for value in result.accepted.values]


def test_an_event_goes_on_with_where_it_stood_and_what_the_classifier_said() -> None:
    value = structured(id="e-1", traceparent="00-1")
    result = take_in(b"", value, partition=3, position=40)
    assert accepted(result) == [
        {
            **msgspec.json.decode(value),
            "recordedtime": "2026-09-01T10:00:00.000000Z",
            "inboxlog": "0f",
            "inboxpartition": 3,
            "inboxoffset": 41,
            "enrichmodel": "echo 1",
            "enrichlanguage": "en",
            "enrichclass": "complaint",
            "enrichcategory": "delivery",
            "enrichsentiment": "negative",
            "enrichsafety": False,
        }
    ]


class Sure(Echo):
    """Also says how severe a matter is and how sure it is, of every other text."""

    def classify(self, texts: Sequence[str | None], stated_languages: Sequence[str | None]) -> Classification:
        said = super().classify(texts, stated_languages)
        said.severity.extend([4, None][at % 2] for at in range(len(texts)))
        said.confidence.extend(["91 72 88 40 99", None][at % 2] for at in range(len(texts)))
        return said


def test_severity_and_confidence_are_written_where_they_are_known() -> None:
    values = [structured(id="e-1"), structured(id="e-2")]
    first, second = accepted(Intake(Sure()).process(records(values)))
    assert (first["enrichseverity"], first["enrichconfidence"]) == (4, "91 72 88 40 99")
    assert not {"enrichseverity", "enrichconfidence"} & set(second)
    log = read_log(Intake(Sure()).process(records(values)).accepted.values)
    assert (log.severity, log.confidence) == ([4, None], ["91 72 88 40 99", None])


def test_without_a_classifier_only_what_the_channel_states_is_known() -> None:
    result = Intake(None).process(records([structured(feedback(record_class="inquiry"))]))
    (event,) = accepted(result)
    assert not [name for name in event if name.startswith("enrich")]
    log = read_log(result.accepted.values)
    assert (log.record_class, log.sentiment, log.model) == (["inquiry"], [None], [None])


def test_data_stays_as_the_channel_sent_it() -> None:
    odd = b'{ "text" : "\\u0429\\u043e",  "channel":"web", "more": [1,2.50] }'
    value = b'{"id":"1","source":"s","specversion":"1.0","type":"vidhuk.feedback.submitted.v1","data":' + odd + b"}\n"
    (sent,) = take_in(value).accepted.values
    assert sent is not None
    assert odd in sent


def test_an_event_without_a_time_happened_when_it_was_recorded() -> None:
    for value in (structured(time=None), structured().replace(b'"2026-09-01T10:00:00Z"', b"null")):
        (event,) = accepted(take_in(value, timestamp_ms=A_MOMENT_MS + 5))
        assert event["time"] == event["recordedtime"] == "2026-09-01T10:00:00.005000Z"


def test_what_the_channel_states_wins() -> None:
    value = structured(feedback(record_class="inquiry", category="billing", language="uk"))
    (event,) = accepted(take_in(value))
    assert (event["enrichclass"], event["enrichcategory"], event["enrichlanguage"]) == ("inquiry", "billing", "uk")
    assert event["enrichsentiment"] == "negative"


def test_only_words_of_customers_are_classified_and_once_a_batch() -> None:
    echo = Echo()
    values = [
        structured(feedback(text="One")),
        structured(survey(text="Two"), type=SURVEY),
        structured(survey(), type=SURVEY),
        structured(feedback(text=None, rating=4)),
        structured({"case_id": "C-1", "note": "not the customer's"}, type="vidhuk.complaint.acknowledged.v1"),
        b"not an event",
    ]
    result = Intake(echo).process(records(values))
    assert echo.calls == [["One", "Two"]]
    assert ["enrichmodel" in event for event in accepted(result)] == [True, True, False, False, False]


def test_a_survey_comment_keeps_its_stated_language() -> None:
    (event,) = accepted(take_in(structured(survey(text="Дякую", language="uk"), type=SURVEY)))
    assert event["enrichlanguage"] == "uk"


def test_marks_of_the_log_that_a_channel_sends_are_not_believed() -> None:
    value = structured(
        recordedtime="1999-01-01T00:00:00Z", inboxoffset=99, inboxlog="x", enrichclass="compliment", enrichsafety=True
    )
    (sent,) = take_in(value, position=5).accepted.values
    assert sent is not None
    assert [sent.count(name) for name in (b"recordedtime", b"inboxlog", b"inboxoffset", b"enrichclass")] == [1] * 4
    assert read_log([sent]).inbox_offset == [5]


def test_binary_events_become_structured_ones() -> None:
    value, headers = binary(feedback(text="Щось"), id="b-1", subject="c-1", traceparent="00-1")
    (event,) = accepted(take_in(value, headers=[headers]))
    assert (event["id"], event["subject"], event["traceparent"]) == ("b-1", "c-1", "00-1")
    assert event["datacontenttype"] == "application/json"
    assert event["data"]["text"] == "Щось"


def test_keys_are_kept_and_a_missing_one_is_the_partition_key() -> None:
    values = [structured(partitionkey="C-1"), structured(partitionkey="C-1"), structured()]
    assert take_in(*values, keys=[b"k", None, None]).accepted.keys == [b"k", b"C-1", None]


def test_a_dead_letter_keeps_the_original_and_says_where_it_stood() -> None:
    value = structured(feedback(rating="private words", text="more private words"))
    old = [("content-type", b"application/json"), ("vidhuk_reason", b"stale")]
    result = take_in(structured(), value, partition=2, position=10, keys=[b"a", b"b"], headers=[(), old])
    assert (result.rejected.keys, result.rejected.values) == ([b"b"], [value])
    assert result.rejected.headers is not None
    (headers,) = result.rejected.headers
    assert ("content-type", b"application/json") in headers
    assert [name for name, _ in headers].count("vidhuk_reason") == 1
    marks = read_letter(headers)
    assert (marks.reason, marks.field) == ("wrong_type", "data.rating")
    assert (marks.log, marks.topic, marks.partition, marks.offset) == ("0f", "feedback.inbox", 2, 11)
    assert marks.recordedtime_ms == A_MOMENT_MS
    assert b"private" not in b"".join(said for _, said in headers)


def test_reasons_are_counted() -> None:
    result = take_in(None, b"", b"[]", structured(type="com.example.other"), structured())
    assert result.reasons == {Reason.EMPTY: 2, Reason.NOT_AN_OBJECT: 1, Reason.UNKNOWN_TYPE: 1}
    assert (result.read, len(result.accepted), len(result.rejected)) == (5, 1, 4)


def test_a_record_with_an_impossible_timestamp_is_a_dead_letter() -> None:
    result = take_in(structured(), timestamp_ms=2**62)
    assert result.reasons == {Reason.TIME_OUT_OF_RANGE: 1}


def test_an_empty_batch_gives_nothing() -> None:
    result = take_in()
    assert (result.read, len(result.accepted), len(result.rejected)) == (0, 0, 0)


@given(st.lists(hostile_values(), max_size=12))
def test_every_record_ends_in_exactly_one_place_and_a_replay_gives_the_same_bytes(values: list[bytes | None]) -> None:
    first, again = take_in(*values), take_in(*values)
    assert (first.accepted, first.rejected) == (again.accepted, again.rejected)
    assert len(first.accepted) + len(first.rejected) == first.read == len(values)
    assert sum(first.reasons.values()) == len(first.rejected)
    columns = read_log(first.accepted.values)
    letters = [read_letter(headers) for headers in first.rejected.headers or []]
    assert sorted([*columns.inbox_offset, *(letter.offset or 0 for letter in letters)]) == list(range(len(values)))
    assert [values[letter.offset or 0] for letter in letters] == first.rejected.values


@given(st.lists(hostile_values(), max_size=8), st.integers(0, 8))
def test_batch_borders_change_nothing(values: list[bytes | None], border: int) -> None:
    whole = take_in(*values)
    head, tail = take_in(*values[:border]), take_in(*values[border:], position=min(border, len(values)))
    assert head.accepted.values + tail.accepted.values == whole.accepted.values
    assert head.rejected.values + tail.rejected.values == whole.rejected.values


@given(hostile_values())
def test_what_the_log_holds_is_itself_a_valid_event(value: bytes | None) -> None:
    for sent in take_in(value).accepted.values:
        assert sent is not None
        assert type(decode(sent)).__name__ == "Event"


@pytest.mark.parametrize("size", [65_536, 65_537, 1_048_576])
def test_the_limit_is_64_kib_exactly(size: int) -> None:
    value = structured(feedback(text=""))
    value = structured(feedback(text="x" * (size - len(value)))) if size > len(value) else value
    value = value + b" " * (size - len(value))
    assert len(take_in(value).accepted) == (size == 65_536)
