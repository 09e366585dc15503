"""What is really in a simulated run, counted while it is made: tests hold the warehouse against it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pipeline.domain.taxonomy import Category, RecordClass

Counts = dict[str, int]


class Incident(msgspec.Struct, frozen=True):
    """Something that goes wrong for some days: complaints of one category about one product, in [start, end)."""

    category: Category
    product: str
    start: datetime
    end: datetime


class Label(msgspec.Struct, frozen=True):
    """The truth about one feedback event, whether or not its channel stated it."""

    source: str
    id: str
    language: str
    record_class: RecordClass
    category: Category
    safety: bool
    text: str | None


class SurveyTruth(msgspec.Struct):
    """One instrument's accepted invitations and answers."""

    invited: int = 0
    responded: int = 0
    scores: Counts = {}
    """Answers by score; the score is the key, as text."""

    def between(self, low: int, high: int) -> int:
        """Answers from `low` to `high`, both included."""
        return sum(count for score, count in self.scores.items() if low <= int(score) <= high)


class Truth(msgspec.Struct):
    """Counts of one run. `events` = `accepted` + `duplicates` + the sum of `malformed`.

    Everything below `malformed` counts accepted events only, once per identity. Days are the UTC dates of `time`.
    """

    seed: int = 0
    start: datetime | None = None
    days: int = 0
    incident: Incident | None = None
    events: int = 0
    accepted: int = 0
    duplicates: int = 0
    malformed: Counts = {}
    """By the reason a decoder should give."""
    late: int = 0
    """Published a day or more after they happened."""
    by_type: Counts = {}
    surveys: dict[str, SurveyTruth] = {}
    feedback: int = 0
    feedback_with_text: int = 0
    text_characters: int = 0
    by_record_class: Counts = {}
    by_category: Counts = {}
    by_language: Counts = {}
    by_channel: Counts = {}
    by_product: Counts = {}
    safety: int = 0
    stated_record_class: int = 0
    days_by_record_class: dict[str, Counts] = {}
    days_by_category: dict[str, Counts] = {}
    days_by_channel: dict[str, Counts] = {}
    days_by_language: dict[str, Counts] = {}

    @property
    def rejected(self) -> int:
        """Malformed records of any kind."""
        return sum(self.malformed.values())

    @property
    def csat(self) -> tuple[int, int]:
        """Top-two-box answers (4 and 5 of 1–5) and all answers."""
        survey = self.surveys.get("csat", SurveyTruth())
        return survey.between(4, 5), survey.responded

    @property
    def nps(self) -> tuple[int, int, int]:
        """Promoters (9–10), passives (7–8) and detractors (0–6)."""
        survey = self.surveys.get("nps", SurveyTruth())
        return survey.between(9, 10), survey.between(7, 8), survey.between(0, 6)

    def to_json(self) -> bytes:
        """The whole as one JSON document; `msgspec.json.decode(…, type=Truth)` reads it back."""
        return msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=2)


def add(counts: Counts, name: str) -> None:
    """One more of `name`."""
    counts[name] = counts.get(name, 0) + 1


def add_day(days: dict[str, Counts], day: str, name: str) -> None:
    """One more of `name` on `day`."""
    add(days.setdefault(day, {}), name)
