"""Satisfaction as customers state it: surveys, each on its own scale, and ratings that came unasked."""

from __future__ import annotations

from typing import Final

from pipeline.metrics.metric import Aggregate, Kind, Metric, Nature, Projectable
from pipeline.statistics.proportions import WILSON
from pipeline.statistics.surveys import NPS_METHOD

SATISFACTION: Final = Aggregate(
    table="agg_satisfaction_daily",
    units="unit_answer",
    dimensions=("channel", "product", "survey_id", "wave"),
    series="series",
    is_surveyed=True,
    attributes="agg_satisfaction_attribute_daily",
)

_WILSON_SOURCE: Final = "Wilson 1927, JASA 22:209-212."
_ROCKS_SOURCE: Final = "Variance (p + d - (p - d)^2)/n; interval: Rocks 2016, The American Statistician 70:365-372."
_EFFORT: Final = "Answers to surveys with instrument ces on the scale 1-7, by the day of the answer."
_EFFORT_TRAP: Final = "Three rival scores of effort are in use, and they disagree: name the rule with the figure."
_SAMPLE_TRAP: Final = "It speaks for all customers only if the people asked were drawn at random and enough answered."


def _answers(
    name: str,
    kind: Kind,
    unit: str,
    *,
    definition: str,
    population: str,
    numerator: str,
    method: str,
    source: str,
    traps: tuple[str, ...],
    cells: str,
    nature: Nature = "direct",
    projectable: Projectable = "if sampled",
    excluded_dimensions: tuple[str, ...] = (),
    is_shared: bool = True,
) -> Metric:
    return Metric(
        name=name,
        kind=kind,
        aggregate=SATISFACTION,
        unit=unit,
        definition=definition,
        population=population,
        numerator=numerator,
        denominator="Answers of the population.",
        cohort="answered",
        nature=nature,
        method=method,
        source=source,
        cells=cells,
        condition=f"metric = '{name}'",
        projectable=projectable,
        traps=traps,
        excluded_dimensions=excluded_dimensions,
        is_shared=is_shared,
    )


METRICS: Final = (
    _answers(
        "csat",
        "share",
        "share 0..1",
        definition="Share of answers in the two highest boxes of their scale, each scale by itself.",
        population="Answers to surveys with instrument csat on a scale of three or more points, by the day of the "
        "answer.",
        numerator="Answers in the two highest boxes.",
        method=WILSON,
        source=_WILSON_SOURCE,
        traps=(
            "Top two of five and top two of seven are different metrics and are never added.",
            "Good out of good and bad, as help desks report it, is another metric.",
            _SAMPLE_TRAP,
        ),
        cells="csat",
    ),
    _answers(
        "nps",
        "net",
        "points -100..100",
        definition="Share of promoters (9-10) minus share of detractors (0-6), in points.",
        population="Answers to surveys with instrument nps on the scale 0-10, by the day of the answer.",
        numerator="Promoters minus detractors.",
        method=NPS_METHOD,
        source=_ROCKS_SOURCE,
        traps=(
            "The plain variance is 0 when all agree, so the interval comes from adjusted counts.",
            "It is noisy: a hundred answers leave about fifteen points either way.",
            _SAMPLE_TRAP,
        ),
        cells="nps",
    ),
    _answers(
        "ces_agree",
        "share",
        "share 0..1",
        definition="Share of answers 5-7: it was easy.",
        population=_EFFORT,
        numerator="Answers of 5 or more.",
        method=WILSON,
        source=_WILSON_SOURCE,
        traps=(_EFFORT_TRAP, _SAMPLE_TRAP),
        cells="ces",
        is_shared=False,
    ),
    _answers(
        "ces_net",
        "net",
        "points -100..100",
        definition="Share of answers 6-7 minus share of answers 1-3, in points.",
        population=_EFFORT,
        numerator="Answers of 6-7 minus answers of 1-3.",
        method=NPS_METHOD,
        source=_ROCKS_SOURCE,
        traps=(_EFFORT_TRAP, _SAMPLE_TRAP),
        cells="ces",
    ),
    _answers(
        "ces_mean",
        "mean",
        "points 1..7",
        definition="Mean answer.",
        population=_EFFORT,
        numerator="Sum of the answers.",
        method="mean, normal",
        source="Mean ± 1.96 standard errors from the sums of answers and of their squares.",
        traps=(_EFFORT_TRAP, "One answer has no interval.", "A mean of ordered boxes treats their steps as equal."),
        cells="ces",
        is_shared=False,
    ),
    _answers(
        "rating_top_two_box",
        "share",
        "share 0..1",
        definition="Share of ratings given with feedback in the two highest boxes of their stated scale; not csat, "
        "because nobody was asked and who rates chose to.",
        population="Feedback with a rating on a stated scale of three or more points, by the day it happened.",
        numerator="Ratings in the two highest boxes.",
        method=WILSON,
        source=_WILSON_SOURCE,
        traps=(
            "Who rates unasked is not who keeps silent: the interval is about those who rate, never about customers.",
        ),
        cells="ratings",
        nature="indirect",
        projectable="no",
        excluded_dimensions=("survey_id", "wave"),
    ),
)
