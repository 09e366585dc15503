"""Whether two figures of one metric may be compared, and only then by how much they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from pipeline.metrics.metric import Metric
from pipeline.statistics.differences import (
    Difference,
    normal_difference,
    share_difference,
    weighted_share_difference,
)

Figure = Mapping[str, object]
Standing = Literal["holds", "caution", "broken"]

TESTED: Final = ("share", "net", "mean", "index")
"""Kinds of metric whose difference has a test here."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side: what it was asked for, its figures (one a series), and how its answers were got.

    `surveys` and `channels` are those that its observations came by; empty where the metric has none.
    """

    said: str
    start: date | None
    end: date | None
    where: Mapping[str, str | None]
    figures: Sequence[Figure]
    surveys: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Check:
    """One reason to compare or not, in a sentence."""

    check: str
    standing: Standing
    says: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparable if no check is broken; `difference` is a - b then, and None otherwise."""

    checks: tuple[Check, ...]
    difference: Difference | None

    @property
    def comparable(self) -> bool:
        """Whether the difference means something."""
        return all(check.standing != "broken" for check in self.checks)


def compare(metric: Metric, a: Side, b: Side) -> Comparison:
    """Judge two sides of one metric, then take their difference."""
    checks = [
        _kind(metric),
        *_observed(a, b),
        _scale(a, b),
        _instrument(a, b),
        _wording(a, b),
        _mode(metric, a, b),
        *_population(a, b),
        _definition(a, b),
        _projectable(metric, a, b),
        _maturity(metric, a, b),
        *_floor(metric, a, b),
    ]
    found = tuple(check for check in checks if check is not None)
    judged = Comparison(found, None)
    return Comparison(found, _difference(metric, a, b)) if judged.comparable else judged


def _kind(metric: Metric) -> Check | None:
    if metric.kind in TESTED:
        return None
    why = {
        "count": "counts follow how many customers there were: compare a rate",
        "stock": "a stock is no sample: compare a rate",
        "quantile": "percentiles of waits have no test here: look whether their intervals are apart",
    }.get(metric.kind, "this kind of figure has no test here")
    return Check("kind", "broken", f"{metric.name}: {why}.")


def _observed(a: Side, b: Side) -> list[Check]:
    return [
        Check("observations", "broken", f"Nothing was observed for {side.said}.") for side in (a, b) if not side.figures
    ]


def _scale(a: Side, b: Side) -> Check | None:
    first, second = _series(a), _series(b)
    if len(first) == len(second) == 1 and first == second:
        return Check("scale", "holds", f"Both are on {first[0]}.") if first[0] != "no scale" else None
    if not first or not second:
        return None
    return Check("scale", "broken", f"Scales differ: {', '.join(first)} against {', '.join(second)}.")


def _instrument(a: Side, b: Side) -> Check | None:
    """Another wording, mode or scale is another instrument: its answers are another series."""
    first, second = (
        sorted({str(figure["series"]) for figure in side.figures if "series" in figure}) for side in (a, b)
    )
    if not first or not second:
        return None
    if len(first) == 1 and first == second:
        return Check("instrument", "holds", f"Both are of the series {first[0]}.")
    says = f"Scale, wording or mode differ, so the series do: {', '.join(first)} against {', '.join(second)}."
    return Check("instrument", "broken", says)


def _wording(a: Side, b: Side) -> Check | None:
    if not a.surveys and not b.surveys:
        return None
    if a.surveys == b.surveys:
        return Check("wording", "holds", f"Both asked by {', '.join(sorted(a.surveys))}.")
    first, second = (", ".join(sorted(side.surveys)) or "none" for side in (a, b))
    return Check("wording", "broken", f"Asked by different surveys, so perhaps in other words: {first}; {second}.")


def _mode(metric: Metric, a: Side, b: Side) -> Check | None:
    if metric.nature != "direct" or not a.figures or not b.figures:
        return None
    if a.channels == b.channels:
        return Check("mode", "holds", f"Both asked by way of {', '.join(sorted(a.channels))}.")
    first, second = (", ".join(sorted(side.channels)) for side in (a, b))
    return Check("mode", "broken", f"Asked in different ways, which moves answers by itself: {first}; {second}.")


def _population(a: Side, b: Side) -> list[Check]:
    if set(a.where) != set(b.where):
        only = ", ".join(sorted(set(a.where) ^ set(b.where)))
        return [Check("population", "broken", f"One side alone is narrowed by {only}: the populations differ.")]
    apart = [name for name in a.where if a.where[name] != b.where[name]]
    if not _days_apart(a, b) and not apart:
        return [Check("population", "broken", "The same observations stand on both sides.")]
    if (a.start, a.end) != (b.start, b.end):
        apart.insert(0, "period")
    if len(apart) > 1:
        said = " and ".join(apart)
        return [Check("population", "caution", f"They differ in {said}: the difference can be laid to neither alone.")]
    return [Check("population", "holds", f"They differ in {apart[0]} alone.")]


def _days_apart(a: Side, b: Side) -> bool:
    before = a.end is not None and b.start is not None and a.end <= b.start
    after = b.end is not None and a.start is not None and b.end <= a.start
    return before or after


def _definition(a: Side, b: Side) -> Check | None:
    versions = sorted({str(figure["definition_version"]) for side in (a, b) for figure in side.figures})
    if len(versions) == 1:
        return Check("definition", "holds", f"Both by version {versions[0]} of the definition.")
    return (
        Check("definition", "broken", f"Versions of the definition differ: {', '.join(versions)}.")
        if versions
        else None
    )


def _projectable(metric: Metric, a: Side, b: Side) -> Check | None:
    if metric.projectable == "no":
        says = "Not projectable: who speaks unasked is no sample, so a difference has no margin of error."
        return Check("projectable", "broken", says)
    known = {str(figure["projectable"]) for side in (a, b) for figure in side.figures}
    if any(said.startswith("no: ") for said in known):
        says = "Not projectable: people chose themselves, so a difference has no margin of error."
        return Check("projectable", "broken", says)
    if known == {"yes"}:
        return Check("projectable", "holds", "By the waves' reports chance chose on both sides, or all were asked.")
    if metric.projectable == "if sampled":
        says = "The interval holds for all customers only if those asked were drawn at random."
        return Check("projectable", "caution", says)
    return None


def _maturity(metric: Metric, a: Side, b: Side) -> Check | None:
    green = [side.said for side in (a, b) if any(figure["is_mature"] is False for figure in side.figures)]
    if not green:
        return None
    says = f"Not yet mature: {' and '.join(green)} still moves for {metric.maturity_days} days after its end."
    return Check("maturity", "broken", says)


def _floor(metric: Metric, a: Side, b: Side) -> list[Check]:
    return [
        Check("floor", "caution", f"{side.said}: fewer than {metric.floor}, so only large differences show.")
        for side in (a, b)
        if any(figure["is_below_floor"] for figure in side.figures)
    ]


def _series(side: Side) -> list[str]:
    return sorted({str(figure.get("clock") or figure["scale"] or "no scale") for figure in side.figures})


def _difference(metric: Metric, a: Side, b: Side) -> Difference | None:
    (first,), (second,) = a.figures, b.figures
    if metric.kind == "share" and _weighs(first, second):
        sides = [(_number(figure, "value") or 0.0, _number(figure, "n_eff") or 0.0) for figure in (first, second)]
        return weighted_share_difference(*sides[0], *sides[1])
    if metric.kind == "share":
        counts = (_whole(first, "numerator"), _whole(first, "n"), _whole(second, "numerator"), _whole(second, "n"))
        return share_difference(*counts)
    errors = _number(first, "standard_error"), _number(second, "standard_error")
    if errors[0] is None or errors[1] is None:
        return None
    return normal_difference(_number(first, "value") or 0.0, errors[0], _number(second, "value") or 0.0, errors[1])


def _weighs(*figures: Figure) -> bool:
    """Whether the answers of a figure weigh differently."""
    return any("n_eff" in figure and figure["n_eff"] != figure["n"] for figure in figures)


def _number(figure: Figure, name: str) -> float | None:
    value = figure[name]
    return float(value) if isinstance(value, (int, float)) else None


def _whole(figure: Figure, name: str) -> int:
    value = figure[name]
    if not isinstance(value, int):
        raise TypeError(f"{name} is a count, not {type(value).__name__}")
    return value
