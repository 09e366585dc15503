"""The simulated run: a stream of records in the order in which the channels publish them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zlib import crc32

from pipeline.domain.errors import UsageError
from pipeline.ports import ImportChunk
from pipeline.simulator.chance import DAY_US, HOUR_US, between, stream
from pipeline.simulator.records import Record, count
from pipeline.simulator.reports import FEWEST_BY_PRODUCT, month_ends, published_at, report_count, reports
from pipeline.simulator.seasons import hourly_counts, micros, the_incident
from pipeline.simulator.texts import Mute, Writer
from pipeline.simulator.threads import Company
from pipeline.simulator.truth import Incident, Label, Truth

DEFAULT_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
DEFAULT_DAYS: Final = 180

_SAMPLE: Final = 4000
_BUSY_DAY: Final = 4000
"""From so many contacts a day on, the run is made hour by hour instead of day by day."""


def simulate(
    events: int,
    seed: int = 1,
    start: datetime = DEFAULT_START,
    days: int = DEFAULT_DAYS,
    *,
    truth: Truth | None = None,
    labels: Callable[[Label], None] | None = None,
    chunk_records: int = 4096,
) -> Iterator[ImportChunk]:
    """Exactly `events` inbox records of every kind, in publishing order, never more than `chunk_records` a chunk.

    The same arguments give the same bytes on every platform. `truth` is filled in step with the chunks and complete
    after the last one; `labels` is called for every accepted feedback event. Event times lie in
    [`start`, `start` + `days`). Raises `UsageError` for arguments that make no run.
    """
    if events < 0 or days < 1 or chunk_records < 1:
        raise UsageError("A simulation needs events ≥ 0, days ≥ 1 and chunk_records ≥ 1; give larger numbers.")
    if start.tzinfo is None:
        raise UsageError("The simulation's start has no time zone; give an aware datetime, for example in UTC.")
    return _chunks(_records(events, seed, start, days), start, days, seed, truth, labels, chunk_records)


def _chunks(
    records: Iterator[Record],
    start: datetime,
    days: int,
    seed: int,
    truth: Truth | None,
    labels: Callable[[Label], None] | None,
    chunk_records: int,
) -> Iterator[ImportChunk]:
    known = Truth() if truth is None else truth
    known.seed, known.start, known.days, known.incident = seed, start, days, the_incident(start, days)
    chunk = ImportChunk()
    for record in records:
        label = count(record, known)
        if label is not None and labels is not None:
            labels(label)
        chunk.keys.append(record.key)
        chunk.values.append(record.value)
        if len(chunk.values) == chunk_records:
            yield chunk
            chunk = ImportChunk()
    if chunk.values:
        yield chunk


def _records(events: int, seed: int, start: datetime, days: int) -> Iterator[Record]:
    """The run in publishing order, cut off after `events` records, or filled up at its end if it fell short."""
    incident = the_incident(start, days)
    tag = f"{crc32(f'{seed} {events} {start.isoformat()} {days}'.encode()):08x}"
    company = Company(stream(seed, 1), Writer(stream(seed, 2)), tag, max(events // 3, 50), incident, stream(seed, 6))
    reported = report_count(events, start, days)
    contacts = (events - reported) * _SAMPLE * 1012 // (1000 * _sampled(start, days, incident)) + 1
    hours = hourly_counts(contacts, start, days, incident, stream(seed, 3))
    width = 1 if contacts > _BUSY_DAY * days else 24
    begins_us, end_us = micros(start), micros(start + timedelta(days=days))
    waiting: dict[int, list[Record]] = {}
    months = month_ends(start, days) if reported else []
    fortunes = stream(seed, 5)
    when, left = stream(seed, 4), events
    for first in range(0, len(hours), width):
        for hour in range(first, first + width):
            for _ in range(hours[hour]):
                at_us = begins_us + hour * HOUR_US + between(when, 0, HOUR_US)
                for record in company.thread(at_us, end_us):
                    block = (record.publish_us - begins_us) // (width * HOUR_US)
                    waiting.setdefault(block, []).append(record)
        while months and published_at(months[0][1]) < begins_us + (first + width) * HOUR_US:
            month = months.pop(0)
            begin, end = ((moment - start) // timedelta(hours=1) for moment in month)
            told = reports(
                *month, sum(hours[begin:end]), company.asked, tag, fortunes, by_product=events >= FEWEST_BY_PRODUCT
            )
            waiting.setdefault(first // width, []).extend(told)
        due = sorted(waiting.pop(first // width, ()))[:left]
        left -= len(due)
        yield from due
        if not left:
            return
    yield from (company.single(end_us - DAY_US // 24 + number) for number in range(left))


def _sampled(start: datetime, days: int, incident: Incident) -> int:
    """Records that a fixed sample of contacts, spread over the run as its seasons ask, leads to before its end.

    The share of cases that outlive the run depends on its length, so how many contacts make a given number of
    records is tried rather than derived.
    """
    begins_us, end_us = micros(start), micros(start + timedelta(days=days))
    company = Company(stream(0, 1), Mute(), "sample", 1000, incident, stream(0, 6))
    hours = hourly_counts(_SAMPLE, start, days, incident, stream(0, 3))
    return sum(
        len(company.thread(begins_us + hour * HOUR_US, end_us))
        for hour, contacts in enumerate(hours)
        for _ in range(contacts)
    )
