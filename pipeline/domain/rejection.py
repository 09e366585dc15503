"""Why an input could not become an event: a closed list of reasons, and a sentence that names the field.

A sentence never quotes what was sent: a wrong value may be somebody's words or number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Every reason there is, so that dead letters can be counted by it."""

    EMPTY = "empty"
    """The record holds no event: no value, or blank."""
    TOO_LARGE = "too_large"
    """More bytes than one event may have."""
    TOO_DEEP = "too_deep"
    """Values nested beyond what any reader should follow."""
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    INVALID_VALUE = "invalid_value"
    """The right type, but not a value that the field may hold, or one that another field forbids."""
    UNKNOWN_TYPE = "unknown_type"
    """A valid CloudEvent of a type that Vidhuk does not know."""
    UNSUPPORTED_SPECVERSION = "unsupported_specversion"
    UNSUPPORTED_CONTENT_TYPE = "unsupported_content_type"
    INVALID_TIME = "invalid_time"
    """Not an RFC 3339 moment with a time zone."""
    TIME_OUT_OF_RANGE = "time_out_of_range"
    """A moment outside the years 1900 to 2100."""
    UNMAPPABLE_ROW = "unmappable_row"
    """A row of a file that an importer could not turn into an event; it never reached the inbox."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One input refused: `field` is a path such as `data.rating`, or None when the whole input is at fault."""

    reason: Reason
    field: str | None
    sentence: str


_NAME: Final = re.compile(r"[A-Za-z0-9_.\-\[\]…]{1,120}")


def printable_field(name: str) -> str | None:
    """`name` if it may stand in a sentence, else None: names are sent by strangers too."""
    return name if _NAME.fullmatch(name) else None
