"""How much feedback there is, and how much of it complains."""

from __future__ import annotations

from typing import Final

from pipeline.metrics.metric import Aggregate, Metric, Sums
from pipeline.statistics.proportions import WILSON

FEEDBACK: Final = Aggregate(
    table="agg_feedback_daily",
    units="unit_feedback",
    dimensions=("channel", "product", "category", "language", "record_class"),
    attributes="agg_feedback_attribute_daily",
)

_NO_SCORE: Final = "0.0"
FULL_COUNT: Final = "full count"
_COUNT_TRAP: Final = "It follows how many customers there are: compare rates, not counts."
_COUNTED: Final = Sums("feedback_count", "0", _NO_SCORE, _NO_SCORE, "feedback_count")

METRICS: Final = (
    Metric(
        name="complaint_share",
        kind="share",
        aggregate=FEEDBACK,
        unit="share 0..1",
        definition="Share of feedback that is a complaint.",
        population="Feedback whose record class is stated or found out, by the day it happened.",
        numerator="Complaints.",
        denominator="Feedback of the population.",
        cohort="received",
        nature="indirect",
        method=WILSON,
        source="Wilson 1927, JASA 22:209-212.",
        cells="feedback",
        condition="record_class = 'complaint'",
        projectable="no",
        traps=(
            "It falls when compliments are collected more eagerly: it is no complaint rate per customer.",
            "Complaints and inquiries are never counted together; a class found out by a classifier can be wrong.",
        ),
        sums=Sums("numerator", "0", _NO_SCORE, _NO_SCORE, "denominator"),
        excluded_dimensions=("record_class",),
    ),
    Metric(
        name="feedback_count",
        kind="count",
        aggregate=FEEDBACK,
        unit="events",
        definition="Feedback events.",
        population="All accepted feedback, by the day it happened.",
        numerator="Feedback events.",
        denominator="None: a full count, not a sample.",
        cohort="received",
        nature="indirect",
        method=FULL_COUNT,
        source="Counting.",
        cells="feedback",
        condition="true",
        floor=0,
        traps=(_COUNT_TRAP,),
        sums=_COUNTED,
    ),
    Metric(
        name="complaint_count",
        kind="count",
        aggregate=FEEDBACK,
        unit="events",
        definition="Feedback events that are complaints.",
        population="All accepted feedback, by the day it happened.",
        numerator="Complaints.",
        denominator="None: a full count, not a sample.",
        cohort="received",
        nature="indirect",
        method=FULL_COUNT,
        source="Counting.",
        cells="feedback",
        condition="record_class = 'complaint'",
        floor=0,
        traps=(_COUNT_TRAP, "One case may be complained about several times: `cases_received` counts cases."),
        sums=_COUNTED,
        excluded_dimensions=("record_class",),
    ),
)
