"""The fields that a mapping may fill for each event type, read from the type's struct."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec
from msgspec import inspect

Kind = Literal["text", "number", "integer", "flag", "instant"]

_KINDS: tuple[tuple[type[inspect.Type], Kind], ...] = (
    (inspect.StrType, "text"),
    (inspect.EnumType, "text"),
    (inspect.LiteralType, "text"),
    (inspect.FloatType, "number"),
    (inspect.IntType, "integer"),
    (inspect.BoolType, "flag"),
    (inspect.DateTimeType, "instant"),
)


@dataclass(frozen=True, slots=True)
class Targets:
    """What one event type's data can hold, by dotted path."""

    fields: Mapping[str, Kind]
    """Fields with one value each: `text`, `customer.email`."""
    open_maps: frozenset[str]
    """Fields that take any name below them: `attributes`."""
    required: frozenset[str]
    """Fields that every event of the type needs."""

    def holds_fields(self, path: str) -> bool:
        """Whether `path` is not a value but a group of them."""
        return path in self.open_maps or any(field.startswith(path + ".") for field in self.fields)

    def kind_of(self, path: str) -> Kind | None:
        """The kind of value that goes to `path`; None when the type has no such field."""
        head, _, rest = path.partition(".")
        if rest and head in self.open_maps:
            return "text"
        return self.fields.get(path)


def targets_of(struct: type[msgspec.Struct]) -> Targets:
    """The targets of one event type."""
    fields: dict[str, Kind] = {}
    open_maps: set[str] = set()
    required: set[str] = set()
    described = inspect.type_info(struct)
    assert isinstance(described, inspect.StructType)  # noqa: S101 - narrows the type; a Struct is described as one
    _collect(described, "", fields, open_maps)
    required.update(field.encode_name for field in described.fields if field.required)
    return Targets(fields, frozenset(open_maps), frozenset(required))


def _collect(struct: inspect.StructType, prefix: str, fields: dict[str, Kind], open_maps: set[str]) -> None:
    for field in struct.fields:
        path = prefix + field.encode_name
        for variant in _variants(field.type):
            if isinstance(variant, inspect.StructType):
                _collect(variant, path + ".", fields, open_maps)
            elif isinstance(variant, inspect.DictType):
                open_maps.add(path)
            else:
                fields.update((path, kind) for accepted, kind in _KINDS if isinstance(variant, accepted))


def _variants(described: inspect.Type) -> list[inspect.Type]:
    if isinstance(described, inspect.Metadata):
        return _variants(described.type)
    if isinstance(described, inspect.UnionType):
        return [inner for variant in described.types for inner in _variants(variant)]
    return [described]
