from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from pipeline.domain.envelope import Envelope
from pipeline.domain.events.registry import EVENT_TYPES
from pipeline.domain.privacy import FreeText, Plain, Privacy, free_text_fields, privacy_classes


def parts(hint: object) -> Iterator[object]:
    yield hint
    for part in get_args(hint):
        yield from parts(part)


def nested_structs(hint: object) -> list[type[msgspec.Struct]]:
    return [part for part in parts(hint) if isinstance(part, type) and issubclass(part, msgspec.Struct)]


def unclassified(struct: type[msgspec.Struct]) -> list[str]:
    """Fields without a privacy class, of the struct and of those inside it."""
    hints = get_type_hints(struct, include_extras=True)
    missing = []
    for name, kind in privacy_classes(struct).items():
        inner = nested_structs(hints[name])
        missing += [f"{struct.__name__}.{field}" for one in inner for field in unclassified(one)]
        if kind is None and not inner:
            missing.append(f"{struct.__name__}.{name}")
    return missing


@pytest.mark.parametrize("struct", [*EVENT_TYPES.values(), Envelope])
def test_every_field_has_a_privacy_class(struct: type[msgspec.Struct]) -> None:
    assert unclassified(struct) == []


def test_a_field_without_a_privacy_class_is_found_at_any_depth() -> None:
    inner: Any = msgspec.defstruct("Inner", [("open", str), ("safe", Plain)])
    many: Any = list[inner] | None
    outer = msgspec.defstruct("Outer", [("one", inner), ("many", many), ("bare", int | None), ("ok", Plain)])
    assert unclassified(outer) == ["Outer.Inner.open", "Outer.Inner.open", "Outer.bare"]


def test_a_class_is_found_beside_a_null() -> None:
    struct = msgspec.defstruct("Any", [("text", FreeText | None, None), ("name", Plain | None, None)])
    assert privacy_classes(struct) == {"text": Privacy.FREE_TEXT, "name": Privacy.PLAIN}
    assert free_text_fields(struct) == {"text"}


def test_types_are_named_by_noun_verb_and_version() -> None:
    assert all(re.fullmatch(r"vidhuk\.[a-z]+\.[a-z-]+\.v[0-9]+", name) for name in EVENT_TYPES)
    assert len(set(EVENT_TYPES.values())) == len(EVENT_TYPES) == 49


@pytest.mark.parametrize(
    ("event_type", "data", "said"),
    [
        ("feedback.submitted", {"channel": "web"}, "one of `text` and `rating`"),
        ("feedback.submitted", {"channel": "web", "rating": 6, "rating_scale": "1-5"}, "`rating` must lie"),
        ("feedback.submitted", {"channel": "web", "rating": -6, "rating_scale": "-5-5"}, "`rating` must lie"),
        ("exposure.reported", {"unit": "customers", "count": -1}, ">= 0"),
        ("subject.merged", {"subject_id": "a", "into_subject_id": "a"}, "must differ"),
        ("subject.unmerged", {"subject_id": "a", "from_subject_id": "a"}, "must differ"),
        ("dispute.consent-given", {"dispute_id": "D", "party": "complainant", "document": "read it"}, "regex"),
    ],
)
def test_values_that_do_not_go_together_are_refused(event_type: str, data: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=re.escape(said)):
        msgspec.convert(data, EVENT_TYPES[f"vidhuk.{event_type}.v1"])


@pytest.mark.parametrize(("rating", "scale"), [(1, "1-5"), (5, "1-5"), (-5, "-5-5"), (0, "0-10")])
def test_ratings_at_the_ends_of_their_scale_are_valid(rating: int, scale: str) -> None:
    data = {"channel": "web", "rating": rating, "rating_scale": scale}
    assert msgspec.convert(data, EVENT_TYPES["vidhuk.feedback.submitted.v1"])


def test_periods_that_end_before_they_begin_are_refused() -> None:
    period = {"period_start": "2026-02-01T00:00:00Z", "period_end": "2026-01-01T00:00:00Z"}
    with pytest.raises(msgspec.ValidationError, match="`period_end`"):
        msgspec.convert({"unit": "customers", "count": 1, **period}, EVENT_TYPES["vidhuk.exposure.reported.v1"])
    promise = {"promise_id": "P", "version": 1, "text": "t"}
    valid = {"valid_from": "2026-02-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}
    with pytest.raises(msgspec.ValidationError, match="`valid_to`"):
        msgspec.convert({**promise, **valid}, EVENT_TYPES["vidhuk.promise.published.v1"])
