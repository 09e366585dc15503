from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from msgspec import inspect

from pipeline.domain.careful import Event, judge_structured
from pipeline.domain.decoding import decode
from pipeline.domain.events.registry import EVENT_TYPES
from pipeline.domain.exact import EXACT_EVENTS, read_exact
from tests.builders import feedback, structured


def kinds(kind: inspect.Type) -> Iterator[inspect.Type]:
    """A type and all types inside it."""
    yield kind
    if isinstance(kind, inspect.Metadata):
        yield from kinds(kind.type)
    elif isinstance(kind, inspect.StructType):
        for field in kind.fields:
            yield from kinds(field.type)
    elif isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from kinds(one)
    elif isinstance(kind, inspect.ListType):
        yield from kinds(kind.item_type)
    elif isinstance(kind, inspect.DictType):
        yield from kinds(kind.key_type)
        yield from kinds(kind.value_type)


READ_WHOLE = (
    inspect.Metadata, inspect.StructType, inspect.UnionType, inspect.ListType, inspect.DictType, inspect.StrType,
    inspect.IntType, inspect.FloatType, inspect.BoolType, inspect.NoneType, inspect.DateTimeType, inspect.LiteralType,
    inspect.EnumType,
)  # fmt: skip


def test_nothing_that_an_exact_event_may_hold_is_skipped_unread() -> None:
    met = list(kinds(inspect.type_info(EXACT_EVENTS)))
    structs = [kind for kind in met if isinstance(kind, inspect.StructType)]
    assert len(structs) > 2 * len(EVENT_TYPES)
    assert all(kind.forbid_unknown_fields for kind in structs)
    assert {type(kind) for kind in met} <= set(READ_WHOLE)


@pytest.mark.parametrize(("event_type", "struct"), EVENT_TYPES.items())
def test_every_type_is_read_by_its_own_struct(event_type: str, struct: type[msgspec.Struct]) -> None:
    tagged = {kind.tag: kind.cls for kind in inspect.type_info(EXACT_EVENTS).types}  # type: ignore[attr-defined]  # a union
    assert issubclass(tagged[event_type].__annotations__["data"], struct)


@pytest.mark.parametrize(
    "value",
    [
        structured(traceparent="00-1"),
        structured(sequence=7),
        structured(feedback(mystery=1)),
        structured(feedback(customer={"mystery": 1})),
        structured(specversion="0.3"),
        structured(datacontenttype="text/plain"),
    ],
)
def test_what_is_not_exactly_an_event_is_left_to_the_careful_path(value: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_exact(value)


@pytest.mark.parametrize("sequence", ["0007", "", "x" * 2_000, 7, True, "a\0b", 1.5])
def test_a_sequence_is_judged_alike_by_the_quick_and_the_careful_path(sequence: object) -> None:
    value = structured(sequence=sequence)
    quick, careful = decode(value), judge_structured(value)
    if isinstance(quick, Event) and isinstance(careful, Event):
        assert (quick.body, quick.envelope.id, quick.envelope.time) == (
            careful.body,
            careful.envelope.id,
            careful.envelope.time,
        )
    else:
        assert quick == careful


@pytest.mark.parametrize("name", ["id", "source", "subject", "sequence"])
def test_text_that_is_not_utf8_does_not_pass(name: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        read_exact(structured(**{name: "?"}).replace(b"?", b"\xff"))
