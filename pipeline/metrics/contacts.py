"""Complaints against how much business there was, and whether one contact was enough."""

from __future__ import annotations

from typing import Final

from pipeline.metrics.metric import Aggregate, Metric, Sums
from pipeline.statistics.proportions import WILSON
from pipeline.statistics.rates import BYAR

EXPOSURE: Final = Aggregate(table="agg_complaint_rate", units="", dimensions=("product", "channel"), series="unit")
FIRST_CONTACT: Final = Aggregate(table="agg_first_contact", units="", dimensions=("channel", "product"))
_COUNTED: Final = Sums("numerator", "0", "0.0", "0.0", "denominator")

METRICS: Final = (
    Metric(
        name="complaints_per_1000",
        kind="rate",
        aggregate=EXPOSURE,
        unit="complaints per 1,000 of the unit",
        definition="Complaints received per 1,000 transactions, customers or accounts, each unit by itself.",
        population="Complaints received in periods for which exposure was reported, by the report's period.",
        numerator="Complaints of the report's product and channel.",
        denominator="Exposure reported for the same period and scope.",
        cohort="received",
        nature="indirect",
        method=f"{BYAR}, per 1000",
        source="Breslow & Day 1987, vol. II, eq. 2.13.",
        cells="exposure",
        condition="scope = '{}'",
        traps=(
            "Numerator and denominator share period and scope: what was not reported has no rate, which is not 0.",
            "A late complaint belongs to the period in which it was received, not to that of the purchase.",
            "Reports of a whole and of its parts stand beside each other: split by product to see the parts.",
        ),
        sums=_COUNTED,
        is_shared=False,
    ),
    Metric(
        name="first_contact_resolution",
        kind="share",
        aggregate=FIRST_CONTACT,
        unit="share 0..1",
        definition="Share of closed cases for which the customer had to write once.",
        population="Cases that were closed, by the day of the first closing.",
        numerator="Cases without other feedback, escalation or reopening until 7 days after the first closing.",
        denominator="Cases of the population.",
        cohort="first closed",
        nature="indirect",
        method=WILSON,
        source="Wilson 1927, JASA 22:209-212.",
        cells="first contacts",
        condition="true",
        traps=(
            "The last 7 days are not yet mature: the figure can only fall.",
            "Who gives up silently, or writes under another case, looks resolved.",
        ),
        sums=_COUNTED,
        maturity_days=8,
        is_shared=False,
    ),
)
