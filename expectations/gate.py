"""The gate before every publication: runs the suites as SQL and says what held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from expectations.outcome import Outcome, Status
from expectations.rules import Columns, Expectation, Suite, Unique, columns_needed
from expectations.sql import counting, repeats, sampling


class QueryRunner(Protocol):
    """Runs SQL over the marts and their sources."""

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """All rows of a query. Raises `LookupError` with a reason that quotes no row."""

    def columns(self, mart: str) -> list[tuple[str, str]]:
        """Names and DuckDB types of a mart's columns, in order; empty when there is no such mart."""


def audit(runner: QueryRunner, suites: Sequence[Suite]) -> list[Outcome]:
    """One outcome per expectation, in order. A rule that cannot be looked at keeps no other from being."""
    return [outcome for suite in suites for outcome in _audit_one(runner, suite)]


def _audit_one(runner: QueryRunner, suite: Suite) -> list[Outcome]:
    found = runner.columns(suite.mart)
    names = {name for name, _ in found}
    outcomes: dict[str, Outcome] = {}
    possible = []
    for each in suite.expectations:
        missing = [name for name in columns_needed(each.predicate) if name not in names]
        if isinstance(each.predicate, Columns):
            outcomes[each.name] = _columns(suite, each, each.predicate, found)
        elif missing or not found:
            why = f"no column {', '.join(missing)}" if found else "no such mart"
            outcomes[each.name] = _outcome(suite, each, Status.UNABLE_TO_CHECK, detail=why)
        else:
            possible.append(each)
    for each, outcome in zip(possible, _count(runner, suite, possible), strict=True):
        outcomes[each.name] = outcome
    return [outcomes[each.name] for each in suite.expectations]


def _count(runner: QueryRunner, suite: Suite, expectations: list[Expectation]) -> list[Outcome]:
    """All in one query; one by one where that query fails, so that one bad rule is found out."""
    if not expectations:
        return []
    try:
        counts = [_integer(value) for value in runner.rows(counting(suite.mart, expectations))[0]]
    except LookupError as error:
        if len(expectations) == 1:
            return [_outcome(suite, expectations[0], Status.UNABLE_TO_CHECK, detail=str(error))]
        return [outcome for each in expectations for outcome in _count(runner, suite, [each])]
    rows, *failing = counts
    return [_judge(runner, suite, each, rows, n) for each, n in zip(expectations, failing, strict=True)]


def _judge(runner: QueryRunner, suite: Suite, expectation: Expectation, rows: int, failing: int) -> Outcome:
    if isinstance(expectation.predicate, Unique) and failing:
        failing = _integer(runner.rows(repeats(suite.mart, expectation.predicate.columns))[0][0])
    if failing <= expectation.at_most:
        return _outcome(suite, expectation, Status.PASSED, rows=rows, failing=failing)
    query = sampling(suite, expectation.predicate)
    samples = () if query is None else tuple(_key(suite, row) for row in runner.rows(query))
    detail = "" if query is not None else f"{failing:,} against {rows:,} rows of the mart"
    return _outcome(
        suite,
        expectation,
        Status.FAILED,
        rows=rows,
        failing=failing if query is not None else 0,
        samples=samples,
        detail=detail,
    )


def _columns(suite: Suite, expectation: Expectation, expected: Columns, found: list[tuple[str, str]]) -> Outcome:
    if not found:
        return _outcome(suite, expectation, Status.UNABLE_TO_CHECK, detail="no such mart")
    if tuple(found) == expected.types:
        return _outcome(suite, expectation, Status.PASSED)
    missing = sorted(" ".join(pair) for pair in set(expected.types) - set(found))
    surplus = sorted(" ".join(pair) for pair in set(found) - set(expected.types))
    detail = f"missing: {', '.join(missing) or 'none'}; not expected: {', '.join(surplus) or 'none'}"
    return _outcome(suite, expectation, Status.FAILED, detail=detail if missing or surplus else "another order")


def _outcome(
    suite: Suite,
    expectation: Expectation,
    status: Status,
    *,
    rows: int = 0,
    failing: int = 0,
    samples: tuple[str, ...] = (),
    detail: str = "",
) -> Outcome:
    return Outcome(suite.mart, expectation.name, expectation.severity, status, rows, failing, samples, detail)


def _key(suite: Suite, row: tuple[object, ...]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(suite.key, row, strict=True))


def _integer(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a count came back as {type(value).__name__}")
    return value
