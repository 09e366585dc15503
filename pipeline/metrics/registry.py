"""Every published metric by its name, and what may be asked of it. Marts, commands and pages all read it here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Final

from pipeline.domain.errors import UsageError
from pipeline.metrics import cases, contacts, feedback, index_metrics, satisfaction
from pipeline.metrics.metric import PERIODS, Metric

METRICS: Final = {
    metric.name: metric
    for metric in (
        *satisfaction.METRICS,
        *index_metrics.METRICS,
        *feedback.METRICS,
        *cases.METRICS,
        *contacts.METRICS,
    )
}

FAMILIES: Final = {"ces": ("ces_agree", "ces_net", "ces_mean")} | cases.FAMILIES
"""Names that stand for several metrics, each answered by its own name, never averaged: effort has no single score."""


TAKEN: Final = frozenset(
    {
        "metric",
        "period_start",
        "period_end",
        "scale",
        "series",
        "numerator",
        "denominator",
        "n",
        "value",
        "lo",
        "hi",
        "method",
    }
    | {"standard_error", "definition_version", "as_known_at", "is_below_floor", "is_mature", "projectable"}
    | set(PERIODS)
)
"""Names that an answer's own columns have: an attribute called so is reached as `attributes.NAME` only."""


def metrics_named(name: str) -> tuple[Metric, ...]:
    """The metric of this name, or the members of this family.

    Raises `UsageError` that lists the valid names.
    """
    if name in METRICS:
        return (METRICS[name],)
    if name in FAMILIES:
        return tuple(METRICS[member] for member in FAMILIES[name])
    raise UsageError(f"There is no metric `{name}`. Choose one of: {', '.join([*METRICS, *FAMILIES])}.")


def described(metric: Metric) -> dict[str, object]:
    """The definition as plain values: every field of `Metric` that is said to people, its dimensions and its mart."""
    hidden = ("aggregate", "condition", "sums", "excluded_dimensions", "unit_condition", "unit_favourable")
    said = {field.name: getattr(metric, field.name) for field in fields(metric) if field.name not in hidden}
    return said | {"table": metric.table, "dimensions": metric.dimensions}


def require_one_nature(metrics: Iterable[Metric]) -> None:
    """Raise `UsageError` where direct measures and indirect indicators would go into one figure."""
    natures = {metric.nature: metric.name for metric in metrics}
    if len(natures) > 1:
        raise UsageError(
            f"{natures['direct']} is what customers say of their satisfaction and {natures['indirect']} only a sign of "
            "it: they stand side by side and are never averaged."
        )


def attribute_of(metric: Metric, by: Collection[str], attributes: Collection[str] = ()) -> str | None:
    """The one custom attribute among `by`, without its prefix `attributes.`; None when there is none.

    Raises `UsageError` that lists what `metric` can be split by, unless `by` holds dimensions, at most one calendar
    period and at most one of `attributes`, each once. A dimension wins over an attribute of the same name; the prefix
    reaches the attribute.
    """
    found = []
    for name in by:
        if name in (*metric.dimensions, *PERIODS):
            continue
        plain = name.removeprefix("attributes.")
        if metric.aggregate.attributes is None or plain not in attributes or name in TAKEN:
            valid = ", ".join((*metric.dimensions, *PERIODS, *(sorted(attributes) if _attributed(metric) else ())))
            raise UsageError(f"{metric.name} cannot be split by `{name}`. Choose from: {valid}.")
        found.append(plain)
    if len(set(by)) < len(by):
        raise UsageError("Each dimension can be named once in --by.")
    if sum(name in PERIODS for name in by) > 1:
        raise UsageError(f"Name one calendar period in --by, not several of: {', '.join(PERIODS)}.")
    if len(found) > 1:
        raise UsageError(f"Split by one attribute at a time, not by several: {', '.join(found)}.")
    return found[0] if found else None


def _attributed(metric: Metric) -> bool:
    return metric.aggregate.attributes is not None
