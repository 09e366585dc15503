"""What the company reports once a month: how much business it did, and how each wave of its surveys went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from pipeline.domain.events.exposure import ExposureReported
from pipeline.domain.events.survey import WaveReported
from pipeline.simulator.chance import Chance, between
from pipeline.simulator.company import PARCEL_ABROAD, PARCEL_HOME, PRODUCTS, SUBSCRIPTION
from pipeline.simulator.records import Event, Note, Record, encoded
from pipeline.simulator.seasons import micros

UNIT: Final = "transactions"
FEWEST_EVENTS: Final = 3000
"""Below so many records a run has no reports: they would be a large part of it."""
FEWEST_BY_PRODUCT: Final = 10_000
"""From so many on, business is reported by product too."""

_ORDERS_PER_CONTACT: Final = 14
_WAITS_DAYS: Final = 16
"""After a month's end until its waves are reported: the last answers take two weeks to arrive."""
_SOLD: Final = {**dict.fromkeys(PRODUCTS, 7), PARCEL_HOME: 18, PARCEL_ABROAD: 6, SUBSCRIPTION: 4}
_POPULATIONS: Final = {
    "nps-relationship": "customers who bought in the last twelve months",
    "csat-after-delivery": "customers with a delivery in the month",
    "ces-after-contact": "customers who wrote to us in the month",
    "csat-after-case": "complainants whose case was closed in the month",
    "ces-after-case": "complainants whose case was closed in the month",
}
_SILENT_PERCENT: Final = {"partial": 5, "refusal": 12, "non_contact": 55, "unknown_household": 20}
"""What became of those who were asked and gave no whole answer; the rest is `other`."""

Asked = Mapping[tuple[str, str], tuple[int, int]]
"""People asked, and those who answered, by survey and wave."""


def month_ends(start: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """Whole calendar months (UTC) of a run whose waves can be reported before its end, as [first day, day after]."""
    found: list[tuple[datetime, datetime]] = []
    first = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while True:
        after = (first + timedelta(days=32)).replace(day=1)
        if after + timedelta(days=_WAITS_DAYS + 1) > start + timedelta(days=days):
            return found
        if first >= start:
            found.append((first, after))
        first = after


def report_count(events: int, start: datetime, days: int) -> int:
    """How many records of a run are such reports, at most: a wave in which nobody was asked has none."""
    if events < FEWEST_EVENTS:
        return 0
    by_product = len(PRODUCTS) if events >= FEWEST_BY_PRODUCT else 0
    return len(month_ends(start, days)) * (1 + by_product + len(_POPULATIONS))


def published_at(after: datetime) -> int:
    """When the reports of a month that ended at `after` are published, in microseconds."""
    return micros(after + timedelta(days=_WAITS_DAYS, hours=6))


def reports(
    first: datetime, after: datetime, contacts: int, asked: Asked, tag: str, chance: Chance, *, by_product: bool
) -> Iterator[Record]:
    """The reports of the month [first, after), in which so many people wrote, in no particular order."""
    month = f"{first:%Y-%m}"
    orders = contacts * _ORDERS_PER_CONTACT * between(chance, 94, 107) // 100
    whole = sum(_SOLD.values())
    sold = {product: orders * share // whole for product, share in _SOLD.items()} if by_product else {}
    for product, count in ((None, orders), *sold.items()):
        exposure = ExposureReported(unit=UNIT, count=count, period_start=first, period_end=after, product=product)
        yield _record(f"{tag}-x-{month}-{product or 'all'}", "shop/orders", "exposure.reported", after, exposure)
    for survey, population in _POPULATIONS.items():
        people, answers = asked.get((survey, month), (0, 0))
        if people:
            wave = _wave(survey, month, population, people, answers, orders)
            yield _record(f"{tag}-w-{month}-{survey}", "survey/fieldwork", "survey.wave-reported", after, wave)


def _wave(survey: str, month: str, population: str, people: int, answers: int, orders: int) -> WaveReported:
    silent = people - answers
    fates = {fate: silent * percent // 100 for fate, percent in _SILENT_PERCENT.items()}
    return WaveReported(
        survey_id=survey,
        wave=month,
        instrument=survey.partition("-")[0],
        sampling="probability",
        population=population,
        frame_size=people * 2 if survey.endswith("case") else max(orders, people),
        complete=answers,
        partial=fates["partial"],
        refusal=fates["refusal"],
        non_contact=fates["non_contact"],
        other=silent - sum(fates.values()),
        unknown_household=fates["unknown_household"],
        unknown_other=0,
        ineligible=people // 30,
    )


def _record(identity: str, source: str, kind: str, after: datetime, data: msgspec.Struct) -> Record:
    at_us = published_at(after)
    event = Event(
        id=identity,
        source=source,
        type=f"vidhuk.{kind}.v1",
        time=_said(after + timedelta(days=_WAITS_DAYS, hours=6)),
        subject="tsvirkun",
        partitionkey=source,
        data=data,
    )
    return Record(at_us, 0, source.encode(), encoded(event), Note(event.type, source, identity, at_us))


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
