from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.domain.compatibility import breaking_changes
from pipeline.domain.schemas import all_schemas, event_schema

TYPE = "vidhuk.feedback.submitted.v1"


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    schema = copy.deepcopy(event_schema(TYPE))
    change(schema)
    return {TYPE: schema}


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"]["FeedbackSubmitted"]["properties"]
    return found


def test_nothing_breaks_when_nothing_changes() -> None:
    assert breaking_changes(all_schemas(), all_schemas()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: fields(s).pop("product"), "`$.data.product` was removed"),
        (lambda s: s["$defs"]["FeedbackSubmitted"]["required"].append("product"), "`$.data.product` became required"),
        (lambda s: fields(s)["rating"]["anyOf"].pop(), "`$.data.rating` no longer takes null"),
        (lambda s: fields(s)["rating"]["anyOf"][0].update(type="integer"), "`$.data.rating` no longer takes number"),
        (lambda s: fields(s)["channel"].update(maxLength=8), "`$.data.channel` has a lower maxLength"),
        (lambda s: fields(s)["channel"].update(minLength=2), "`$.data.channel` has a higher minLength"),
        (lambda s: fields(s)["text"]["anyOf"][0].update(maxLength=8), "`$.data.text` has a lower maxLength"),
        (lambda s: fields(s)["language"]["anyOf"][0].update(pattern="^en$"), "`$.data.language` has another pattern"),
        (lambda s: s["$defs"]["RecordClass"]["enum"].remove("opinion"), "no longer takes opinion"),
        (lambda s: s["$defs"]["Customer"]["properties"].pop("email"), "`$.data.customer.email` was removed"),
        (lambda s: s["properties"]["subject"].update(anyOf=[{"type": "string"}]), "`$.subject` no longer takes null"),
        (lambda s: s["required"].append("subject"), "`$.subject` became required"),
        (lambda s: fields(s)["attributes"]["additionalProperties"]["anyOf"].pop(), "`$.data.attributes.*` no longer"),
        (lambda s: s["properties"]["type"].update(const="other"), "`$.type` takes one value only"),
    ],
)
def test_a_breaking_change_is_named(change: Callable[[dict[str, Any]], object], said: str) -> None:
    (sentence,) = breaking_changes({TYPE: event_schema(TYPE)}, changed(change))
    assert sentence.startswith(f"{TYPE}: ")
    assert said in sentence


def test_a_removed_type_breaks() -> None:
    assert breaking_changes({TYPE: event_schema(TYPE)}, {}) == [f"{TYPE}: the type was removed."]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: fields(s).update(extra={"type": "string"}),
        lambda s: fields(s)["channel"].update(maxLength=512),
        lambda s: s["$defs"]["RecordClass"]["enum"].append("rant"),
        lambda s: s["$defs"]["FeedbackSubmitted"]["required"].remove("channel"),
        lambda s: fields(s)["channel"].update(description="other words"),
    ],
)
def test_a_widening_change_breaks_nothing(change: Callable[[dict[str, Any]], object]) -> None:
    assert breaking_changes({TYPE: event_schema(TYPE)}, changed(change)) == []


def test_a_new_type_breaks_nothing() -> None:
    assert breaking_changes({}, {TYPE: event_schema(TYPE)}) == []
