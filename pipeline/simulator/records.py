"""Events on their way to the inbox: made into bytes once, and counted into the truth only when they are published."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from pipeline.domain.taxonomy import Category, RecordClass
from pipeline.simulator.chance import DAY_US
from pipeline.simulator.seasons import day_name
from pipeline.simulator.truth import Label, SurveyTruth, Truth, add, add_day

LATE_US = DAY_US
"""From one day between happening and publishing on, an event counts as late."""


class Event(msgspec.Struct, omit_defaults=True):
    """A CloudEvent in structured JSON mode, attributes in the order the specification lists them."""

    id: str
    source: str
    type: str
    time: str
    subject: str
    partitionkey: str
    data: msgspec.Struct
    correlationid: str | None = None
    causationid: str | None = None


class Told(NamedTuple):
    """What a feedback event is really about."""

    language: str
    record_class: RecordClass
    category: Category
    channel: str
    product: str
    is_class_stated: bool
    text: str | None


class Answered(NamedTuple):
    """A survey's invitation (no score) or answer."""

    instrument: str
    score: int | None


class Note(NamedTuple):
    """What the truth must learn when a record is published."""

    type: str
    source: str
    id: str
    time_us: int
    detail: Told | Answered | None = None


class Record(NamedTuple):
    """One record for the inbox; sorts by publishing time, then by number."""

    publish_us: int
    number: int
    key: bytes
    value: bytes
    note: Note | str | None
    """A note on a good event, the reason a malformed one is refused for, None for a repetition."""


_ENCODER = msgspec.json.Encoder()
_HEAD = b'{"specversion":"1.0",'


def encoded(event: Event) -> bytes:
    """`event` as structured CloudEvents JSON."""
    return _HEAD + _ENCODER.encode(event)[1:]


def count(record: Record, truth: Truth) -> Label | None:
    """Enter one published record into `truth`; the label when it is feedback."""
    note = record.note
    truth.events += 1
    if note is None:
        truth.duplicates += 1
        return None
    if isinstance(note, str):
        add(truth.malformed, note)
        return None
    truth.accepted += 1
    truth.late += record.publish_us - note.time_us >= LATE_US
    add(truth.by_type, note.type)
    if isinstance(note.detail, Answered):
        _count_survey(note.detail, truth.surveys)
    elif note.detail is not None:
        _count_feedback(note.detail, note.time_us, truth)
        told = note.detail
        is_safety = told.category is Category.SAFETY
        return Label(note.source, note.id, told.language, told.record_class, told.category, is_safety, told.text)
    return None


def _count_survey(answered: Answered, surveys: dict[str, SurveyTruth]) -> None:
    survey = surveys.setdefault(answered.instrument, SurveyTruth())
    if answered.score is None:
        survey.invited += 1
    else:
        survey.responded += 1
        add(survey.scores, str(answered.score))


def _count_feedback(told: Told, time_us: int, truth: Truth) -> None:
    day = day_name(time_us // DAY_US)
    truth.feedback += 1
    if told.text is not None:
        truth.feedback_with_text += 1
        truth.text_characters += len(told.text)
    truth.safety += told.category is Category.SAFETY
    truth.stated_record_class += told.is_class_stated
    add(truth.by_record_class, told.record_class.value)
    add(truth.by_category, told.category.value)
    add(truth.by_language, told.language)
    add(truth.by_channel, told.channel)
    add(truth.by_product, told.product)
    add_day(truth.days_by_record_class, day, told.record_class.value)
    add_day(truth.days_by_category, day, told.category.value)
    add_day(truth.days_by_channel, day, told.channel)
    add_day(truth.days_by_language, day, told.language)
