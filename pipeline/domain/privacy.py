"""How private each field is: sealing, redaction and erasure follow the class that stands here.

A field says its class where it is declared, through one of the `Annotated` types below; a field without one fails
a test. The class travels into the JSON Schema as `x-privacy` and into the lake's column metadata as `privacy`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta


class Privacy(StrEnum):
    """From most to least private."""

    IDENTIFIER = "identifier"
    """Names one person by itself: a customer number, a name."""
    CONTACT = "contact"
    """Reaches one person: e-mail, phone, postal address."""
    FREE_TEXT = "free_text"
    """Whatever a person wrote; may hold anything."""
    QUASI_IDENTIFIER = "quasi_identifier"
    """Harmless alone, telling in combination: region, ZIP code, age band, order reference."""
    PLAIN = "plain"
    """Says nothing about a person."""


def private(kind: Privacy, **constraints: Any) -> Meta:  # noqa: ANN401 - handed on to msgspec as they are
    """Msgspec metadata that carries a privacy class, with any of msgspec's own constraints beside it."""
    return Meta(extra_json_schema={"x-privacy": kind.value}, **constraints)


Identifier = Annotated[str, private(Privacy.IDENTIFIER, min_length=1, max_length=256)]
Contact = Annotated[str, private(Privacy.CONTACT, max_length=512)]
FreeText = Annotated[str, private(Privacy.FREE_TEXT)]
QuasiIdentifier = Annotated[str, private(Privacy.QUASI_IDENTIFIER, max_length=1024)]
QuasiIdentifiers = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=128)], str | None],
    private(Privacy.QUASI_IDENTIFIER, max_length=128),
]
"""A channel's own columns, at most 128 of them."""
Plain = Annotated[str, private(Privacy.PLAIN, min_length=1, max_length=256)]
PlainNumber = Annotated[float, private(Privacy.PLAIN)]
PlainText = Annotated[str, private(Privacy.PLAIN, min_length=1, max_length=16_384)]
"""Words of the organization itself, such as a published promise."""
PlainInteger = Annotated[int, private(Privacy.PLAIN, ge=-(2**53), le=2**53)]
PlainCount = Annotated[int, private(Privacy.PLAIN, ge=0, le=2**53)]
PlainFlag = Annotated[bool, private(Privacy.PLAIN)]
Instant = Annotated[datetime, private(Privacy.PLAIN, tz=True)]
Currency = Annotated[str, private(Privacy.PLAIN, pattern="^[A-Z]{3}$")]
"""ISO 4217, three letters."""


def privacy_classes(struct: type[msgspec.Struct]) -> dict[str, Privacy | None]:
    """The privacy class of each field, by name; None for a field without one, or that holds a struct of its own."""
    hints = get_type_hints(struct, include_extras=True)
    return {name: _class_of(hints[name]) for name in struct.__struct_fields__}


@cache
def free_text_fields(struct: type[msgspec.Struct]) -> frozenset[str]:
    """The fields of a struct that hold what a person wrote."""
    return frozenset(name for name, kind in privacy_classes(struct).items() if kind is Privacy.FREE_TEXT)


def _class_of(hint: object) -> Privacy | None:
    if get_origin(hint) is Annotated:
        for meta in get_args(hint)[1:]:
            if isinstance(meta, Meta) and meta.extra_json_schema and "x-privacy" in meta.extra_json_schema:
                return Privacy(meta.extra_json_schema["x-privacy"])
        return None
    if get_origin(hint) in {Union, UnionType}:
        return next((kind for part in get_args(hint) if (kind := _class_of(part))), None)
    return None
