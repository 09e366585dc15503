from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given

from pipeline.domain.careful import Event
from pipeline.domain.decoding import decode
from pipeline.domain.events.registry import EVENT_TYPES
from pipeline.domain.schemas import all_schemas, event_schema, schema_files, write_schemas
from tests.builders import SURVEY, an_event, data_of, feedback, structured, survey
from tests.shared_data import shared_data
from tests.strategies import valid_events

DOCS = Path(__file__).parents[3] / "docs" / "schemas"


def validator(event_type: str) -> Any:
    schema = event_schema(event_type)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_committed_schemas_are_those_of_the_code() -> None:
    committed = {path.name: path.read_bytes() for path in DOCS.glob("*.json")}
    assert committed == schema_files(), "call pipeline.domain.schemas.write_schemas(Path('docs/schemas'))"


def test_writing_replaces_and_removes_what_differs(tmp_path: Path) -> None:
    (tmp_path / "vidhuk.gone.v1.json").write_text("{}")
    write_schemas(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == schema_files()


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_a_valid_event_of_every_type_is_decoded_and_fits_its_schema(event_type: str) -> None:
    event = an_event(data_of(event_type), type=event_type)
    assert isinstance(decode(msgspec.json.encode(event)), Event)
    validator(event_type).validate(event)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_official_cloudevents_schema_takes_events_of_every_type(event_type: str) -> None:
    official = json.loads(shared_data("cloudevents/spec/cloudevents.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(official).validate(an_event(data_of(event_type), type=event_type, subject="c-1"))


@given(valid_events())
def test_what_the_decoder_takes_fits_the_schema(event: dict[str, Any]) -> None:
    assert isinstance(decode(msgspec.json.encode(event)), Event)
    validator(event["type"]).validate(event)


@pytest.mark.parametrize(
    "value",
    [
        structured(feedback(channel=None)),
        structured(feedback(rating="five")),
        structured(feedback(record_class="rant")),
        structured(survey(scale_min=0.5), type=SURVEY),
        structured(specversion="0.3"),
        structured(extension=[1]),
        structured(Extension="x"),
        structured(id=""),
    ],
)
def test_what_the_decoder_refuses_for_its_shape_does_not_fit_the_schema(value: bytes) -> None:
    event = msgspec.json.decode(value)
    assert not isinstance(decode(value), Event)
    assert not validator(event["type"]).is_valid(event)


def test_every_field_in_a_schema_tells_its_privacy_class() -> None:
    text = event_schema("vidhuk.feedback.submitted.v1")["$defs"]["FeedbackSubmitted"]["properties"]["text"]
    assert text["anyOf"][0]["x-privacy"] == "free_text"
    assert len(all_schemas()) == len(EVENT_TYPES)
