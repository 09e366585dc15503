"""The CloudEvents 1.0 envelope: which attributes have a meaning here, and which the log keeps for itself."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from pipeline.domain.privacy import Privacy, private

MAX_EVENT_BYTES: Final = 64 * 1024
"""The most that one event may weigh; larger bodies go behind `dataref`."""
MAX_DEPTH: Final = 64
"""The deepest nesting of arrays and objects, counted over the whole event."""
MAX_EXTENSIONS: Final = 64
"""How many attributes besides ours one event may have."""
SPECVERSION: Final = "1.0"

_Name = Annotated[str, private(Privacy.IDENTIFIER, min_length=1, max_length=1024)]
_Word = Annotated[str, private(Privacy.PLAIN, min_length=1, max_length=1024)]
_Reference = Annotated[str, private(Privacy.QUASI_IDENTIFIER, min_length=1, max_length=1024)]
Moment = Annotated[datetime, private(Privacy.PLAIN, tz=True)]


class Attributes(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What every event says about itself beside its type; `source` and `id` together are its identity."""

    specversion: _Word
    id: _Name
    source: _Word
    time: Moment | UnsetType = UNSET
    """When it happened; unset means that only the intake's `recordedtime` is known."""
    datacontenttype: _Word | None = None
    dataschema: _Word | None = None
    subject: _Name | None = None
    partitionkey: _Reference | None = None
    correlationid: _Reference | None = None
    causationid: _Reference | None = None


class Envelope(Attributes, frozen=True, gc=False, kw_only=True):
    """The attributes of one event of any type as its channel sent them, its data unread."""

    type: _Word
    data: Annotated[Raw, private(Privacy.FREE_TEXT)] = Raw(b"")


ATTRIBUTES: Final = frozenset(Envelope.__struct_fields__)

LOG_ATTRIBUTES: Final = frozenset(
    {
        "recordedtime",
        "inboxlog",
        "inboxpartition",
        "inboxoffset",
        "enrichmodel",
        "enrichlanguage",
        "enrichclass",
        "enrichcategory",
        "enrichsentiment",
        "enrichsafety",
        "enrichseverity",
        "enrichconfidence",
    }
)
"""What the intake writes beside a channel's attributes; what a channel sends under these names is dropped."""

ATTRIBUTE_NAME: Final = re.compile(r"[a-z0-9]{1,64}")
"""CloudEvents' own rule for names: lower-case letters and digits."""

_MEDIA_TYPE: Final = re.compile(r"\s*([a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+)\s*(?:;(.*))?", re.IGNORECASE | re.DOTALL)
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([a-z0-9_.:-]+)""", re.IGNORECASE)


def media_type(content_type: str) -> str:
    """`type/subtype` of a content type in lower case, without parameters; empty when it is not one."""
    found = _MEDIA_TYPE.fullmatch(content_type)
    return found[1].lower() if found else ""


def is_json(content_type: str | None) -> bool:
    """Whether data of this content type is JSON in UTF-8, as it is when nothing is said."""
    if content_type is None:
        return True
    found = _MEDIA_TYPE.fullmatch(content_type)
    if not found:
        return False
    kind, charset = found[1].lower(), _CHARSET.search(found[2] or "")
    if charset and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        return False
    return kind in {"application/json", "text/json"} or kind.endswith("+json")
