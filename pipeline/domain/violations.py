"""From msgspec's complaint about a value to a rejection of ours: its field and reason, and never the value."""

from __future__ import annotations

import re
from typing import Final

from pipeline.domain.rejection import Reason, Rejection, printable_field

_AT: Final = re.compile(r" - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`$")
_MISSING: Final = re.compile(r"Object missing required field `(?P<name>[^`]*)`")
_EXPECTED: Final = re.compile(r"Expected `(?P<expected>[^`]*)`, got `(?P<got>[^`]*)`")
_BOUND: Final = re.compile(r"Expected `(?P<what>[^`]*)` (?P<rule>.*)", re.DOTALL)
_NAMED: Final = re.compile(r"`(?P<name>[a-z_]+)`")
_NO_TIME: Final = ("Invalid RFC3339", "Expected `datetime`")
_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "nothing",
    "datetime": "a moment",
}


def rejection_of(message: str, prefix: str = "") -> Rejection:
    """The rejection that msgspec's `message` about a value under `prefix` (`data`, or nothing) stands for."""
    found = _AT.search(message)
    path = _joined(prefix, found["path"] if found else "")
    what = message[: found.start()] if found else message
    missing = _MISSING.match(what)
    if missing:
        field = _joined(path, missing["name"])
        return _rejection(Reason.MISSING_FIELD, field, "is required and is missing")
    if what.startswith(_NO_TIME) and "got `" not in what:
        return _rejection(Reason.INVALID_TIME, path, "is not an RFC 3339 moment with a time zone")
    expected = _EXPECTED.match(what)
    if expected:
        said = f"should be {_plain(expected['expected'])}, not {_plain(expected['got'])}"
        return _rejection(Reason.WRONG_TYPE, path, said)
    return _constraint(what, path) or _together(what, path)


def _constraint(what: str, path: str) -> Rejection | None:
    """A value of the right type that its field may not hold."""
    bound = _BOUND.match(what)
    if bound:
        return _rejection(Reason.INVALID_VALUE, path, f"should be {_plain(bound['what'])} {bound['rule'].strip()}")
    if what.startswith("Invalid enum value"):
        return _rejection(Reason.INVALID_VALUE, path, "is not one of the values it may have")
    if "out of range" in what:
        return _rejection(Reason.INVALID_VALUE, path, "is a number too large to hold")
    return None


def _together(what: str, path: str) -> Rejection:
    """A struct's own check, whose words are ours: values that do not go together."""
    named = _NAMED.search(what)
    if what.endswith("is required"):
        return Rejection(Reason.MISSING_FIELD, path or None, f"In `{path}`, {what}.")
    return Rejection(Reason.INVALID_VALUE, _joined(path, named["name"] if named else ""), f"In `{path}`, {what}.")


def _rejection(reason: Reason, path: str, said: str) -> Rejection:
    field = printable_field(path)
    return Rejection(reason, field, f"`{field}` {said}." if field else f"The event {said}.")


def _plain(kinds: str) -> str:
    """`str | null` as words, without the null that only says that the field may be left out."""
    words = [_WORDS.get(kind.strip(), kind.strip()) for kind in kinds.split("|")]
    kept = [word for word in words if word != "nothing"] or words
    return " or ".join(kept)


def _joined(head: str, tail: str) -> str:
    if not head or not tail:
        return head or tail
    return f"{head}{tail}" if tail.startswith("[") else f"{head}.{tail}"
