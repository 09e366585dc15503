"""The metric registry as a relation, which dim_metric and the aggregates read."""

from __future__ import annotations

import hashlib
from typing import Final

import duckdb
import msgspec

from pipeline.metrics.metric import Metric
from pipeline.metrics.registry import METRICS

COLUMNS: Final = {
    "metric": "varchar",
    "kind": "varchar",
    "source_table": "varchar",
    "unit": "varchar",
    "definition": "varchar",
    "population": "varchar",
    "numerator": "varchar",
    "denominator": "varchar",
    "cohort": "varchar",
    "calendar": "varchar",
    "nature": "varchar",
    "projectable": "varchar",
    "method": "varchar",
    "source": "varchar",
    "traps": "varchar[]",
    "floor": "integer",
    "below_floor": "varchar",
    "maturity_days": "integer",
    "cells": "varchar",
    "definition_version": "integer",
}
"""DuckDB type of each column of `metric_definition`."""


SMALL_CELLS: Final = 5
"""Cells that count fewer people are not shared, unless a setting says otherwise."""


def attach_metrics(connection: duckdb.DuckDBPyConnection, small_cells: int = SMALL_CELLS) -> None:
    """Make the metric registry a temporary relation, one row per metric, and `sharing_rule` what a small cell is."""
    connection.execute(
        "create or replace temp table sharing_rule as select ?::integer as threshold", [small_cells]
    ).fetchall()
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    connection.execute(f"create or replace temp table metric_definition ({columns})").fetchall()
    marks = ", ".join("?" for _ in COLUMNS)
    connection.executemany(
        f"insert into metric_definition values ({marks})",  # noqa: S608 - question marks only
        [_row(metric) for metric in METRICS.values()],
    )


def definitions_digest(models: str, small_cells: int = SMALL_CELLS) -> str:
    """SHA-256 of the models' digest, of what every metric is, and of the threshold: a change of any is published."""
    rows = [_row(metric) for _, metric in sorted(METRICS.items())]
    return hashlib.sha256(models.encode() + msgspec.json.encode([small_cells, rows])).hexdigest()


def changed_definitions() -> dict[str, int]:
    """Versions of the metrics whose definition is not the first one any more."""
    return {name: metric.definition_version for name, metric in METRICS.items() if metric.definition_version > 1}


def _row(metric: Metric) -> list[object]:
    named = {"metric": metric.name, "source_table": metric.table, "traps": list(metric.traps)}
    return [named[column] if column in named else getattr(metric, column) for column in COLUMNS]
