"""Expectations as SQL: one query looks at all rules of a mart, another finds a few rows that break one."""

from __future__ import annotations

from expectations.rules import (
    Between,
    Columns,
    Expectation,
    NoneFound,
    NotAbove,
    NotNull,
    OneOf,
    Predicate,
    SameCount,
    Suite,
    Unique,
)

SAMPLES = 3


def quoted(name: str) -> str:
    """A name as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: float | str) -> str:
    """A constant as SQL wants it."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def breaks(predicate: Predicate) -> str | None:
    """The condition under which one row breaks a predicate; None for one that no single row can break."""
    match predicate:
        case NotNull(column):
            return f"{quoted(column)} is null"
        case Between(column, low, high):
            # a NaN is above every number for DuckDB, so it breaks the upper end as it should
            return f"{quoted(column)} < {literal(low)} or {quoted(column)} > {literal(high)}"
        case OneOf(column, values):
            return f"{quoted(column)} not in ({', '.join(literal(value) for value in values)})"
        case NotAbove(lower, upper):
            return f"{quoted(lower)} > {quoted(upper)}"
        case Columns() | Unique() | SameCount() | NoneFound():
            return None


def counting(mart: str, expectations: list[Expectation]) -> str:
    """One query with the mart's rows first, then for each expectation the number of rows that break it."""
    counts = ["count(*)"]
    for each in expectations:
        match each.predicate:
            case Unique(columns):
                # equal hashes of different rows would look like a repeat; `repeats` then decides
                counts.append(f"count(*) - count(distinct hash({', '.join(map(quoted, columns))}))")
            case SameCount(counted):
                counts.append(f"abs(count(*) - ({counted}))")
            case NoneFound(counted):
                counts.append(f"({counted})")
            case predicate:
                counts.append(f"count(*) filter ({breaks(predicate)})")
    return f"select {', '.join(counts)} from {quoted(mart)}"  # noqa: S608 - constants of the suites, quoted


def repeats(mart: str, columns: tuple[str, ...]) -> str:
    """Exactly how many rows repeat the key of another."""
    names = ", ".join(map(quoted, columns))
    return (
        f"select coalesce(sum(n - 1), 0)::bigint from "  # noqa: S608 - constants of the suites, quoted
        f"(select count(*) as n from {quoted(mart)} group by {names} having count(*) > 1)"
    )


def sampling(suite: Suite, predicate: Predicate) -> str | None:
    """Keys of a few rows that break a predicate, private parts as the start of their SHA-256; None if rows cannot."""
    keys = ", ".join(_masked(name, private=name in suite.private) for name in suite.key)
    if isinstance(predicate, Unique):
        names = ", ".join(map(quoted, predicate.columns))
        rows = f"qualify count(*) over (partition by {names}) > 1"
    elif (condition := breaks(predicate)) is not None:
        rows = f"where {condition}"
    else:
        return None
    shown = f"select {keys} from {quoted(suite.mart)} {rows}"  # noqa: S608 - constants of the suites, quoted
    return f"select distinct * from ({shown}) order by all limit {SAMPLES}"  # noqa: S608 - the same


def _masked(name: str, *, private: bool) -> str:
    text = f"{quoted(name)}::varchar"
    return f"'sha256 ' || left(sha256({text}), 12) as {quoted(name)}" if private else f"{text} as {quoted(name)}"
