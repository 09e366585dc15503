"""The TOML mapping of a CSV file, as values: what stands in it, checked as far as that goes without the file.

The language is described in `docs/importing.md`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from pipeline.domain.errors import UsageError
from pipeline.domain.events.registry import EVENT_TYPES
from pipeline.importers.envelopes import MAX_NAME_LENGTH
from pipeline.importers.moments import zone
from pipeline.importers.rows import Dialect
from pipeline.importers.targets import targets_of

Scalar = str | int | float | bool

MAX_EVENTS: Final = 100
"""The most [[event]] blocks of a mapping: events of one row take their places between two sequences of rows."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    skip_rows: int = 0
    header: tuple[str, ...] | None = None
    empty: tuple[str, ...] = ("",)
    dates: str | tuple[str, ...] = "iso"
    timezone: str = "UTC"
    decimal: str = "."
    thousands: str = ""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one value comes from: exactly one of the first five, then what is done to it."""

    column: str | None = None
    value: Scalar | None = None
    template: str | None = None
    concat: tuple[str, ...] | None = None
    first: tuple[str, ...] | None = None

    separator: str = " "
    map: Mapping[str, Scalar] | None = None
    other: Scalar | None = None
    """What cells that the map does not name become; without it (and without `keep`) they refuse the row."""
    keep: bool = False
    """Let cells that the map does not name pass as they are."""
    default: Scalar | None = None
    """What an empty cell becomes."""
    format: str | tuple[str, ...] | None = None
    timezone: str | None = None


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"one_of": "in"}):
    """What must hold for a row to give the event: exactly one test, of `column` unless it is `first`."""

    column: str | None = None
    present: bool | None = None
    equals: str | None = None
    one_of: tuple[str, ...] | None = None
    not_in: tuple[str, ...] | None = None
    first: bool | None = None
    """Whether the row is the first of its case."""
    changed: bool | None = None
    """Whether the column's value differs from the last one that the case's earlier rows have; the first one does."""
    was: str | tuple[str, ...] | None = None
    """The last value that the case's earlier rows have."""
    was_not: str | tuple[str, ...] | None = None

    @property
    def looks_back(self) -> bool:
        """Whether earlier rows of the case must be known."""
        return any(test is not None for test in (self.first, self.changed, self.was, self.was_not))


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    content: bool


class _Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    time: str | Rule | None = None
    sequence: str | Rule | None = None


class _Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str | Rule
    source: str
    data: dict[str, Any]
    name: str | None = None
    id: str | tuple[str, ...] | _Content = _Content(content=True)
    time: str | Rule | None = None
    sequence: str | Rule | None = None
    subject: str | Rule | None = None
    partitionkey: str | Rule | None = None
    when: Condition | tuple[Condition, ...] = ()
    otherwise: bool = False


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    event: tuple[_Event, ...]
    file: _File = _File()
    case: _Case | None = None


@dataclass(frozen=True, slots=True)
class CaseMapping:
    """Which rows are one case, and in which order its rows happened: by time, sequence, place in the file."""

    id_column: str
    time: Rule | None
    """Without it and without `sequence`, rows happened in file order."""
    sequence: Rule | None


@dataclass(frozen=True, slots=True)
class EventMapping:
    """How a row becomes one event of one of `types`."""

    label: str
    """How sentences name it."""
    types: tuple[str, ...]
    type_rule: Rule
    source: str
    id_columns: tuple[str, ...]
    """Empty: identity by content."""
    id_suffix: str
    time: Rule | None
    sequence: Rule | None
    """What tells the order of events of one time; without it, the row's line, where the file is a log of cases."""
    sequence_step: int
    """What a row's sequence is multiplied by to leave room for its events …"""
    sequence_place: int
    """… and which of them this one is."""
    subject: Rule | None
    partitionkey: Rule | None
    data: Mapping[str, Rule]
    """Rules by dotted target."""
    when: tuple[Condition, ...]
    otherwise: bool
    """Only rows that gave none of the events above."""


@dataclass(frozen=True, slots=True)
class CsvMapping:
    """A whole mapping file."""

    path: str
    dialect: Dialect
    empty: frozenset[str]
    dates: tuple[str, ...]
    timezone: str
    decimal: str
    thousands: str
    case: CaseMapping | None
    events: tuple[EventMapping, ...]


def load_mapping(path: Path) -> CsvMapping:
    """The mapping in a TOML file; raises `UsageError` naming the file and the key that is wrong."""
    try:
        document = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Document)
    except OSError as error:
        raise UsageError(f"{path}: the mapping cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a valid TOML file: {error}.") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {error}. docs/importing.md describes every key.") from error
    try:
        return _checked(str(path), document)
    except ValueError as error:
        raise UsageError(f"{path}: {error}.") from error


def _checked(path: str, document: _Document) -> CsvMapping:
    file = document.file
    if not document.event:
        raise ValueError("there is no [[event]], so no row could become anything")
    if len(document.event) > MAX_EVENTS:
        raise ValueError(
            f"there are {len(document.event)} [[event]] blocks; a row can give at most {MAX_EVENTS} events"
        )
    for key, text in (("delimiter", file.delimiter), ("decimal", file.decimal)):
        if len(text) != 1:
            raise ValueError(f"file.{key} must be one character")
    if len(file.quote) > 1 or len(file.thousands) > 1 or file.skip_rows < 0:
        raise ValueError("file.quote and file.thousands are at most one character, and file.skip_rows is not negative")
    zone(file.timezone)
    case = None if document.case is None else _case(document.case)
    events = tuple(_event(block, number, len(document.event), case) for number, block in enumerate(document.event, 1))
    if events[0].otherwise:
        raise ValueError(f"{events[0].label}: `otherwise` speaks of the [[event]] blocks above it, and there are none")
    suffixes = [event.id_suffix for event in events]
    if len(set(suffixes)) < len(suffixes):
        raise ValueError("two [[event]] blocks would give the same ids; give each of them a `name` of its own")
    return CsvMapping(
        path=path,
        dialect=Dialect(file.delimiter, file.quote, file.encoding, file.skip_rows, file.header),
        empty=frozenset(file.empty) | {""},
        dates=_tuple(file.dates),
        timezone=file.timezone,
        decimal=file.decimal,
        thousands=file.thousands,
        case=case,
        events=events,
    )


def _case(block: _Case) -> CaseMapping:
    for key, rule in (("time", block.time), ("sequence", block.sequence)):
        if isinstance(rule, Rule) and (rule.value is not None or rule.default is not None or rule.map is not None):
            raise ValueError(f"case.{key} has to stand in each row; value, default and map have no place here")
    return CaseMapping(block.id, _rule(block.time, "case.time"), _rule(block.sequence, "case.sequence"))


def _event(block: _Event, number: int, of: int, case: CaseMapping | None) -> EventMapping:
    type_rule = Rule(value=block.type) if isinstance(block.type, str) else block.type
    types = _types(type_rule, f"event {number}: type")
    label = f"event {number} ({types[0] if len(types) == 1 else 'type by column'})"
    if not 1 <= len(block.source) <= MAX_NAME_LENGTH or any(character.isspace() for character in block.source):
        raise ValueError(f"{label}: source must be text without spaces, such as survey/web")
    if of > 1 and block.name is None and len(types) > 1:
        raise ValueError(f"{label}: give it a `name`; ids of its events end in it")
    name = block.name or types[0].removeprefix("vidhuk.").removesuffix(".v1")
    data = dict(_data_rules(block.data, types, label))
    _check_required(data, types, label)
    when = (block.when,) if isinstance(block.when, Condition) else block.when
    for condition in when:
        _check_condition(condition, case, label)
    return EventMapping(
        label=label,
        types=types,
        type_rule=type_rule,
        source=block.source,
        id_columns=() if isinstance(block.id, _Content) else _tuple(block.id),
        id_suffix=f"#{name}" if of > 1 else "",
        time=_rule(block.time, f"{label}: time") or (case.time if case else None),
        sequence=_rule(block.sequence, f"{label}: sequence") or (case.sequence if case else None),
        sequence_step=MAX_EVENTS if of > 1 else 1,
        sequence_place=number - 1,
        subject=_rule(block.subject, f"{label}: subject"),
        partitionkey=_rule(block.partitionkey, f"{label}: partitionkey"),
        data=data,
        when=when,
        otherwise=block.otherwise,
    )


def _check_condition(condition: Condition, case: CaseMapping | None, label: str) -> None:
    of_column = (
        condition.present,
        condition.equals,
        condition.one_of,
        condition.not_in,
        condition.changed,
        condition.was,
        condition.was_not,
    )
    tests = sum(test is not None for test in of_column)
    if tests + (condition.first is not None) != 1 or (condition.column is None) is (tests == 1):
        raise ValueError(
            f"{label}: `when` needs exactly one of present, equals, in, not_in, changed, was, was_not beside its "
            "column, or `first` alone"
        )
    if condition.looks_back and case is None:
        raise ValueError(
            f"{label}: first, changed, was and was_not look back within a case; say in [case] which column is its `id`"
        )


def _types(rule: Rule, where: str) -> tuple[str, ...]:
    """Every type that the rule can give."""
    _check_rule(rule, where)
    if rule.value is None and rule.map is None:
        raise ValueError(f"{where}: a type that comes from a column needs a `map` to event types")
    given = [rule.value] if rule.value is not None else [*(rule.map or {}).values(), rule.other, rule.default]
    types = tuple(dict.fromkeys(str(name) for name in given if name is not None))
    for name in types:
        if name not in EVENT_TYPES:
            raise ValueError(f'{where}: "{name}" is not an event type; the types are {", ".join(sorted(EVENT_TYPES))}')
    if rule.keep or not types:
        raise ValueError(f"{where}: a type cannot be kept as the cell has it")
    return types


def _data_rules(tree: Mapping[str, Any], types: tuple[str, ...], label: str) -> list[tuple[str, Rule]]:
    """Dotted targets with their rules, from tables nested by TOML's dots or by quoted dotted keys."""
    targets = {name: targets_of(EVENT_TYPES[name]) for name in types}
    rules: list[tuple[str, Rule]] = []

    def walk(branch: Mapping[str, Any], prefix: str) -> None:
        for key, value in branch.items():
            path = prefix + key
            for name, known in targets.items():
                if known.kind_of(path) is None and not known.holds_fields(path):
                    also = "" if len(types) == 1 else " (use an [[event]] with `when` for each type instead)"
                    raise ValueError(f"{label}: data.{path} is not a field of {name} that a cell can fill{also}")
            if all(known.holds_fields(path) for known in targets.values()):
                if not isinstance(value, dict):
                    raise ValueError(f"{label}: data.{path} holds fields; map each, as data.{path}.…")
                walk(value, path + ".")
            else:
                rules.append((path, _data_rule(value, f"{label}: data.{path}")))

    walk(tree, "")
    return rules


def _data_rule(value: object, where: str) -> Rule:
    if isinstance(value, bool | int | float):
        return Rule(value=value)
    if isinstance(value, str):
        return _checked_rule(Rule(column=value), where)
    try:
        return _checked_rule(msgspec.convert(value, Rule), where)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error


def _rule(value: str | Rule | None, where: str) -> Rule | None:
    if value is None:
        return None
    return _checked_rule(Rule(column=value) if isinstance(value, str) else value, where)


def _checked_rule(rule: Rule, where: str) -> Rule:
    _check_rule(rule, where)
    return rule


def _check_rule(rule: Rule, where: str) -> None:
    sources = (rule.column, rule.value, rule.template, rule.concat, rule.first)
    if sum(source is not None for source in sources) != 1:
        raise ValueError(f"{where}: needs exactly one of column, value, template, concat, first")
    if rule.map is None and (rule.other is not None or rule.keep):
        raise ValueError(f"{where}: `other` and `keep` belong beside a `map`")
    if rule.other is not None and rule.keep:
        raise ValueError(f"{where}: `other` and `keep` contradict each other")
    if rule.timezone is not None:
        zone(rule.timezone)


def _check_required(data: Mapping[str, Rule], types: tuple[str, ...], label: str) -> None:
    for name in types:
        missing = sorted(targets_of(EVENT_TYPES[name]).required - {path.partition(".")[0] for path in data})
        if missing:
            raise ValueError(f"{label}: {name} needs data.{missing[0]}; a constant is written {{ value = … }}")


def _tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
