"""Any bytes become exactly one of a valid event and a rejection, whatever they hold.

Nearly all events take a quick path of one msgspec call. Whatever that path cannot vouch for, for the better or the
worse, is judged again by `pipeline.domain.careful`, which alone decides on rejections.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import UNSET

from pipeline.domain.careful import Event, judge_binary, judge_structured, unsupported
from pipeline.domain.envelope import MAX_EVENT_BYTES, media_type
from pipeline.domain.exact import read_exact
from pipeline.domain.instants import FIRST_YEAR, LAST_YEAR
from pipeline.domain.rejection import Rejection

Headers = Sequence[tuple[str, bytes | None]]

_DOUBTS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_BACKSLASH, _BRACE = b"\\}"
"""As numbers: Python finds one byte by its number twenty times sooner than a string of bytes."""


def decode_batch(values: Sequence[bytes | None], headers: Sequence[Headers]) -> list[Event | Rejection]:
    """One outcome per record, in order. Pure, and never raises on what a record holds."""
    return [
        _with_headers(value, heads) if heads else _structured(value)
        for value, heads in zip(values, headers, strict=True)
    ]


def decode(value: bytes | None, headers: Headers = ()) -> Event | Rejection:
    """What one record holds."""
    return decode_batch([value], [headers])[0]


def _structured(value: bytes | None) -> Event | Rejection:
    if value is None or len(value) > MAX_EVENT_BYTES:
        return judge_structured(value)
    try:
        event = read_exact(value)
    except _DOUBTS:
        return judge_structured(value)
    if (
        (event.time is UNSET or FIRST_YEAR < event.time.year < LAST_YEAR)
        and (_BACKSLASH not in value or b"\\u0000" not in value)
        and value[-1] == _BRACE  # so that intake can write on from there
    ):
        return Event(event, event.data, value)
    return judge_structured(value)


def _with_headers(value: bytes | None, headers: Headers) -> Event | Rejection:
    content_type, is_binary = None, False
    for name, said in headers:
        lower = name.lower()
        if lower == "content-type" and said is not None:
            content_type = said
        elif lower.startswith("ce_"):
            is_binary = True
    kind = media_type(content_type.decode("latin-1")) if content_type is not None else ""
    if kind in {"application/cloudevents+json", "application/cloudevents"}:
        return _structured(value)
    if kind.startswith("application/cloudevents"):
        return unsupported("content-type", "has to be `application/cloudevents+json` for structured events")
    return judge_binary(value, headers) if is_binary else _structured(value)
