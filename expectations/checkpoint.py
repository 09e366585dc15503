"""The same suites as a Great Expectations checkpoint with data docs; run in a process of its own.

    python -m expectations.checkpoint --published warehouse-00000007.duckdb --out data-docs

Great Expectations takes seconds to import and half a gigabyte, so nothing else may import this module. It reads the
published file alone: rules that count the lake are the gate's. Frames are bounded: of a larger mart, the rows whose
key hashes into a sample are taken, so that repeated keys meet in it. Text and personal keys never enter a frame.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import msgspec

from expectations.frames import MAX_ROWS, cross_check, frame, lake_alone, read_only
from expectations.outcome import Status
from expectations.overview import write_overview
from expectations.rules import (
    Between,
    Columns,
    Expectation,
    NoneFound,
    NotAbove,
    NotNull,
    OneOf,
    Suite,
    Unique,
)
from expectations.suites import SUITES

if TYPE_CHECKING:
    import pandas as pd

SITE: Final = "vidhuk"


class Verdict(msgspec.Struct, frozen=True):
    """What the checkpoint says of one mart: its sampled rows, and names of broken and not checkable expectations."""

    mart: str
    rows: int
    checked: int
    broken: list[str]
    unable: list[str]


def silence() -> None:
    """Keep Great Expectations from calling home; before it is imported for the first time."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ.setdefault("TQDM_DISABLE", "1")


def run(published: Path, out: Path, suites: Sequence[Suite] = SUITES, max_rows: int = MAX_ROWS) -> list[Verdict]:
    """Validate every mart of a published file and write data docs to `out`; one verdict per suite, in order."""
    silence()
    import great_expectations as gx  # noqa: PLC0415 - seconds and half a gigabyte, paid only when it runs

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    for name in list(context.get_site_names()):
        context.delete_data_docs_site(name)
    context.add_data_docs_site(SITE, _site(out))
    source = context.data_sources.add_pandas("marts")
    with read_only(published) as connection:
        verdicts = [_validate(gx, context, source, connection, suite, max_rows) for suite in suites]
    context.build_data_docs()
    return verdicts


def _validate(
    gx: Any,  # noqa: ANN401 - an untyped library
    context: Any,  # noqa: ANN401 - the same
    source: Any,  # noqa: ANN401 - the same
    connection: duckdb.DuckDBPyConnection,
    suite: Suite,
    max_rows: int,
) -> Verdict:
    """The mart's own rows as one frame; what rules across marts found as another, of one row."""
    import pandas as pd  # noqa: PLC0415 - comes with Great Expectations

    possible = [each for each in suite.expectations if not lake_alone(each.predicate)]
    across = {
        each: cross_check(connection, each.predicate) for each in possible if isinstance(each.predicate, NoneFound)
    }
    unable = [each.name for each, found in across.items() if found is None]
    crossed = pd.DataFrame({each.name: [found] for each, found in across.items() if found is not None})
    rows = frame(connection, suite, max_rows)
    own = [each for each in possible if each not in across]
    asked = [(suite.mart, rows, own)]
    if len(crossed.columns):
        asked.append((f"{suite.mart} across marts", crossed, [each for each in across if each.name in crossed]))
    broken: list[str] = []
    for name, looked_at, expectations in asked:
        for said, status in _check(gx, context, source, name, looked_at, expectations):
            (unable if status is Status.UNABLE_TO_CHECK else broken).append(said)
    return Verdict(suite.mart, len(rows), len(possible), sorted(broken), sorted(unable))


def _check(
    gx: Any,  # noqa: ANN401 - an untyped library
    context: Any,  # noqa: ANN401 - the same
    source: Any,  # noqa: ANN401 - the same
    name: str,
    rows: pd.DataFrame,
    expectations: Sequence[Expectation],
) -> list[tuple[str, Status]]:
    """Names of the expectations that did not hold, each with its status."""
    batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("sample")
    described = [_described(gx, each, len(rows)) for each in expectations]
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=described))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
    checkpoint = gx.Checkpoint(name=name, validation_definitions=[definition], result_format="SUMMARY")
    result = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": rows})
    return [
        (
            found.expectation_config.meta["name"],
            Status.UNABLE_TO_CHECK if _raised(found.exception_info) else Status.FAILED,
        )
        for found in next(iter(result.run_results.values())).results
        if not found.success
    ]


def _raised(info: Any) -> bool:  # noqa: ANN401 - the library's own shape: flat, or one entry per metric
    if not isinstance(info, dict):
        return False
    return bool(info.get("raised_exception")) or any(_raised(each) for each in info.values())


def _described(gx: Any, expectation: Expectation, rows: int) -> Any:  # noqa: ANN401 - an untyped library
    """One of ours as one of theirs."""
    kind, options = _theirs(expectation)
    if expectation.at_most and rows and not isinstance(expectation.predicate, NoneFound | Columns):
        options["mostly"] = max(0.0, 1 - expectation.at_most / rows)
    meta = {"name": expectation.name}
    return getattr(gx.expectations, kind)(**options, meta=meta, severity=_SEVERITY[expectation.severity.value])


def _theirs(expectation: Expectation) -> tuple[str, dict[str, Any]]:
    """Class name and arguments of the library's expectation."""
    match expectation.predicate:
        case NotNull(column):
            return "ExpectColumnValuesToNotBeNull", {"column": column}
        case Between(column, low, high):
            return _BETWEEN, {"column": column, "min_value": _bound(low), "max_value": _bound(high)}
        case OneOf(column, values):
            return "ExpectColumnValuesToBeInSet", {"column": column, "value_set": [str(value) for value in values]}
        case NoneFound():
            return _BETWEEN, {"column": expectation.name, "min_value": 0, "max_value": expectation.at_most}
        case _:
            return _of_several_columns(expectation)


def _of_several_columns(expectation: Expectation) -> tuple[str, dict[str, Any]]:
    match expectation.predicate:
        case Columns(types):
            return "ExpectTableColumnsToMatchOrderedList", {"column_list": [name for name, _ in types]}
        case Unique((column,)):
            return "ExpectColumnValuesToBeUnique", {"column": column}
        case Unique(columns):
            return "ExpectCompoundColumnsToBeUnique", {"column_list": list(columns), "ignore_row_if": "never"}
        case NotAbove(lower, upper):
            pair = {"column_A": upper, "column_B": lower, "or_equal": True}
            return "ExpectColumnPairValuesAToBeGreaterThanB", pair | {"ignore_row_if": "either_value_is_missing"}
        case _:
            raise ValueError(f"{expectation.name} needs the lake")


_BETWEEN: Final = "ExpectColumnValuesToBeBetween"
_SEVERITY: Final = {"error": "critical", "warning": "warning"}


def _bound(value: float | str) -> Any:  # noqa: ANN401 - a number, or an instant for a date column
    if not isinstance(value, str):
        return value
    import pandas as pd  # noqa: PLC0415 - comes with Great Expectations

    return pd.Timestamp(value)


def _site(out: Path) -> dict[str, object]:
    out.mkdir(parents=True, exist_ok=True)
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(out.absolute())},
    }


def main() -> int:
    """Validate, print the verdicts as one JSON document, and return 1 when a rule of severity error did not hold."""
    parser = argparse.ArgumentParser(prog="python -m expectations.checkpoint", description=__doc__)
    parser.add_argument("--published", type=Path, required=True, metavar="FILE", help="A published warehouse file.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="Where data docs go.")
    parser.add_argument("--rows", type=int, default=MAX_ROWS, help="Most rows of one mart to look at.")
    options = parser.parse_args()
    if not options.published.is_file():
        sys.stderr.write(f"Error: there is no published warehouse at {options.published}.\n")
        return 2
    verdicts = run(options.published, options.out, max_rows=options.rows)
    write_overview(options.out, options.published.name, verdicts)
    sys.stdout.write(msgspec.json.encode(verdicts).decode() + "\n")
    errors = {(each.mart, rule.name) for each in SUITES for rule in each.expectations if rule.severity.value == "error"}
    return int(any((each.mart, name) in errors for each in verdicts for name in (*each.broken, *each.unable)))


if __name__ == "__main__":
    sys.exit(main())
