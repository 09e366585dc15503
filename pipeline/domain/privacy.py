"""How private each field is: sealing, redaction and erasure follow the class that stands here.

A field says its class where it is declared, through one of the `Annotated` types below; a field without one fails
a test. The class travels into the JSON Schema as `x-privacy` and into the lake's column metadata as `privacy`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

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
QuasiIdentifiers = Annotated[dict[str, str | None], private(Privacy.QUASI_IDENTIFIER)]
Plain = Annotated[str, private(Privacy.PLAIN, min_length=1, max_length=256)]
PlainNumber = Annotated[float, private(Privacy.PLAIN)]
PlainInteger = Annotated[int, private(Privacy.PLAIN)]
PlainFlag = Annotated[bool, private(Privacy.PLAIN)]
