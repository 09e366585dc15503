"""Taxonomies as TOML documents: reading one, and saying all that is wrong with it by file and category."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from pipeline.domain.errors import UsageError
from pipeline.domain.taxonomies.taxonomy import Characteristic, Taxonomy, TaxonomyCategory

MOST_CATEGORIES: Final = 1_000
"""More would be a typing error: every category has its own control chart and its own live windows."""

DANGER: Final = "safety"
"""The category of reports of danger in Vidhuk's own taxonomy: wherever they go, somebody must have decided it."""


@dataclass(frozen=True, slots=True)
class _Key:
    kind: Any
    said: str
    required: bool = True


# \Z and not $, which would let a line break stand behind the last letter
_WORD = r"^[a-z][a-z0-9_]{0,39}\Z"
_LINE = r"^\S([^\x00-\x1f\x7f]*\S)?\Z"
_WORD_SAID = "small letters, digits and `_`, a letter first, at most 40 of them"
_NAMES = Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(max_length=MOST_CATEGORIES)]
_WORDS_SAID = "a list of words"

_DOCUMENT: Final = {
    "name": _Key(Annotated[str, Meta(pattern=_WORD)], _WORD_SAID),
    "version": _Key(Annotated[int, Meta(ge=1, le=1_000_000)], "a whole number from 1"),
    "fallback": _Key(str, "the id of a category: what no `from` names becomes it"),
    "model_categories": _Key(_NAMES, _WORDS_SAID, required=False),
    "category": _Key(
        Annotated[list[Any], Meta(min_length=1, max_length=MOST_CATEGORIES)],
        f"tables, at least one and at most {MOST_CATEGORIES:,}, each written [[category]]",
    ),
}
_CATEGORY: Final = {
    "id": _Key(Annotated[str, Meta(pattern=_WORD)], _WORD_SAID),
    "label": _Key(dict[str, Any], 'a table such as { en = "Delivery", uk = "Доставка" }'),
    "description": _Key(Annotated[str, Meta(pattern=r"\S", max_length=5_000)], "words on what belongs here"),
    "from": _Key(_NAMES, _WORDS_SAID, required=False),
    "characteristic": _Key(Characteristic, f"one of {', '.join(Characteristic)}", required=False),
}
_LABEL_SAID = "one line of at most 60 characters, with no space around it"
_LABEL: Final = {
    language: _Key(Annotated[str, Meta(pattern=_LINE, max_length=60)], _LABEL_SAID) for language in ("en", "uk")
}


class TaxonomyError(UsageError):
    """A taxonomy that cannot be used. `problems` are all that is wrong with it, a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def taxonomy_of(file: str, content: bytes, ours: Collection[str] | None = None) -> Taxonomy:
    """The taxonomy in a TOML document called `file`; pure.

    `ours` are the categories of Vidhuk's own models; None says that the document itself defines them. Raises
    `TaxonomyError` with a sentence for each thing that is wrong, which names the file and the category.
    """
    problems: list[str] = []
    document, tables = _document(file, _parsed(file, content), problems)
    ids = [table["id"] for _, table in tables if "id" in table]
    known = {*(ids if ours is None else ours), *document.get("model_categories", [])}
    takes = _takes(tables, known)
    problems += [*_doubled(file, ids), *_of_fallback(file, document, ids), *_of_sources(tables, set(ids), known)]
    # a document that takes nothing from Vidhuk's models is for a model of one's own, and then nothing is left over
    named = {name for _, table in tables for name in table.get("from", [])}
    left_over = ours if ours is not None and named & set(ours) else ()
    if left_over:
        problems += _of_danger(file, takes)
    if problems:
        raise TaxonomyError(problems)
    taken = {name: category for category, names in takes.items() for name in names}
    return Taxonomy(
        name=document["name"],
        version=document["version"],
        fallback=document["fallback"],
        categories=tuple(_category(table, takes[table["id"]]) for _, table in tables),
        mapping=dict.fromkeys(left_over, document["fallback"]) | {category: category for category in ids} | taken,
    )


def _parsed(file: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TaxonomyError([f"{file}: line {line} is not UTF-8; save the file as UTF-8."]) from error
    except tomllib.TOMLDecodeError as error:
        raise TaxonomyError([f"{file}: not a valid TOML file: {error}."]) from error


_Table = tuple[str, dict[str, Any]]
"""Where a category stands, for sentences about it, and those of its values that are as they should be."""


def _document(file: str, parsed: object, problems: list[str]) -> tuple[dict[str, Any], list[_Table]]:
    """The document's own values and its categories; what is wrong with them by themselves goes to `problems`."""
    document = _read(file, parsed, _DOCUMENT, problems)
    tables: list[_Table] = []
    for at, given in enumerate(document.get("category", [])):
        where = _place(file, at, given)
        table = _read(where, given, _CATEGORY, problems)
        if "label" in table:
            table["label"] = _read(f"{where}: label", table["label"], _LABEL, problems)
        tables.append((where, table))
    return document, tables


def _place(file: str, at: int, table: object) -> str:
    """`file: category[2] delivery`, as far as it says its id."""
    called = table.get("id") if isinstance(table, dict) else None
    return f"{file}: category[{at}]{f' {called}' if isinstance(called, str) else ''}"


def _read(where: str, given: object, keys: Mapping[str, _Key], problems: list[str]) -> dict[str, Any]:
    """The values of a table that are as they should be; what is not goes to `problems`."""
    if not isinstance(given, dict):
        problems.append(f"{where}: must be a table with {', '.join(keys)}.")
        return {}
    problems += [f"{where}: unknown key `{key}`; known are {', '.join(keys)}." for key in given if key not in keys]
    values: dict[str, Any] = {}
    for name, key in keys.items():
        if name not in given:
            if key.required:
                problems.append(f"{where}: `{name}` is missing; it must be {key.said}.")
            continue
        try:
            values[name] = msgspec.convert(given[name], key.kind)
        except msgspec.ValidationError:
            problems.append(f"{where}: `{name}` must be {key.said}.")
    return values


def _doubled(file: str, ids: Sequence[str]) -> Iterator[str]:
    for category in dict.fromkeys(ids):
        if ids.count(category) > 1:
            yield f"{file}: {ids.count(category)} categories have the id {category}; give each its own."


def _of_fallback(file: str, document: Mapping[str, Any], ids: Sequence[str]) -> Iterator[str]:
    fallback = document.get("fallback")
    if fallback is not None and fallback not in ids:
        yield f'{file}: `fallback` names "{fallback}", which is no id of a category here.'


def _of_danger(file: str, takes: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if not any(DANGER in names for names in takes.values()):
        yield (
            f'{file}: no category takes "{DANGER}". Name it in a `from`, so that reports of danger do not end in the '
            "fallback unnoticed; the safety flag does not depend on it."
        )


def _of_sources(tables: Sequence[_Table], ids: Collection[str], known: Collection[str]) -> Iterator[str]:
    """What is wrong with the `from` of each table."""
    claimed: dict[str, str] = {}
    for where, table in tables:
        for name in table.get("from", []):
            if name not in known:
                yield (
                    f'{where}: `from` names "{name}", which no model answers; known are {", ".join(sorted(known))}. '
                    "Categories of a model of your own stand in `model_categories`."
                )
            elif name in claimed:
                yield f'{where}: `from` names "{name}", which {claimed[name]} takes already; it can become only one.'
            elif name in ids and name != table.get("id"):
                yield (
                    f'{where}: `from` names "{name}", and there is a category of that id, which takes it; '
                    "give that category another id."
                )
            claimed.setdefault(name, str(table.get("id", "another")))


def _takes(tables: Sequence[_Table], known: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The model's categories that become each id: those in its `from`, and the one that is called the same."""
    takes: dict[str, tuple[str, ...]] = {}
    for _, table in tables:
        if "id" in table:
            names = [*table.get("from", []), *({table["id"]} & set(known))]
            takes[table["id"]] = tuple(dict.fromkeys(names))
    return takes


def _category(table: Mapping[str, Any], takes: tuple[str, ...]) -> TaxonomyCategory:
    return TaxonomyCategory(
        id=table["id"],
        label_en=table["label"]["en"],
        label_uk=table["label"]["uk"],
        # as running text: line breaks in a TOML file are where its author's window ended
        description=" ".join(table["description"].split()),
        takes=takes,
        characteristic=table.get("characteristic"),
    )
