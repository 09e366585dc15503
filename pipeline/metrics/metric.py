"""What a metric is, as data: everything that a figure must say of itself, and the columns it is recomputed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["share", "net", "mean", "count", "stock", "rate", "quantile", "index"]
"""What is made of the sums: k/n, 100 (k - d)/n, t/n, n, n on the period's last day, 1000 k/n, a duration, 0..100 of
several items' means."""

Cohort = Literal["answered", "received", "closed", "first closed", "reopened", "due", "open"]
"""By which of its moments a unit belongs to a period."""

Calendar = Literal["UTC days", "wall time", "business time"]
"""What days or durations are counted in."""

Nature = Literal["direct", "indirect"]
"""ISO 10004 keeps two kinds apart: customers asked for their satisfaction (direct), and signs of it (indirect)."""

Projectable = Literal["if sampled", "no", "full count"]
"""Whether a figure speaks for customers who are not in it: only a probability sample can; who chose to speak cannot;
a full count has nobody else to speak for, and its interval is that of the process behind it."""

BelowFloor = Literal["flag", "suppress"]

PERIODS: Final = ("day", "week", "month", "quarter", "year")
"""Lengths of calendar periods (UTC, weeks from Monday) that any metric can be asked by."""

FLOOR: Final = 30
"""Below so many a share or score is flagged: its interval is wider than most differences anybody acts on."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A mart of sufficient statistics, from which its metrics are recomputed at any grain.

    `units` is the relation it sums: one row per metric and single contribution, with the columns of `UNIT_COLUMNS`
    beside the dimensions. `series` names the column that is never summed over, because its values are different
    measures. `is_surveyed` says that rows are answers: they have a `scale` (one for each series), weights and a way of
    sampling. `attributes` is the mart that carries one custom attribute beside the dimensions, where there is one.
    """

    table: str
    units: str
    dimensions: tuple[str, ...]
    series: str | None = None
    is_surveyed: bool = False
    attributes: str | None = None

    @property
    def narrowing(self) -> tuple[str, ...]:
        """Columns beside the dimensions that a question can be narrowed by: one series, or all of one scale."""
        return (*([self.series] if self.series else []), *(["scale"] if self.is_surveyed else []))


UNIT_COLUMNS: Final = ("metric", "unit", "day", "favourable", "unfavourable", "score", "counted")
"""Whose contribution it is, on which day, and what it adds to k, d, t (squared: q) and n."""


@dataclass(frozen=True, slots=True)
class Sums:
    """SQL expressions over rows of an aggregate, summed by the query: k, d, t, q and n."""

    favourable: str = "favourable"
    unfavourable: str = "unfavourable"
    score_sum: str = "score_sum"
    score_squares: str = "score_squares"
    n: str = "n"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. A changed meaning is a new `definition_version`, never a silent edit.

    `unit` is that of value, lo and hi. `cells` is one word for all metrics that count the same people: what is
    suppressed in one of them is suppressed in all; `is_shared` says whether it stands in shared tables: metrics whose
    counts would give others' away do not. `maturity_days` is how long after a period's end its figure still
    moves by its nature; None where only late events move it. `quantile` is of a duration metric. `condition` selects
    the metric's rows of its aggregate, `unit_condition` those of the units (by the metric's name unless given), of
    which `unit_favourable` is what each adds to k.
    """

    name: str
    kind: Kind
    aggregate: Aggregate
    unit: str
    definition: str
    population: str
    numerator: str
    denominator: str
    cohort: Cohort
    nature: Nature
    method: str
    source: str
    cells: str
    condition: str
    calendar: Calendar = "UTC days"
    projectable: Projectable = "full count"
    floor: int = FLOOR
    below_floor: BelowFloor = "flag"
    traps: tuple[str, ...] = ()
    sums: Sums = Sums()
    unit_condition: str | None = None
    unit_favourable: str = "favourable"
    maturity_days: int | None = None
    quantile: float | None = None
    excluded_dimensions: tuple[str, ...] = ()
    is_shared: bool = True
    definition_version: int = 1

    @property
    def table(self) -> str:
        """The mart that answers."""
        return self.aggregate.table

    @property
    def dimensions(self) -> tuple[str, ...]:
        """By what it can be split, calendar periods and attributes aside."""
        return tuple(name for name in self.aggregate.dimensions if name not in self.excluded_dimensions)

    @property
    def units_where(self) -> str:
        """SQL condition of the metric's rows among its units."""
        return self.unit_condition or f"metric = '{self.name}'"

    @property
    def has_interval(self) -> bool:
        """Whether its figures carry lo and hi: all but full counts, which leave nothing to estimate."""
        return self.kind not in ("count", "stock")
