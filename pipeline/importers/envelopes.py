"""From a row's values to the bytes of one CloudEvent, checked against the struct of its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from pipeline.domain.envelope import MAX_EVENT_BYTES, SPECVERSION
from pipeline.domain.errors import InvalidEventError

MAX_NAME_LENGTH = 1024
"""The most characters of `id`, `source`, `subject` and `partitionkey`."""

_encode = msgspec.json.Encoder().encode
_AT_PATH = re.compile(r" - at `\$\.?([^`]*)`$")


class UnmappableRowError(InvalidEventError):
    """One row cannot become its events; the sentence names columns and never holds a cell."""


class _Envelope(msgspec.Struct, omit_defaults=True, gc=False):
    specversion: str
    id: str
    source: str
    type: str
    time: str | None = None
    sequence: str | None = None
    subject: str | None = None
    partitionkey: str | None = None
    data: msgspec.Struct | None = None


def encoded_event(
    *,
    identity: tuple[str, str],
    event_type: tuple[str, type[msgspec.Struct]],
    time: str | None,
    data: Mapping[str, Any],
    sequence: str | None = None,
    subject: str | None = None,
    partitionkey: str | None = None,
    origin: Callable[[str], str] = "`{}`".format,
) -> bytes:
    """Structured JSON of one event from its (source, id), its (type name, struct) and its data.

    `sequence` is the CloudEvents extension of that name: text whose order is the order of events of one time.
    `origin` names the place in the file that a field of the data came from. Raises `UnmappableRowError` when the
    data breaks the contract of its type or the event is too heavy.
    """
    (source, event_id), (type_name, struct) = identity, event_type
    try:
        checked = msgspec.convert(data, struct)
    except msgspec.ValidationError as error:
        raise UnmappableRowError(_sentence(str(error), origin)) from None
    for name, text in (("id", event_id), ("subject", subject), ("partitionkey", partitionkey)):
        if text is not None and len(text) > MAX_NAME_LENGTH:
            raise UnmappableRowError(f"The event's `{name}` is longer than {MAX_NAME_LENGTH} characters.")
    value = _encode(
        _Envelope(
            specversion=SPECVERSION,
            id=event_id,
            source=source,
            type=type_name,
            time=time,
            sequence=sequence,
            subject=subject,
            partitionkey=partitionkey,
            data=checked,
        )
    )
    if len(value) > MAX_EVENT_BYTES:
        raise UnmappableRowError(f"The event would weigh {len(value)} bytes; the limit is {MAX_EVENT_BYTES}.")
    return value


def _sentence(message: str, origin: Callable[[str], str]) -> str:
    """Msgspec's message as a sentence of ours: the field by its origin, and never a value."""
    found = _AT_PATH.search(message)
    path, what = (found[1], message[: found.start()]) if found else ("", message)
    if what.startswith("Object missing required field"):
        name = what.split("`")[1]
        return f"{origin(f'{path}.{name}'.lstrip('.'))} is empty, and the event needs it."
    if what.startswith("Invalid enum value"):
        what = "holds a value that is not one of the allowed ones"
    elif what.startswith("Expected"):
        what = "should be" + what.removeprefix("Expected").replace("`str` of length", "text of length")
    else:
        return f"The values do not go together: {what}."
    return f"{origin(path)} {what}."
