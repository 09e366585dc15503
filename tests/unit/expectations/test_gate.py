"""Bad data of every kind is found by the gate; the checkpoint's agreement is tested beside it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from expectations.gate import audit
from expectations.outcome import Status
from expectations.rules import (
    Expectation,
    NoneFound,
    SameCount,
    Severity,
    Suite,
    between,
    columns,
    not_above,
    not_null,
    one_of,
    suite,
    unique,
)
from expectations.suites import SUITES
from warehouse.audited import MartRunner
from warehouse.models import load_models

RULES = suite(
    "fct_test",
    ("id",),
    columns(id="VARCHAR", day="DATE", kind="VARCHAR", lo="DOUBLE", hi="DOUBLE"),
    *not_null("kind"),
    unique("id", "day"),
    between("lo", 0.0, 1.0),
    one_of("kind", ("a", "b")),
    not_above("lo", "hi"),
    Expectation("as many as landed", SameCount("select 2")),
    Expectation("nothing odd", NoneFound("select count(*) from fct_test where id = 'odd'")),
    private=("id",),
)
GOOD = [("x", "2026-01-01", "a", 0.1, 0.2), ("y", "2026-01-01", "b", None, 0.2)]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def fill(connection: duckdb.DuckDBPyConnection, rows: list[tuple[object, ...]]) -> MartRunner:
    connection.execute("create or replace table fct_test (id varchar, day date, kind varchar, lo double, hi double)")
    connection.executemany("insert into fct_test values (?, ?, ?, ?, ?)", rows)
    return MartRunner(connection)


def broken(runner: MartRunner, rules: Suite = RULES) -> list[str]:
    return [outcome.expectation for outcome in audit(runner, [rules]) if outcome.status is Status.FAILED]


def test_good_rows_break_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    outcomes = audit(fill(connection, [*GOOD]), [RULES])
    assert [outcome.status for outcome in outcomes] == [Status.PASSED] * len(RULES.expectations)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([GOOD[0], ("z", "2026-01-01", None, 0.1, 0.2)], "kind is never missing"),
        ([GOOD[0], GOOD[0]], "one row per id, day"),
        ([GOOD[0], ("z", "2026-01-01", "a", 1.5, 2.0)], "lo within 0.0..1.0"),
        ([GOOD[0], ("z", "2026-01-01", "a", -0.5, 2.0)], "lo within 0.0..1.0"),
        ([GOOD[0], ("z", "2026-01-01", "c", 0.1, 0.2)], "kind is a known value"),
        ([GOOD[0], ("z", "2026-01-01", "a", 0.3, 0.2)], "lo is not above hi"),
        ([GOOD[0]], "as many as landed"),
        ([GOOD[0], ("odd", "2026-01-01", "a", 0.1, 0.2)], "nothing odd"),
    ],
)
def test_a_seeded_fault_breaks_its_rule_alone(
    connection: duckdb.DuckDBPyConnection, rows: list[tuple[object, ...]], rule: str
) -> None:
    assert broken(fill(connection, rows)) == [rule]


def test_another_type_of_column_is_named(connection: duckdb.DuckDBPyConnection) -> None:
    runner = fill(connection, [*GOOD])
    connection.execute("alter table fct_test alter lo type float")
    outcome = audit(runner, [RULES])[0]
    assert outcome.status is Status.FAILED
    assert outcome.detail == "missing: lo DOUBLE; not expected: lo FLOAT"


def test_a_missing_column_is_unable_to_check_and_keeps_no_other_rule_from_running(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    runner = fill(connection, [*GOOD])
    connection.execute("alter table fct_test drop lo")
    statuses = {outcome.expectation: outcome.status for outcome in audit(runner, [RULES])}
    assert statuses["lo within 0.0..1.0"] is Status.UNABLE_TO_CHECK
    assert statuses["kind is a known value"] is Status.PASSED


def test_a_query_that_does_not_run_blocks_and_names_itself_only(connection: duckdb.DuckDBPyConnection) -> None:
    runner = fill(connection, [*GOOD])
    rules = suite("fct_test", ("id",), *not_null("id"), Expectation("odd", NoneFound("select nowhere")))
    passed, unable = audit(runner, [rules])
    assert passed.status is Status.PASSED
    assert unable.status is Status.UNABLE_TO_CHECK
    assert unable.blocks


def test_samples_show_private_keys_as_hashes_only(connection: duckdb.DuckDBPyConnection) -> None:
    runner = fill(connection, [("customer-42", "2026-01-01", None, 0.1, 0.2)])
    outcome = next(each for each in audit(runner, [RULES]) if each.expectation == "kind is never missing")
    assert outcome.samples
    assert outcome.samples[0].startswith("id sha256 ")
    assert "customer-42" not in outcome.sentence


def test_as_many_as_allowed_may_break_a_rule(connection: duckdb.DuckDBPyConnection) -> None:
    runner = fill(connection, [GOOD[0], ("z", "2026-01-01", None, 0.1, 0.2)])
    rule = not_null("kind")[0]
    tolerant = Expectation(rule.name, rule.predicate, Severity.WARNING, at_most=1)
    assert broken(runner, suite("fct_test", ("id",), tolerant)) == []


def test_every_mart_has_a_suite() -> None:
    assert {each.mart for each in SUITES} == {model.name for model in load_models() if not model.is_temporary}
