"""Every published metric: what it means, of whom, from which columns, and with which interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pipeline.domain.errors import UsageError
from pipeline.statistics.proportions import WILSON
from pipeline.statistics.surveys import NPS_METHOD

Kind = Literal["share", "net", "mean", "count"]
Table = Literal["agg_satisfaction_daily", "agg_feedback_daily"]

SATISFACTION: Final[Table] = "agg_satisfaction_daily"
FEEDBACK: Final[Table] = "agg_feedback_daily"
PERIODS: Final = ("day", "week", "month", "quarter", "year")
"""Lengths of calendar periods (UTC, weeks from Monday) that any metric can be asked by."""

DIMENSIONS: Final[dict[Table, tuple[str, ...]]] = {
    SATISFACTION: ("channel", "product"),
    FEEDBACK: ("channel", "product", "category", "language", "record_class"),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as data. A changed meaning is a new `definition_version`, never a silent edit.

    `favourable` and `of` are SQL expressions over rows of `table`, summed: the sufficient statistics from which any
    grain is recomputed. `unit` is that of value, lo and hi.
    """

    name: str
    kind: Kind
    table: Table
    unit: str
    definition: str
    population: str
    numerator: str
    denominator: str
    method: str
    favourable: str
    of: str
    condition: str = "true"
    excluded_dimensions: tuple[str, ...] = ()
    definition_version: int = 1

    @property
    def dimensions(self) -> tuple[str, ...]:
        """By what it can be split, calendar periods aside."""
        return tuple(name for name in DIMENSIONS[self.table] if name not in self.excluded_dimensions)


def _survey(name: str, kind: Kind, unit: str, method: str, definition: str, population: str, numerator: str) -> Metric:
    return Metric(
        name=name,
        kind=kind,
        table=SATISFACTION,
        unit=unit,
        definition=definition,
        population=population,
        numerator=numerator,
        denominator="Answers of the population.",
        method=method,
        favourable="favourable",
        of="n",
        condition=f"metric = '{name}'",
    )


_EFFORT: Final = "Answers to surveys with instrument ces on the scale 1-7, by the day of the answer."
_MEAN_METHOD: Final = "mean, normal"
_METRICS: Final = (
    _survey(
        "csat",
        "share",
        "share 0..1",
        WILSON,
        "Share of answers in the two highest boxes of their scale, each scale by itself.",
        "Answers to surveys with instrument csat on a scale of three or more points, by the day of the answer.",
        "Answers in the two highest boxes.",
    ),
    _survey(
        "nps",
        "net",
        "points -100..100",
        NPS_METHOD,
        "Share of promoters (9-10) minus share of detractors (0-6), in points.",
        "Answers to surveys with instrument nps on the scale 0-10, by the day of the answer.",
        "Promoters minus detractors.",
    ),
    _survey(
        "ces_agree",
        "share",
        "share 0..1",
        WILSON,
        "Share of answers 5-7: it was easy.",
        _EFFORT,
        "Answers of 5 or more.",
    ),
    _survey(
        "ces_net",
        "net",
        "points -100..100",
        NPS_METHOD,
        "Share of answers 6-7 minus share of answers 1-3, in points.",
        _EFFORT,
        "Answers of 6-7 minus answers of 1-3.",
    ),
    _survey("ces_mean", "mean", "points 1..7", _MEAN_METHOD, "Mean answer.", _EFFORT, "Sum of the answers."),
    _survey(
        "rating_top_two_box",
        "share",
        "share 0..1",
        WILSON,
        "Share of ratings given with feedback in the two highest boxes of their stated scale; not csat, because nobody "
        "was asked and who rates chose to.",
        "Feedback with a rating on a stated scale of three or more points, by the day it happened.",
        "Ratings in the two highest boxes.",
    ),
    Metric(
        name="complaint_share",
        kind="share",
        table=FEEDBACK,
        unit="share 0..1",
        definition="Share of feedback that is a complaint.",
        population="Feedback whose record class is stated or found out, by the day it happened.",
        numerator="Complaints.",
        denominator="Feedback of the population.",
        method=WILSON,
        favourable="numerator",
        of="denominator",
        condition="record_class = 'complaint'",
        excluded_dimensions=("record_class",),
    ),
    Metric(
        name="feedback_count",
        kind="count",
        table=FEEDBACK,
        unit="events",
        definition="Feedback events.",
        population="All accepted feedback, by the day it happened.",
        numerator="Feedback events.",
        denominator="None: a full count, not a sample.",
        method="full count",
        favourable="feedback_count",
        of="feedback_count",
    ),
    Metric(
        name="complaint_count",
        kind="count",
        table=FEEDBACK,
        unit="events",
        definition="Feedback events that are complaints.",
        population="All accepted feedback, by the day it happened.",
        numerator="Complaints.",
        denominator="None: a full count, not a sample.",
        method="full count",
        favourable="feedback_count",
        of="feedback_count",
        condition="record_class = 'complaint'",
        excluded_dimensions=("record_class",),
    ),
)

METRICS: Final = {metric.name: metric for metric in _METRICS}
FAMILIES: Final = {"ces": ("ces_agree", "ces_net", "ces_mean")}
"""Names that stand for several metrics: effort has no single score, so all rivals are given, each by its name."""


def metrics_named(name: str) -> tuple[Metric, ...]:
    """The metric of this name, or the members of this family.

    Raises `UsageError` that lists the valid names.
    """
    if name in METRICS:
        return (METRICS[name],)
    if name in FAMILIES:
        return tuple(METRICS[member] for member in FAMILIES[name])
    raise UsageError(f"There is no metric `{name}`. Choose one of: {', '.join([*METRICS, *FAMILIES])}.")


def check_dimensions(metric: Metric, by: tuple[str, ...]) -> None:
    """Raise `UsageError` that lists what `metric` can be split by, unless `by` holds nothing else, each once."""
    valid = (*metric.dimensions, *PERIODS)
    for name in by:
        if name not in valid:
            raise UsageError(f"{metric.name} cannot be split by `{name}`. Choose from: {', '.join(valid)}.")
    if len(set(by)) < len(by):
        raise UsageError("Each dimension can be named once in --by.")
    if sum(name in PERIODS for name in by) > 1:
        raise UsageError(f"Name one calendar period in --by, not several of: {', '.join(PERIODS)}.")
