"""What may be shown of a text that a person wrote: no numbers, contacts, addresses and, as far as rules can, names.

Rules are no promise: a name in small letters, or at the beginning of a sentence and nowhere else, is not found. So what
is redacted here goes to few readers and stays short.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_LINK: Final = re.compile(r"(?:https?://|www\.)\S*[\w/]", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^\s@<(]+@[^\s@]+\w")
_HANDLE: Final = re.compile(r"(?<!\S)@\w+")
_STREETS_BEFORE = (
    r"вул(?:иц[яіюе]|\.)|просп(?:ект[аіу]?|\.)|бульвар[аіу]?|пров(?:улок|улку|\.)|пл(?:ощ[аіу]|\.)|улиц[аеыу]|ul\."
)
_STREETS_AFTER = r"Street|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Drive|Square|Court|Close|Terrace|Gardens"
_ADDRESS: Final = re.compile(
    rf"\b(?:{_STREETS_BEFORE})\s*\w[\w'’-]*(?:\s+[А-ЯҐЄІЇA-Z][\w'’-]*)?(?:,?\s*(?:буд\.?|дом|кв\.?)?\s*\d+\w?)*"
    rf"|\b\d+\w?,?\s+(?:[A-Z][\w'’-]*\s+){{1,3}}(?:{_STREETS_AFTER})\b",
)
_NUMBER: Final = re.compile(r"[\w+(]?[^\s\[\]]*\d(?:[^\s\[\]]*[\w)])?(?:[ ]+[^\s\[\]]*\d(?:[^\s\[\]]*[\w)])?)*")
_CUES = (
    r"my name is|this is|i am|i'm|mr\.?|mrs\.?|ms\.?|dr\.?|dear|regards|sincerely|yours"
    r"|мене звати|мене звуть|меня зовут|пан|пані|пане|шановний|шановна|уважаемый|уважаемая|з повагою|с уважением"
    r"|herr|frau|pan|pani|pozdrawiam"
)
_CAPITALIZED = r"[^\W\d_a-zа-щьюяґєії][\w'’-]+"
_NAMED: Final = re.compile(rf"(?i:\b(?:{_CUES}))[,:]?\s+(?P<name>{_CAPITALIZED}(?:\s+{_CAPITALIZED})*)")
_INTRODUCED: Final = re.compile(
    r"(?i:\b(?:my name is|мене звати|мене звуть|меня зовут|mein name ist|nazywam się))\s+(?P<name>[\w'’-]+)"
)
_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*")
_SENTENCE_ENDS: Final = re.compile(r"(?:^|[.!?…:;\n])[\s\"'«„“(–—-]*$")
_NOT_NAMES: Final = frozenset({"i", "i'm", "i’m", "i've", "i’ve", "i'd", "i’d", "i'll", "i’ll", "ok"})
_LONGEST: Final = 200

NUMBER, EMAIL, LINK, HANDLE, ADDRESS, NAME = "[number]", "[email]", "[link]", "[handle]", "[address]", "[name]"


def redacted(text: str, keep: Collection[str] = ()) -> str:
    """The text on one line without what could name or reach a person; redacting it again changes nothing.

    E-mail addresses, links, handles, streets with their house numbers, all numbers (with the letters they are written
    with: phones, cards, orders, sums, dates), what follows *my name is* and its like, and every word with a capital
    within a sentence, unless it is one of `keep` (small letters).
    """
    line = " ".join(text.split())
    for pattern, mark in ((_LINK, LINK), (_EMAIL, EMAIL), (_HANDLE, HANDLE), (_ADDRESS, ADDRESS), (_NUMBER, NUMBER)):
        line = pattern.sub(mark, line)
    kept = frozenset(keep)
    for pattern in (_NAMED, _INTRODUCED):
        line = pattern.sub(lambda found: _without_name(found, kept), line)
    return _without_capitals(line, kept)


def excerpt(text: str, keep: Collection[str] = (), longest: int = _LONGEST) -> str:
    """`redacted`, cut after the last whole word within `longest` characters."""
    line = redacted(text, keep)
    return line if len(line) <= longest else line[: longest - 1].rsplit(" ", 1)[0] + " …"


def _without_name(found: re.Match[str], keep: frozenset[str]) -> str:
    name = found["name"]
    if name.casefold() in keep:
        return found[0]
    return found[0][: found.start("name") - found.start()] + NAME


def _without_capitals(line: str, keep: frozenset[str]) -> str:
    if line.isupper():  # who shouts writes no names apart
        return line
    parts, end, before_is_name = [], 0, False
    inside = {found[0] for found in _WORD.finditer(line) if _is_capital(found[0]) and not _begins(line, found.start())}
    for found in _WORD.finditer(line):
        word, begin = found[0], found.start()
        between = line[end:begin]
        is_name = (
            _is_capital(word)
            and word.casefold() not in keep
            and word.casefold() not in _NOT_NAMES
            and (word in inside or not _begins(line, begin))
        )
        if not (is_name and before_is_name and between.isspace()):
            parts += [between, NAME if is_name else word]
        end, before_is_name = found.end(), is_name
    return "".join(parts) + line[end:]


def _is_capital(word: str) -> bool:
    return word[0].isupper()


def _begins(line: str, place: int) -> bool:
    """Whether a sentence begins at a place."""
    return _SENTENCE_ENDS.search(line, max(0, place - 12), place) is not None if place else True
