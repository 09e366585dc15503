"""What must hold of a mart, as data: nothing here knows a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """What a broken expectation does to a publication."""

    ERROR = "error"
    """Nothing is published."""
    WARNING = "warning"
    """It is published, and the warning stands beside it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The mart has exactly these columns with these DuckDB types, in this order."""

    types: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NotNull:
    """No row lacks `column`."""

    column: str


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows agree in all of `columns`; null equals null."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """`column` lies within low..high, both included, or is null. Dates and instants are ISO text."""

    column: str
    low: float | str
    high: float | str


@dataclass(frozen=True, slots=True)
class OneOf:
    """`column` is one of `values`, or null."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotAbove:
    """`lower` is at most `upper` in every row that has both."""

    lower: str
    upper: str


@dataclass(frozen=True, slots=True)
class SameCount:
    """The mart has as many rows as the query over the lake counts: nothing was lost or made on the way.

    `counted` is a SELECT of one number over the models' sources.
    """

    counted: str


@dataclass(frozen=True, slots=True)
class NoneFound:
    """The query over sources and marts finds nothing. `counted` is a SELECT of one number."""

    counted: str


Predicate = Columns | NotNull | Unique | Between | OneOf | NotAbove | SameCount | NoneFound


@dataclass(frozen=True, slots=True)
class Expectation:
    """One sentence about a mart that can be true or false. `at_most` rows may break it."""

    name: str
    predicate: Predicate
    severity: Severity = Severity.ERROR
    at_most: int = 0


@dataclass(frozen=True, slots=True)
class Suite:
    """All that is expected of one mart. `key` names its rows; `private` those of the key that a message must mask."""

    mart: str
    key: tuple[str, ...]
    expectations: tuple[Expectation, ...]
    private: frozenset[str] = field(default_factory=frozenset)


def columns_needed(predicate: Predicate) -> tuple[str, ...]:
    """The mart's columns without which a predicate cannot be looked at."""
    match predicate:
        case NotNull(column) | Between(column) | OneOf(column):
            return (column,)
        case Unique(columns):
            return columns
        case NotAbove(lower, upper):
            return (lower, upper)
        case Columns() | SameCount() | NoneFound():
            return ()


def suite(mart: str, key: tuple[str, ...], *expectations: Expectation, private: tuple[str, ...] = ()) -> Suite:
    """A suite whose expectations' names are distinct. Raises `ValueError` naming one that is not."""
    names = [each.name for each in expectations]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{mart}: two expectations are named {', '.join(twice)}")
    return Suite(mart, key, expectations, frozenset(private))


def columns(**types: str) -> Expectation:
    """The mart has exactly these columns."""
    return Expectation("columns", Columns(tuple(types.items())))


def not_null(*names: str) -> tuple[Expectation, ...]:
    """One expectation a column."""
    return tuple(Expectation(f"{name} is never missing", NotNull(name)) for name in names)


def unique(*names: str) -> Expectation:
    """The rows' key."""
    return Expectation(f"one row per {', '.join(names)}", Unique(names))


def between(column: str, low: float | str, high: float | str) -> Expectation:
    """A range."""
    return Expectation(f"{column} within {low}..{high}", Between(column, low, high))


def one_of(column: str, values: tuple[str, ...]) -> Expectation:
    """A closed list."""
    return Expectation(f"{column} is a known value", OneOf(column, values))


def not_above(lower: str, upper: str) -> Expectation:
    """An order between two columns."""
    return Expectation(f"{lower} is not above {upper}", NotAbove(lower, upper))
