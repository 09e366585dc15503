"""Reading an event that holds nothing beyond its contract, in one pass: attributes, type and data together.

Every member is known here, at every depth, so nothing is skipped unread: neither text that is not UTF-8 nor nesting
deeper than the contracts' own can go unnoticed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from types import UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, UnsetType

from pipeline.domain.envelope import SPECVERSION, Attributes
from pipeline.domain.events.registry import EVENT_TYPES


class ExactEvent(Attributes, frozen=True, gc=False, kw_only=True):
    """An event with its data read: an instance of a subclass of its type's struct."""

    data: msgspec.Struct


def _closed(struct: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The same struct, refusing members that it does not know, as do the structs inside it."""
    hints = get_type_hints(struct, include_extras=True)
    narrowed = [
        (field.name, _closed_hint(hints[field.name]), field.default)
        for field in msgspec.structs.fields(struct)
        if _closed_hint(hints[field.name]) != hints[field.name]
    ]
    return msgspec.defstruct(
        struct.__name__, narrowed, bases=(struct,), forbid_unknown_fields=True, frozen=True, kw_only=True, gc=False
    )


def _closed_hint(hint: Any) -> Any:  # noqa: ANN401  # any annotation there is
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _closed(hint)
    if get_origin(hint) in {Union, UnionType}:
        return reduce(operator.or_, map(_closed_hint, get_args(hint)))
    return hint


def _exact(event_type: str, struct: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Events of one type, of the commonest version and content type, and with no attribute but ours and `sequence`.

    That is the one extension which whole files of events carry, because a case is folded by it.
    """
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        ("specversion", Literal[SPECVERSION]),
        ("datacontenttype", Literal["application/json"] | None, None),
        ("sequence", str | UnsetType, UNSET),
        ("data", _closed(struct)),
    ]
    return msgspec.defstruct(
        struct.__name__,
        fields,
        bases=(ExactEvent,),
        tag_field="type",
        tag=event_type,
        forbid_unknown_fields=True,
        frozen=True,
        kw_only=True,
        gc=False,  # JSON makes no cycles
    )


EXACT_EVENTS: Final[Any] = reduce(operator.or_, (_exact(name, struct) for name, struct in EVENT_TYPES.items()))
"""The union of all types, told apart by their `type`."""

read_exact: Final = cast("Callable[[bytes], ExactEvent]", msgspec.json.Decoder(EXACT_EVENTS).decode)
"""The event in these bytes; raises msgspec's errors or `UnicodeDecodeError` on anything that is not exactly one."""
