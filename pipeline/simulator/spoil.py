"""Ways in which channels get an event wrong, each with the reason a decoder should give."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from pipeline.domain.rejection import Reason
from pipeline.simulator.chance import Chance, deck, pick

Body = dict[str, Any]
"""An event as JSON values: envelope attributes and `data`."""


def _cut_short(body: Body) -> bytes:
    return _written(body)[:-30]


def _plain_words(_: Body) -> bytes:
    return b"Monthly report attached, please see the sheet."


def _blank(_: Body) -> bytes:
    return b"\r\n"


def _in_a_list(body: Body) -> bytes:
    return b"[" + _written(body) + b"]"


def _bad_bytes(body: Body) -> bytes:
    """A legacy system's encoding inside JSON."""
    body["data"]["text"] = "MARK"
    return _written(body).replace(b"MARK", "Де посилка?".encode("cp1251"))


def _too_long(body: Body) -> bytes:
    body["data"]["text"] = body["data"]["text"] + " " + "forwarded message " * 4200
    return _written(body)


def _no_id(body: Body) -> bytes:
    del body["id"]
    return _written(body)


def _no_channel(body: Body) -> bytes:
    del body["data"]["channel"]
    return _written(body)


def _nothing_said(body: Body) -> bytes:
    body["data"].pop("text", None)
    body["data"].pop("rating", None)
    return _written(body)


def _text_is_a_list(body: Body) -> bytes:
    body["data"]["text"] = [body["data"]["text"]]
    return _written(body)


def _rating_is_words(body: Body) -> bytes:
    body["data"]["rating"] = "five"
    return _written(body)


def _unknown_type(body: Body) -> bytes:
    body["type"] = "vidhuk.feedback.sent.v1"
    return _written(body)


def _far_future(body: Body) -> bytes:
    body["time"] = "9999-12-31T23:59:59Z"
    return _written(body)


def _local_time(body: Body) -> bytes:
    """The channel forgot the time zone."""
    body["time"] = body["time"][:10] + " 09:15"
    return _written(body)


def _other_version(body: Body) -> bytes:
    body["specversion"] = "0.3"
    return _written(body)


def _written(body: Body) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


Spoiler = tuple[Reason, Callable[[Body], bytes]]

SPOILERS: Final[tuple[Spoiler, ...]] = deck(
    {
        (Reason.NOT_JSON, _cut_short): 3,
        (Reason.NOT_JSON, _plain_words): 1,
        (Reason.EMPTY, _blank): 1,
        (Reason.NOT_AN_OBJECT, _in_a_list): 1,
        (Reason.INVALID_TIME, _local_time): 2,
        (Reason.NOT_UTF8, _bad_bytes): 2,
        (Reason.TOO_LARGE, _too_long): 1,
        (Reason.MISSING_FIELD, _no_id): 2,
        (Reason.MISSING_FIELD, _no_channel): 2,
        (Reason.MISSING_FIELD, _nothing_said): 1,
        (Reason.WRONG_TYPE, _text_is_a_list): 2,
        (Reason.WRONG_TYPE, _rating_is_words): 2,
        (Reason.UNKNOWN_TYPE, _unknown_type): 2,
        (Reason.TIME_OUT_OF_RANGE, _far_future): 1,
        (Reason.UNSUPPORTED_SPECVERSION, _other_version): 1,
    }
)


def spoilt(chance: Chance, event: bytes) -> tuple[Reason, bytes]:
    """A reason, and `event` (a good one with a text) so changed that a decoder refuses it for that reason."""
    reason, spoil = pick(chance, SPOILERS)
    return reason, spoil(json.loads(event))
