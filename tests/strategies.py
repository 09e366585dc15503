"""Hypothesis strategies for what channels may send."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.builders import FEEDBACK, SURVEY, feedback, survey

words = st.text(st.characters(codec="utf-8"), max_size=40)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
_ATTRIBUTES = (
    "specversion", "id", "source", "type", "time", "subject", "partitionkey", "datacontenttype", "data", "data_base64",
    "recordedtime", "enrichclass", "traceparent", "Ünsinn", "",
)  # fmt: skip
_FIELDS = ("channel", "text", "rating", "rating_scale", "customer", "attributes", "record_class", "language", "score")


@st.composite
def valid_events(draw: st.DrawFn) -> dict[str, Any]:
    """Events that are accepted, as dicts."""
    is_survey = draw(st.booleans())
    text = draw(st.none() | words)
    data = survey(text=text) if is_survey else feedback(text=text, rating=draw(st.none() if text else st.just(3)))
    if not is_survey and text is None:
        data["rating"] = 3
    event = {
        "specversion": "1.0",
        "id": draw(st.text("abc-123", min_size=1, max_size=12)),
        "source": "channel/" + draw(st.sampled_from(["email", "веб"])),
        "type": SURVEY if is_survey else FEEDBACK,
        "data": data,
    }
    if draw(st.booleans()):
        event["time"] = draw(st.sampled_from(["2026-09-01T10:00:00Z", "1900-01-01T00:00:00Z", "2100-12-31T23:59:59Z"]))
    if draw(st.booleans()):
        event["traceparent"] = draw(st.sampled_from(["00-1", 5, True]))
    return event


@st.composite
def mutated_events(draw: st.DrawFn) -> bytes:
    """Valid events with something changed, taken away, cut or overwritten; a few of them stay valid."""
    event = draw(valid_events())
    for _ in range(draw(st.integers(0, 3))):
        target, names = draw(st.sampled_from([(event, _ATTRIBUTES), (event.get("data"), _FIELDS)]))
        if isinstance(target, dict):
            name = draw(st.sampled_from(names))
            if draw(st.booleans()):
                target[name] = draw(json_values)
            else:
                target.pop(name, None)
    value = bytearray(msgspec.json.encode(event))
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(value) - 1))
        value[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(value)


def hostile_values() -> st.SearchStrategy[bytes | None]:
    """Anything that may stand in the inbox: nothing, garbage, JSON, nearly events and events."""
    return st.one_of(
        st.none(),
        st.binary(max_size=60),
        json_values.map(msgspec.json.encode),
        mutated_events(),
        valid_events().map(msgspec.json.encode),
    )
