"""Inbox records become events of the log or dead letters: decode, validate, classify, mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import UNSET

from pipeline.domain.careful import Event
from pipeline.domain.decoding import decode_batch
from pipeline.domain.events.feedback import FeedbackSubmitted
from pipeline.domain.events.survey import SurveyResponded
from pipeline.domain.instants import EARLIEST_MS, END_MS, rfc3339
from pipeline.domain.log_record import MARK_PREFIX, LetterMarks, letter_headers
from pipeline.domain.rejection import Reason, Rejection
from pipeline.ports import Classifier, Headers, OutgoingRecords, RecordColumns
from pipeline.services.rejection_limits import RejectionLimits

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What one batch became: `accepted` for the log, `rejected` for the dead letters; together they are `read`."""

    accepted: OutgoingRecords
    rejected: OutgoingRecords
    read: int
    reasons: Counter[Reason] = field(default_factory=Counter)


class Intake:
    """Takes batches of the inbox in. The same records give the same bytes, whenever and however often they are read.

    Memory beyond one batch: the limits' window. Raises `FatalError` when the limits are passed; nothing of that batch
    may then be sent.
    """

    def __init__(
        self,
        classifier: Classifier,
        *,
        rejected_share_limit: float = 1.0,
        consecutive_rejections_limit: int = 1_000_000,
    ) -> None:
        self._classifier = classifier
        self._limits = RejectionLimits(share=rejected_share_limit, consecutive=consecutive_rejections_limit)

    def process(self, records: RecordColumns) -> IntakeResult:
        """Both outcomes of one batch, each in offset order; every record is in exactly one of them."""
        outcomes = decode_batch(records.values, records.headers)
        for at, ms in enumerate(records.timestamps_ms):
            if not EARLIEST_MS <= ms < END_MS:
                outcomes[at] = _UNTIMED
        refused = [isinstance(outcome, Rejection) for outcome in outcomes]
        self._limits.check(records.tp, refused)
        marks = self._enrichment(outcomes)
        accepted, rejected = OutgoingRecords(), OutgoingRecords(headers=[])
        letters: list[Headers] = []
        reasons: Counter[Reason] = Counter()
        moments: dict[int, str] = {}
        head = f'","inboxpartition":{records.partition},"inboxoffset":'
        for at, outcome in enumerate(outcomes):
            ms = records.timestamps_ms[at]
            if isinstance(outcome, Rejection):
                rejected.keys.append(records.keys[at])
                rejected.values.append(records.values[at])
                letters.append(_letter(records, at, outcome))
                reasons[outcome.reason] += 1
                continue
            moment = moments.get(ms)
            if moment is None:
                moment = moments[ms] = rfc3339(ms)
            envelope = outcome.envelope
            time = f',"time":"{moment}"' if envelope.time is UNSET else ""
            tail = f'{time},"recordedtime":"{moment}{head}{records.offsets[at]}{marks.get(at, "")}}}'
            accepted.values.append(outcome.body[:-1] + tail.encode())
            key = records.keys[at]
            if key is None and envelope.partitionkey is not None:
                key = envelope.partitionkey.encode()
            accepted.keys.append(key)
        rejected.headers = letters
        return IntakeResult(accepted, rejected, len(records), reasons)

    def _enrichment(self, outcomes: Sequence[Event | Rejection]) -> dict[int, str]:
        """For each outcome that holds words of a customer: the `enrich…` attributes as JSON members after a comma."""
        rows: list[int] = []
        contents: list[FeedbackSubmitted | SurveyResponded] = []
        for at, outcome in enumerate(outcomes):
            if isinstance(outcome, Event):
                content = outcome.content
                if isinstance(content, FeedbackSubmitted | SurveyResponded) and content.text is not None:
                    rows.append(at)
                    contents.append(content)
        if not rows:
            return {}
        said = self._classifier.classify([c.text for c in contents], [c.language for c in contents])
        model = _encode(said.model).decode()
        marks: dict[int, str] = {}
        for i, (at, content) in enumerate(zip(rows, contents, strict=True)):
            record_class, category = said.record_class[i], said.category[i]
            if isinstance(content, FeedbackSubmitted):
                record_class = content.record_class or record_class
                category = content.category or category
            marks[at] = f',"enrichmodel":{model}' + _members(
                content.language or said.language[i], record_class, category, said.sentiment[i], said.safety[i]
            )
        return marks


_UNTIMED = Rejection(
    Reason.TIME_OUT_OF_RANGE,
    "recordedtime",
    "The record's own timestamp lies outside the years 1900 to 2100; let the broker set it "
    "(`message.timestamp.type=LogAppendTime`).",
)


def _members(
    language: str | None,
    record_class: str | None,
    category: str | None,
    sentiment: str | None,
    safety: bool | None,  # noqa: FBT001 - a column's value
) -> str:
    parts = []
    if language is not None:
        parts.append(f',"enrichlanguage":{_quoted(language)}')
    if record_class is not None:
        parts.append(f',"enrichclass":{_quoted(record_class)}')
    if category is not None:
        parts.append(f',"enrichcategory":{_quoted(category)}')
    if sentiment is not None:
        parts.append(f',"enrichsentiment":{_quoted(sentiment)}')
    if safety is not None:
        parts.append(f',"enrichsafety":{"true" if safety else "false"}')
    return "".join(parts)


def _quoted(word: str) -> str:
    """`word` as JSON; nearly all of them are plain names."""
    return f'"{word}"' if word.isascii() and word.replace("_", "").isalnum() else _encode(word).decode()


def _letter(records: RecordColumns, at: int, rejection: Rejection) -> Headers:
    kept = [header for header in records.headers[at] if not header[0].startswith(MARK_PREFIX)]
    ms = min(max(records.timestamps_ms[at], EARLIEST_MS), END_MS - 1)
    marks = LetterMarks(
        reason=rejection.reason.value,
        sentence=rejection.sentence,
        field=rejection.field,
        recordedtime_ms=ms,
        topic=records.topic,
        partition=records.partition,
        offset=records.offsets[at],
    )
    return [*kept, *letter_headers(marks)]
