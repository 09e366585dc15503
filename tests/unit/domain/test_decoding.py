from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.careful import Event, judge_structured
from pipeline.domain.decoding import Headers, decode, decode_batch
from pipeline.domain.envelope import Attributes
from pipeline.domain.rejection import Reason, Rejection
from tests.builders import binary, feedback, structured
from tests.shared_data import shared_data
from tests.strategies import hostile_values, json_values, mutated_events, valid_events, words


def reason(value: bytes | None, headers: Headers = ()) -> tuple[str, str | None]:
    outcome = decode(value, headers)
    assert isinstance(outcome, Rejection), "was accepted"
    return outcome.reason.value, outcome.field


def event(value: bytes | None, headers: Headers = ()) -> Event:
    outcome = decode(value, headers)
    assert isinstance(outcome, Event), outcome
    return outcome


HOSTILE: list[tuple[bytes | None, str, str | None]] = [
    (None, "empty", None),
    (b"", "empty", None),
    (b" \n ", "empty", None),
    (b"x" * 1_048_576, "too_large", None),
    (b"[" * 60_000, "too_deep", None),
    (b"\xff", "not_utf8", None),
    (structured(feedback(mystery="?")).replace(b"?", b"\xff"), "not_utf8", None),
    (structured(feedback(text="?")).replace(b"?", b"\xc3"), "not_utf8", None),
    (b"\xef\xbb\xbf{}", "not_json", None),
    (b"not json", "not_json", None),
    (structured() + b"x", "not_json", None),
    (structured(feedback(text="?")).replace(b"?", rb"\ud800"), "not_json", None),
    (structured(feedback(rating=1)).replace(b":1}", b":NaN}"), "not_json", None),
    (b"[]", "not_an_object", None),
    (b"null", "not_an_object", None),
    (b"[" + structured() + b"]", "not_an_object", None),
    (b"{}", "missing_field", "specversion"),
    (structured(specversion=None), "missing_field", "specversion"),
    (structured(id=None), "missing_field", "id"),
    (structured(source=None), "missing_field", "source"),
    (structured(type=None), "missing_field", "type"),
    (structured(feedback(channel=None)), "missing_field", "data.channel"),
    (structured(feedback(text=None)), "missing_field", "data"),
    (structured(data=[]).replace(b"[]", b"null"), "missing_field", "data"),
    (structured(id=5), "wrong_type", "id"),
    (structured(data=[1]), "wrong_type", "data"),
    (structured(data="text"), "wrong_type", "data"),
    (structured(feedback(rating="5")), "wrong_type", "data.rating"),
    (structured(feedback(rating=True)), "wrong_type", "data.rating"),
    (structured(feedback(customer={"email": 5})), "wrong_type", "data.customer.email"),
    (structured(feedback(attributes={"a": 5})), "wrong_type", "data.attributes[...]"),
    (structured(myextension={"a": 1}), "wrong_type", "myextension"),
    (structured(myextension=1.5), "wrong_type", "myextension"),
    (structured(id=""), "invalid_value", "id"),
    (structured(id="a\0b"), "invalid_value", "id"),
    (structured(subject="a\0b"), "invalid_value", "subject"),
    (structured(myextension="a\0b"), "invalid_value", "myextension"),
    (structured(feedback(case_id="a\0b")), "invalid_value", "data.case_id"),
    (structured(feedback(attributes={"a\0": "b"})), "invalid_value", "data.attributes"),
    (structured(feedback(customer={"name": "a\0"})), "invalid_value", "data.customer"),
    (structured(feedback(rating=9, rating_scale="1-5")), "invalid_value", "data.rating"),
    (structured(feedback(rating=10**400)), "invalid_value", "data.rating"),
    (structured(feedback(rating=1)).replace(b":1}", b":1e999}"), "invalid_value", "data.rating"),
    (structured(feedback(record_class="rant")), "invalid_value", "data.record_class"),
    (structured(feedback(language="English")), "invalid_value", "data.language"),
    (structured(feedback(channel="x" * 257)), "invalid_value", "data.channel"),
    (structured(feedback(attributes={str(n): "" for n in range(129)})), "invalid_value", "data.attributes"),
    (structured(myextension=2**70), "invalid_value", "myextension"),
    (structured(MyExtension="x"), "invalid_value", "MyExtension"),
    (structured(**{"my extension": "x"}), "invalid_value", None),
    (structured(**{f"x{n}": "x" for n in range(65)}), "invalid_value", None),
    (structured(data_base64="e30="), "invalid_value", "data_base64"),
    (structured(type="com.example.other"), "unknown_type", "type"),
    (structured(specversion="0.3"), "unsupported_specversion", "specversion"),
    (structured(datacontenttype="text/plain"), "unsupported_content_type", "datacontenttype"),
    (structured(datacontenttype="application/json; charset=cp1251"), "unsupported_content_type", "datacontenttype"),
    (structured(datacontenttype="nonsense"), "unsupported_content_type", "datacontenttype"),
    (structured(time="yesterday"), "invalid_time", "time"),
    (structured(time="2026-09-01T10:00:00"), "invalid_time", "time"),
    (structured(time="2026-02-30T10:00:00Z"), "invalid_time", "time"),
    (structured(time=""), "invalid_time", "time"),
    (structured(time="0000-01-01T00:00:00Z"), "time_out_of_range", "time"),
    (structured(time="9999-12-31T23:59:59Z"), "time_out_of_range", "time"),
    (structured(time="9999-12-31T23:59:59-10:00"), "time_out_of_range", "time"),
    (structured(time="0001-01-01T00:00:00+10:00"), "time_out_of_range", "time"),
    (structured(time="1900-01-01T00:00:00+01:00"), "time_out_of_range", "time"),
    (structured(time="2101-01-01T00:00:00Z"), "time_out_of_range", "time"),
    (structured(time=17), "wrong_type", "time"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected", "field"), HOSTILE)
def test_hostile_input_gets_its_reason_and_field(value: bytes | None, expected: str, field: str | None) -> None:
    assert reason(value) == (expected, field)


def test_every_reason_of_the_decoder_is_among_the_hostile_inputs() -> None:
    assert {expected for _, expected, _ in HOSTILE} == {one.value for one in Reason} - {"unmappable_row"}


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "1900-01-01T00:00:00Z"},
        {"time": "2100-12-31T23:59:59.999999Z"},
        {"time": "2026-09-01T10:00:00.123456789+03:00"},
        {"time": None},
        {"datacontenttype": "application/json; charset=UTF-8"},
        {"datacontenttype": "application/vnd.vidhuk+json"},
        {"traceparent": "00-1", "retries": 3, "urgent": True, "nothing": None},
        {"data": feedback(text="words\0of a person")},
        {"data": feedback(mystery={"a": [1]})},
        {"data": feedback(customer={"name": "x", "mystery": [1]})},
        {"data": feedback(text="[{" * 500)},
    ],
)
def test_unusual_but_valid_events_are_accepted(changes: dict[str, Any]) -> None:
    value = structured(**changes)
    assert event(value).body == value


def test_packed_data_is_unpacked() -> None:
    packed = base64.b64encode(msgspec.json.encode(feedback(text="Щось"))).decode()
    value = structured(data_base64=packed).replace(b'"data":', b'"gone":')
    members = msgspec.json.decode(value)
    del members["gone"]
    got = event(msgspec.json.encode(members))
    assert msgspec.json.decode(got.body)["data"] == feedback(text="Щось")
    members["data_base64"] = "*"
    assert reason(msgspec.json.encode(members)) == ("invalid_value", "data_base64")
    members["data_base64"] = 5
    assert reason(msgspec.json.encode(members)) == ("wrong_type", "data_base64")
    members["data_base64"] = base64.b64encode(b"\xff{").decode()
    assert reason(msgspec.json.encode(members)) == ("not_utf8", None)


def test_binary_mode_says_the_same_as_structured_mode() -> None:
    changes: dict[str, Any] = {
        "id": "1",
        "subject": "клієнт",
        "traceparent": "00-1",
        "datacontenttype": "application/json",
    }
    value, headers = binary(feedback(text="Щось"), **changes)
    assert msgspec.json.decode(event(value, headers).body) == msgspec.json.decode(
        structured(feedback(text="Щось"), **changes)
    )


@pytest.mark.parametrize(
    ("value", "more", "expected"),
    [
        (None, [], ("missing_field", "data")),
        (b"", [], ("missing_field", "data")),
        (b"{", [], ("not_json", "data")),
        (b"\xff", [], ("not_utf8", None)),
        (b"[]", [], ("wrong_type", "data")),
        (b"{}" + b" " * 70_000, [], ("too_large", None)),
        (b"[" * 1000, [], ("too_deep", None)),
        (b"{}", [("ce_subject", b"\xff")], ("not_utf8", "ce_subject")),
        (b"{}", [("ce_data", b"1")], ("invalid_value", "ce_data")),
        (b"{}", [("ce_data_base64", b"1")], ("invalid_value", "data_base64")),
        (b"{}", [("content-type", b"text/plain")], ("unsupported_content_type", "datacontenttype")),
        (b"{}", [("content-type", b"application/cloudevents+avro")], ("unsupported_content_type", "content-type")),
        (
            b"{}",
            [("content-type", b"application/cloudevents-batch+json")],
            ("unsupported_content_type", "content-type"),
        ),
    ],
)
def test_hostile_binary_events_get_their_reason(
    value: bytes | None, more: list[tuple[str, bytes]], expected: tuple[str, str | None]
) -> None:
    _, headers = binary()
    assert reason(value, [*headers, *more]) == expected


@pytest.mark.parametrize(
    "kind", [b"application/cloudevents+json", b"application/cloudevents+json; charset=utf-8", b"application/json"]
)
def test_a_content_type_may_say_that_the_event_is_structured(kind: bytes) -> None:
    event(structured(), [("content-type", kind), ("trace", b"\xff")])


@given(hostile_values())
def test_the_quick_path_and_the_careful_one_agree(value: bytes | None) -> None:
    assert summary(decode(value)) == summary(judge_structured(value))


@pytest.mark.parametrize("value", [value for value, _, _ in HOSTILE])
def test_the_two_paths_agree_on_hostile_input(value: bytes | None) -> None:
    assert summary(decode(value)) == summary(judge_structured(value))


@pytest.mark.parametrize("name", ["subject", "partitionkey", "time", "datacontenttype", "traceparent", "enrichclass"])
def test_the_two_paths_agree_on_what_is_null(name: str) -> None:
    value = structured()[:-1] + f',"{name}":null}}'.encode()
    assert isinstance(decode(value), Event)
    assert summary(decode(value)) == summary(judge_structured(value))


@given(st.lists(hostile_values(), max_size=6))
def test_a_batch_is_its_records(values: list[bytes | None]) -> None:
    batch = decode_batch(values, [() for _ in values])
    assert [summary(one) for one in batch] == [summary(decode(value)) for value in values]


HEADER_NAMES = ["ce_id", "ce_type", "ce_source", "ce_time", "CE_x", "ce_", "ce_data", "content-type", "x"]
HEADER_VALUES = [b"1.0", b"vidhuk.feedback.submitted.v1", b"application/json"]
some_headers = st.tuples(
    st.sampled_from(HEADER_NAMES) | words, st.none() | st.binary(max_size=12) | st.sampled_from(HEADER_VALUES)
)
some_bytes = st.none() | st.binary(max_size=40) | mutated_events() | json_values.map(msgspec.json.encode)


@given(some_bytes, st.lists(some_headers, max_size=6))
def test_any_bytes_and_headers_have_an_outcome(value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    assert isinstance(decode(value, [*headers, ("ce_specversion", b"1.0")]), Event | Rejection)


@given(valid_events())
def test_valid_events_are_accepted(sent: dict[str, Any]) -> None:
    assert event(msgspec.json.encode(sent)).envelope.id == sent["id"]


WORDS = "Zxqj7words"


FIELDS = ["text", "rating", "channel", "customer", "attributes", "record_class", "language", "case_id"]
ODD_VALUES = [WORDS, [WORDS], {WORDS: WORDS}, {"name": [WORDS]}, WORDS * 200, f"{WORDS}\0"]


@given(st.sampled_from(FIELDS), st.sampled_from(ODD_VALUES))
def test_a_sentence_never_quotes_a_value(name: str, value: object) -> None:
    outcome = decode(structured({**feedback(text=WORDS), name: value}, subject=WORDS))
    if isinstance(outcome, Rejection):
        assert WORDS not in outcome.sentence + (outcome.field or "")


def test_sentences_are_sentences() -> None:
    for value, _, field in HOSTILE:
        outcome = decode(value)
        assert isinstance(outcome, Rejection)
        assert outcome.sentence.endswith(".")
        assert "$" not in outcome.sentence.replace("*$'", "")
        if field and field.startswith("data."):
            assert field.split(".")[1].removesuffix("[...]") in outcome.sentence


def summary(outcome: Event | Rejection) -> object:
    if isinstance(outcome, Rejection):
        return outcome
    envelope = outcome.envelope
    # the two paths read data with structs of their own, so their fields are compared
    content = type(outcome.content).__name__, msgspec.structs.asdict(outcome.content)
    return content, outcome.body, *(getattr(envelope, name) for name in Attributes.__struct_fields__)


def conformance_events() -> Iterator[tuple[dict[str, str], str]]:
    """Attributes and data of every event in the CloudEvents conformance suite."""
    for path in sorted(shared_data("cloudevents/yaml").rglob("*.yaml")):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader):
            attributes = dict(document["ContextAttributes"])
            yield {**attributes.pop("Extensions", {}), **attributes}, document["Data"]


def test_every_conformance_event_is_a_cloudevent_of_a_type_that_is_not_ours() -> None:
    seen = 0
    for attributes, data in conformance_events():
        headers = [(f"ce_{name}", said.encode()) for name, said in attributes.items() if name != "datacontenttype"]
        kind = attributes.get("datacontenttype")
        if kind:
            headers.append(("content-type", kind.encode()))
        assert reason(data.encode(), headers) == ("unknown_type", "type")
        assert reason(msgspec.json.encode({**attributes, "data": data})) == ("unknown_type", "type")
        ours = {**attributes, "type": "vidhuk.feedback.submitted.v1", "datacontenttype": "application/json"}
        assert event(msgspec.json.encode({**ours, "data": feedback()})).envelope.id == attributes["id"]
        seen += 1
    assert seen == 8
