"""Weighted phrases read from the lexicon files and compiled into one automaton with one row of weights per phrase."""

from __future__ import annotations

import hashlib
import itertools
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ahocorasick_rs
import numpy as np
import numpy.typing as npt
from ahocorasick_rs import Implementation

from pipeline.classify.folding import GAP, patterns
from pipeline.domain.taxonomy import Category, RecordClass

CLASSES = tuple(RecordClass)
CATEGORIES = tuple(category for category in Category if category is not Category.OTHER)
COLUMNS = (*CLASSES, "positive", "negative", "liked", "disliked", "danger", *CATEGORIES)
_COLUMN = {name: i for i, name in enumerate(COLUMNS)}
_POSITIVE, _NEGATIVE, _DANGER = _COLUMN["positive"], _COLUMN["negative"], _COLUMN["danger"]
_LIKED, _DISLIKED = _COLUMN["liked"], _COLUMN["disliked"]
_COMPLAINT, _COMPLIMENT = _COLUMN[RecordClass.COMPLAINT], _COLUMN[RecordClass.COMPLIMENT]
_FIRST_CATEGORY = _DANGER + 1

FAMILIES = (
    slice(0, len(CLASSES)),
    slice(_POSITIVE, _NEGATIVE + 1),
    slice(_LIKED, _DISLIKED + 1),
    slice(_DANGER, _DANGER + 1),
    slice(_FIRST_CATEGORY, len(COLUMNS)),
)
"""Columns that are stated together: a longer phrase speaks for a family only if it names one of its columns."""

# "it would be nice if" wishes and "is it good" asks: neither praises
_WITHOUT_TONE = {_COLUMN[name] for name in (RecordClass.INQUIRY, RecordClass.SUGGESTION, RecordClass.OPINION)}
_TONES = (1, 2)  # the families of sentiment

_WEIGHTS = {"strong": 6, "plain": 4, "weak": 2}
_LEXICONS = Path(__file__).parent / "lexicons"
_CHOICE = re.compile(r"\(([^()]*)\)")
_EXPECTED_BUT_DENIED = 4

Weights = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Every phrase of the lexicons: row i of the arrays belongs to pattern i of the automaton.

    `plain` holds the weights of a phrase as it stands and `denied` those after a negation. `tail` is 1 where the
    pattern ends with a gap.
    """

    patterns: tuple[bytes, ...]
    automaton: ahocorasick_rs.BytesAhoCorasick
    plain: Weights
    denied: Weights
    tail: npt.NDArray[np.int64]
    negates: npt.NDArray[np.bool_]
    contrasts: npt.NDArray[np.bool_]
    digest: str

    def __len__(self) -> int:
        return len(self.plain)


@dataclass(slots=True)
class _Entry:
    weights: Weights
    stated: list[bool]
    expected: bool = False
    negates: bool = False
    contrasts: bool = False


def _variants(phrase: str) -> Iterator[str]:
    """Expand `(a|b|)` and the apostrophes that people leave out."""
    pieces = _CHOICE.split(phrase)
    choices = [piece.split("|") if i % 2 else [piece] for i, piece in enumerate(pieces)]
    for words in itertools.product(*choices):
        whole = " ".join("".join(words).split())
        yield whole
        if "'" in whole:
            yield whole.replace("'", "")


def _codes_of(phrases: Sequence[str]) -> list[bytes]:
    """Each phrase between gaps; a final `*` leaves the end of its last word open."""
    inner = patterns([phrase.removesuffix("*") for phrase in phrases])
    return [
        GAP + codes if phrase.endswith("*") else GAP + codes + GAP for phrase, codes in zip(phrases, inner, strict=True)
    ]


def _entries_of(entries: dict[bytes, _Entry], phrases: Sequence[str]) -> Iterator[_Entry]:
    """The entry of every variant of these phrases, made where there is none yet."""
    variants = dict.fromkeys(variant for phrase in phrases for variant in _variants(phrase))
    for codes in _codes_of(list(variants)):  # all at once: folding costs as much for one phrase as for a hundred
        yield entries.setdefault(codes, _Entry(np.zeros(len(COLUMNS), np.int32), [False] * len(FAMILIES)))


def _add(entries: dict[bytes, _Entry], column: int, levels: Mapping[str, list[str]]) -> None:
    family = next(i for i, columns in enumerate(FAMILIES) if columns.start <= column < columns.stop)
    for level, phrases in levels.items():
        for entry in _entries_of(entries, phrases):
            entry.weights[column] = max(entry.weights[column], _WEIGHTS[level])
            entry.stated[family] = True
            if column in _WITHOUT_TONE:
                for tone in _TONES:
                    entry.stated[tone] = True
            if column == _DANGER and level == "strong":
                # whoever reports a danger complains of it, whatever the tone
                entry.weights[[_COMPLAINT, _NEGATIVE]] = np.maximum(entry.weights[[_COMPLAINT, _NEGATIVE]], 4)


def _mark(entry: _Entry, section: str) -> None:
    match section:
        case "figurative":
            entry.stated = [True] * len(FAMILIES)
        case "expected":
            entry.expected = True
        case "negation":
            entry.negates = True
        case "contrast":
            entry.contrasts = True
        case _:
            raise ValueError(f"a lexicon has no section `{section}`")


def _read(entries: dict[bytes, _Entry], lexicon: Mapping[str, Any], sections: Collection[str] | None) -> None:
    for section, content in lexicon.items():
        if sections is not None and section not in sections:
            continue
        if section == "category":
            for category, levels in content.items():
                _add(entries, _FIRST_CATEGORY + CATEGORIES.index(Category(category)), levels)
        elif section in _COLUMN:
            _add(entries, COLUMNS.index(section), content)
        else:
            for entry in _entries_of(entries, content["words"]):
                _mark(entry, section)


def _denied(entry: _Entry) -> Weights:
    """What a phrase says after a negation: praise turns to complaint, blame to faint praise, danger to nothing."""
    weights = entry.weights.copy()
    weights[_NEGATIVE], weights[_POSITIVE] = entry.weights[_POSITIVE], entry.weights[_NEGATIVE] // 2
    weights[_DISLIKED], weights[_LIKED] = entry.weights[_LIKED], entry.weights[_DISLIKED] // 2
    weights[_COMPLAINT], weights[_COMPLIMENT] = entry.weights[_COMPLIMENT], 0
    weights[_DANGER] = 0
    if entry.expected:
        weights[_NEGATIVE] = max(weights[_NEGATIVE], _EXPECTED_BUT_DENIED)
        weights[_COMPLAINT] = max(weights[_COMPLAINT], _EXPECTED_BUT_DENIED)
    return weights


def _inherit(entries: dict[bytes, _Entry]) -> None:
    """Give each phrase, for the families it does not state, what the phrases inside it say.

    Only the longest phrase counts at its place in a text, so without this `the site is down` as a phrase about access
    would hide the blame in `is down`.
    """
    order = sorted(entries, key=lambda p: (len(p.strip(GAP)), p))
    automaton = ahocorasick_rs.BytesAhoCorasick(order)
    for whole in order:
        entry = entries[whole]
        closed = whole if whole.endswith(GAP) else whole + b"\xff"
        inside = [
            (start, end - (order[i].endswith(GAP)), order[i])
            for i, start, end in automaton.find_matches_as_indexes(closed, overlapping=True)
            if order[i] != whole and len(order[i].strip(GAP)) < len(whole.strip(GAP))
        ]
        denied = False
        reach = 0
        for _, end, part in sorted(inside, key=lambda hit: (hit[0], -hit[1])):
            if end <= reach:
                continue
            reach = end
            found = _denied(entries[part]) if denied else entries[part].weights
            denied = denied or entries[part].negates
            for family, columns in enumerate(FAMILIES):
                if not entry.stated[family]:
                    entry.weights[columns] = np.maximum(entry.weights[columns], found[columns])


def load(folder: Path = _LEXICONS, sections: Collection[str] | None = None) -> Phrases:
    """Compile every `*.toml` of a folder, only these sections if any are named.

    The digest is of the files' whole content, line ends aside.
    """
    entries: dict[bytes, _Entry] = {}
    hasher = hashlib.sha256()
    for path in sorted(folder.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        hasher.update(f"{path.name}\n{text}\n".encode())
        _read(entries, tomllib.loads(text), sections)
    _inherit(entries)
    rows = list(entries.values())
    return Phrases(
        patterns=tuple(entries),
        # by default it takes a form that is a fifth slower for overlapping matches
        automaton=ahocorasick_rs.BytesAhoCorasick(list(entries), implementation=Implementation.ContiguousNFA),
        plain=np.array([entry.weights for entry in rows], np.int32),
        denied=np.array([_denied(entry) for entry in rows], np.int32),
        tail=np.array([phrase.endswith(GAP) for phrase in entries], np.int64),
        negates=np.array([entry.negates for entry in rows], np.bool_),
        contrasts=np.array([entry.contrasts for entry in rows], np.bool_),
        digest=hasher.hexdigest()[:8],
    )
