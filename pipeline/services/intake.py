"""Inbox records become events of the log or dead letters: decode, validate, classify, mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

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

_Answer = tuple[str | None, str | None, str | None, str | None, bool | None]
_MARKS: Final = ("enrichlanguage", "enrichclass", "enrichcategory", "enrichsentiment", "enrichsafety")
_WORDED: Final = (FeedbackSubmitted, SurveyResponded)
"""Data that may hold words of a customer."""

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
        inbox_log: str = "",
        rejected_share_limit: float = 1.0,
        consecutive_rejections_limit: int = 1_000_000,
    ) -> None:
        """`inbox_log` is the id of the log that is read, because offsets mean nothing without it."""
        self._classifier = classifier
        self._inbox_log = inbox_log
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
        head = f'","inboxlog":"{self._inbox_log}","inboxpartition":{records.partition},"inboxoffset":'
        for at, outcome in enumerate(outcomes):
            ms = records.timestamps_ms[at]
            if isinstance(outcome, Rejection):
                rejected.keys.append(records.keys[at])
                rejected.values.append(records.values[at])
                letters.append(_letter(records, at, outcome, self._inbox_log))
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
                if isinstance(content, _WORDED) and content.text is not None:
                    rows.append(at)
                    contents.append(content)
        if not rows:
            return {}
        said = self._classifier.classify([c.text for c in contents], [c.language for c in contents])
        head = f',"enrichmodel":{_encode(said.model).decode()}'
        marks: dict[int, str] = {}
        written: dict[_Answer, str] = {}
        answers = zip(said.language, said.record_class, said.category, said.sentiment, said.safety, strict=True)
        for at, content, answer in zip(rows, contents, answers, strict=True):
            final = _preferred(content, answer)
            mark = written.get(final)
            if mark is None:
                mark = written[final] = head + _members(final)
            marks[at] = mark
        return marks


_UNTIMED = Rejection(
    Reason.TIME_OUT_OF_RANGE,
    "recordedtime",
    "The record's own timestamp lies outside the years 1900 to 2100; let the broker set it "
    "(`message.timestamp.type=LogAppendTime`).",
)


def _preferred(content: FeedbackSubmitted | SurveyResponded, answer: _Answer) -> _Answer:
    """The classifier's answer, with what the channel stated in place of what was guessed."""
    language, record_class, category, sentiment, safety = answer
    if isinstance(content, FeedbackSubmitted):
        record_class, category = content.record_class or record_class, content.category or category
    return content.language or language, record_class, category, sentiment, safety


def _members(answer: _Answer) -> str:
    """An answer as JSON members, each after a comma; what is not known is left out."""
    said = zip(_MARKS, answer, strict=True)
    return "".join(f',"{name}":{_encode(value).decode()}' for name, value in said if value is not None)


def _letter(records: RecordColumns, at: int, rejection: Rejection, inbox_log: str) -> Headers:
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
        log=inbox_log,
    )
    return [*kept, *letter_headers(marks)]
