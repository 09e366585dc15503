"""What each metric would be if another model had classified the events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from pipeline.metrics.metric import Metric
from warehouse.as_known import built_for_asking, models_of
from warehouse.metric_queries import Question, Row, answered
from warehouse.models import build, load_models, needed_for
from warehouse.published import LakeSnapshot, attach_lake

_FIGURES: Final = ("n", "value", "lo", "hi")
_NOT_A_KEY: Final = {
    *_FIGURES, "numerator", "denominator", "period_start", "period_end", "standard_error", "method", "as_known_at",
    "is_below_floor", "is_mature", "definition_version", "projectable",
}  # fmt: skip


class Side(msgspec.Struct, frozen=True):
    """A figure with its n and interval."""

    n: int | None
    value: float | None
    lo: float | None
    hi: float | None


class MetricDifference(msgspec.Struct, frozen=True):
    """One metric, of one series where it has several; a side is None where nothing was observed."""

    metric: str
    series: str
    a: Side | None
    b: Side | None

    @property
    def difference(self) -> float | None:
        """The value of B less that of A."""
        if self.a is None or self.b is None or self.a.value is None or self.b.value is None:
            return None
        return self.b.value - self.a.value


def enrichment_differences(
    a: LakeSnapshot, b: LakeSnapshot, metrics: Sequence[Metric], area: Path
) -> list[MetricDifference]:
    """Every metric over all time under both, in the registry's order; what was not observed is left out."""
    under_a, under_b = (_figures(taken, metrics, area) for taken in (a, b))
    keys = [*under_a, *(key for key in under_b if key not in under_a)]
    order = {metric.name: place for place, metric in enumerate(metrics)}
    found = [MetricDifference(*key, under_a.get(key), under_b.get(key)) for key in keys]
    return sorted(found, key=lambda each: (order[each.metric], each.series))


def _figures(taken: LakeSnapshot, metrics: Sequence[Metric], area: Path) -> dict[tuple[str, str], Side]:
    names = {model.name for metric in metrics for model in models_of(metric)}
    found: dict[tuple[str, str], Side] = {}
    with built_for_asking(area) as connection:
        attach_lake(connection, taken)
        build(connection, needed_for(load_models(), sorted(names)))
        for metric in metrics:
            for row in answered(connection, metric, Question()):
                found[metric.name, _series(row)] = msgspec.convert({name: row[name] for name in _FIGURES}, Side)
    return found


def _series(row: Row) -> str:
    """What tells the rows of one metric apart, for example a scale."""
    return ", ".join(str(value) for name, value in row.items() if name not in {"metric", *_NOT_A_KEY} and value)
