"""The slow, thorough reading of one record: every rejection is decided here, and every unusual event accepted.

The order of the questions is fixed, so that the same bytes always get the same reason.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw

from pipeline.domain.envelope import (
    ATTRIBUTE_NAME,
    ATTRIBUTES,
    LOG_ATTRIBUTES,
    MAX_DEPTH,
    MAX_EVENT_BYTES,
    MAX_EXTENSIONS,
    SPECVERSION,
    Attributes,
    Envelope,
    is_json,
)
from pipeline.domain.events.registry import EVENT_TYPES
from pipeline.domain.instants import FIRST_YEAR, LAST_YEAR, is_in_range
from pipeline.domain.privacy import free_text_fields
from pipeline.domain.rejection import Reason, Rejection, printable_field
from pipeline.domain.violations import rejection_of


class Event(msgspec.Struct, frozen=True, gc=False):
    """One valid event.

    `body` is the whole of it as one structured JSON object that ends with its brace, holds its data under `data`,
    and has none of the log's own attributes and no `time` that is null.
    """

    envelope: Attributes
    content: msgspec.Struct
    body: bytes


_MAY_BE_NULL: Final = ATTRIBUTES - {"time"} - LOG_ATTRIBUTES
"""Attributes whose null may stay in an event's body, because it says the same as their absence."""

CONTENTS: Final[Mapping[str, Callable[[bytes | Raw], msgspec.Struct]]] = {
    name: msgspec.json.Decoder(struct).decode for name, struct in EVENT_TYPES.items()
}
"""How to read the data of each type."""

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_envelope = msgspec.json.Decoder(Envelope).decode
_encode = msgspec.json.Encoder().encode
_anything = msgspec.json.decode

_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|([\[{])|[\]}]', re.DOTALL)
_BLANK: Final = b" \t\r\n"
_NUL: Final = "\0"
_YEAR: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")


class _RefusedError(Exception):
    """Carries a rejection out of the nested questions; never leaves this module."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.sentence)
        self.rejection = rejection


def judge_structured(value: bytes | None) -> Event | Rejection:
    """The outcome of a record in structured JSON mode."""
    try:
        body = _text(value)
        members = _object(body)
        return _event(members, _data_of(members), body)
    except _RefusedError as refused:
        return refused.rejection


def judge_binary(value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> Event | Rejection:
    """The outcome of a record in binary mode: attributes in `ce_*` headers, data in the value."""
    try:
        _weigh((len(value) if value else 0) + sum(len(name) + len(said or b"") for name, said in headers))
        members = {name: Raw(_encode(said)) for name, said in _spoken(headers)}
        return _event(members, (lambda: _text(value)) if value else None, None)
    except _RefusedError as refused:
        return refused.rejection


def unsupported(field: str, said: str) -> Rejection:
    """A rejection for a content type."""
    return Rejection(Reason.UNSUPPORTED_CONTENT_TYPE, field, f"`{field}` {said}.")


def _text(value: bytes | None) -> bytes:
    """The value without surrounding blanks, once it is known to be UTF-8 of a fair size and depth."""
    body = value.strip(_BLANK) if value else b""
    if not body:
        raise _refusal(Reason.EMPTY, None, "The record is empty: it has no value")
    _weigh(len(body))
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise _refusal(Reason.NOT_UTF8, None, f"The value is not UTF-8: byte {error.start} is wrong") from None
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise _refusal(Reason.TOO_DEEP, None, f"Arrays and objects are nested more than {MAX_DEPTH} deep")
    return body


def _weigh(size: int) -> None:
    if size > MAX_EVENT_BYTES:
        said = f"The event weighs {size} bytes; the limit is {MAX_EVENT_BYTES}. Put large bodies behind `dataref`"
        raise _refusal(Reason.TOO_LARGE, None, said)


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for token in _TOKENS.finditer(body):
        if token[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in b"]}":
            depth -= 1
    return deepest


def _object(body: bytes) -> dict[str, Raw]:
    try:
        return _members(body)
    except msgspec.ValidationError:
        raise _refusal(Reason.NOT_AN_OBJECT, None, "The value is JSON, but not an object") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        at = re.search(r"\(byte \d+\)$", str(error))
        raise _refusal(Reason.NOT_JSON, None, f"The value is not JSON{' ' + at[0] if at else ''}") from None


def _spoken(headers: Sequence[tuple[str, bytes | None]]) -> list[tuple[str, str]]:
    """CloudEvents attributes in headers, as names and texts; `content-type` is `datacontenttype`."""
    spoken: list[tuple[str, str]] = []
    for header, said in headers:
        lower = header.lower()
        name = "datacontenttype" if lower == "content-type" else lower.removeprefix("ce_")
        if said is None or (name == lower and name != "datacontenttype"):
            continue
        if name == "data" or (lower == "ce_datacontenttype"):
            raise _refusal(Reason.INVALID_VALUE, lower, f"The header `{lower}` may not be used in binary mode")
        try:
            spoken.append((name, said.decode()))
        except UnicodeDecodeError:
            raise _refusal_of_header(lower) from None
    return spoken


def _refusal_of_header(header: str) -> _RefusedError:
    field = printable_field(header)
    return _refusal(Reason.NOT_UTF8, field, f"The header `{field}` is not UTF-8" if field else "A header is not UTF-8")


def _data_of(members: dict[str, Raw]) -> Callable[[], bytes] | None:
    """How to get at the data of a structured event, taken out of its members; None if it has none."""
    plain, packed = members.pop("data", None), members.pop("data_base64", None)
    if packed is not None and bytes(packed) != b"null":
        if plain is not None:
            raise _refusal(Reason.INVALID_VALUE, "data_base64", "An event has `data` or `data_base64`, not both")
        return lambda: _text(_unpacked(packed))
    if plain is None or bytes(plain) == b"null":
        return None
    return lambda: bytes(plain)


def _unpacked(packed: Raw) -> bytes:
    try:
        return base64.b64decode(msgspec.json.decode(packed, type=str), validate=True)
    except msgspec.MsgspecError:
        raise _refusal(Reason.WRONG_TYPE, "data_base64", "`data_base64` should be text") from None
    except (binascii.Error, ValueError):
        raise _refusal(Reason.INVALID_VALUE, "data_base64", "`data_base64` is not Base64") from None


def _event(members: dict[str, Raw], data: Callable[[], bytes] | None, sent: bytes | None) -> Event:
    """The event of these attributes and data; `sent` is its JSON if it may stand as it is."""
    whole = dict(members)
    stated = {name: raw for name, raw in members.items() if name not in LOG_ATTRIBUTES and bytes(raw) != b"null"}
    _check_specversion(stated.get("specversion"))
    _check_extensions(stated)
    envelope = _attributes(stated)
    read = CONTENTS.get(envelope.type)
    if read is None:
        raise _refusal(Reason.UNKNOWN_TYPE, "type", "`type` names no event that Vidhuk knows")
    if not is_json(envelope.datacontenttype):
        raise _RefusedError(unsupported("datacontenttype", "has to be JSON in UTF-8 for this type"))
    if data is None:
        raise _refusal(Reason.MISSING_FIELD, "data", "`data` is required and is missing")
    raw = data()
    content = _content(read, raw)
    body = _encode({**stated, "data": Raw(raw)})
    if b"\\u0000" in body:
        _check_nul(envelope, raw)
    dropped = whole.keys() - stated.keys()
    if sent is not None and dropped <= _MAY_BE_NULL and b"data_base64" not in sent:
        body = sent
    return Event(envelope=envelope, content=content, body=body)


def _check_specversion(raw: Raw | None) -> None:
    if raw is not None and bytes(raw) != f'"{SPECVERSION}"'.encode():
        raise _refusal(Reason.UNSUPPORTED_SPECVERSION, "specversion", f'`specversion` has to be "{SPECVERSION}"')


def _check_extensions(stated: Mapping[str, Raw]) -> None:
    extensions = [name for name in stated if name not in ATTRIBUTES]
    if len(extensions) > MAX_EXTENSIONS:
        raise _refusal(Reason.INVALID_VALUE, None, f"An event may have at most {MAX_EXTENSIONS} extension attributes")
    for name in extensions:
        if not ATTRIBUTE_NAME.fullmatch(name):
            field = printable_field(name)
            said = "Names of attributes are up to 64 lower-case letters and digits"
            raise _refusal(Reason.INVALID_VALUE, field, f"{said}; `{field}` is not" if field else said)
        try:
            value = msgspec.json.decode(stated[name], type=str | bool | int)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise _refusal(
                Reason.WRONG_TYPE, name, f"`{name}` should be text, a whole number or true or false"
            ) from None
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise _refusal(Reason.INVALID_VALUE, name, f"`{name}` is a number too large to hold")
        if isinstance(value, str) and _NUL in value:
            raise _nul(name)


def _attributes(stated: Mapping[str, Raw]) -> Envelope:
    """The envelope, without data: its attributes are judged before anybody looks at those."""
    try:
        envelope = _envelope(_encode({name: raw for name, raw in stated.items() if name in ATTRIBUTES}))
    except msgspec.ValidationError as error:
        rejection = rejection_of(str(error))
        if rejection.reason is Reason.INVALID_TIME:
            rejection = _judge_time(stated["time"], rejection)
        raise _RefusedError(rejection) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _refusal(Reason.NOT_JSON, None, "The attributes hold text that is not Unicode") from None
    if envelope.time is not UNSET and not is_in_range(envelope.time):
        raise _RefusedError(_out_of_range())
    return envelope


def _judge_time(raw: Raw, otherwise: Rejection) -> Rejection:
    """A year that no calendar of ours has, such as 0000, is out of range rather than misspelt."""
    text = _anything(raw)
    if isinstance(text, str) and _YEAR.match(text) and not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        return _out_of_range()
    return otherwise


def _out_of_range() -> Rejection:
    said = f"`time` lies outside the years {FIRST_YEAR} to {LAST_YEAR}."
    return Rejection(Reason.TIME_OUT_OF_RANGE, "time", said)


def _content(read: Callable[[bytes | Raw], msgspec.Struct], raw: bytes) -> msgspec.Struct:
    try:
        return read(raw)
    except msgspec.ValidationError as error:
        raise _RefusedError(rejection_of(str(error), "data")) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _refusal(Reason.NOT_JSON, "data", "`data` is not JSON") from None


def _check_nul(envelope: Envelope, raw: bytes) -> None:
    """NUL may stand in what a person wrote; in a name it would make two identities look like one."""
    for name in ATTRIBUTES - {"data"}:
        value = getattr(envelope, name)
        if isinstance(value, str) and _NUL in value:
            raise _nul(name)
    data: dict[str, Any] = _anything(raw)
    for name, value in data.items():
        if name not in free_text_fields(EVENT_TYPES[envelope.type]) and _holds_nul({name: value}):
            field = f"data.{name}" if printable_field(name) else "data"
            raise _nul(field)


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return _NUL in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_holds_nul(item) for item in value)


def _nul(field: str) -> _RefusedError:
    return _refusal(Reason.INVALID_VALUE, field, f"`{field}` holds a NUL character")


def _refusal(reason: Reason, field: str | None, said: str) -> _RefusedError:
    return _RefusedError(Rejection(reason, field, f"{said}."))
