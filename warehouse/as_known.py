"""A metric as it was known at a past moment: the models that it needs, built from the rows that were known then."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.metrics.metric import Metric
from warehouse.connections import building
from warehouse.known import Known
from warehouse.metric_queries import Question, Row, answered
from warehouse.models import Model, build, load_models, needed_for
from warehouse.published import LakeSnapshot, attach_lake


def rows_as_known(taken: LakeSnapshot, metric: Metric, question: Question, known: Known, area: Path) -> list[Row]:
    """The answer to `question` from what was known then, by the same models and the same query as today's.

    What spills goes below the folder `area`. Blocks for as long as building the metric's models takes: they read the
    whole of the lake's columns that they need, up to that moment. Raises as `answered`.
    """
    with built_for_asking(area) as connection:
        attach_lake(connection, taken, known)
        build(connection, models_of(metric))
        return answered(connection, metric, question)


def models_of(metric: Metric) -> list[Model]:
    """The models that answer for a metric, in building order."""
    names = [metric.table, metric.aggregate.units, "dim_metric"]
    return needed_for(load_models(), [*names, *([metric.aggregate.attributes] if metric.aggregate.attributes else [])])


@contextmanager
def built_for_asking(area: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse to build one answer in, gone at the end of its block."""
    area.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=area) as folder,
        building(Path(folder) / "asked.duckdb", spill=Path(folder) / "spill") as connection,
    ):
        yield connection
