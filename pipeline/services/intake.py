"""Inbox records become events of the log or dead letters: decode, validate, classify, mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, cast

import msgspec
from msgspec import UNSET

from pipeline.domain.careful import Event
from pipeline.domain.decoding import decode_batch
from pipeline.domain.envelope import Attributes
from pipeline.domain.events.feedback import FeedbackSubmitted
from pipeline.domain.events.survey import SurveyResponded
from pipeline.domain.instants import EARLIEST_MS, END_MS, rfc3339
from pipeline.domain.log_record import MARK_PREFIX, LetterMarks, letter_headers
from pipeline.domain.rejection import Reason, Rejection
from pipeline.ports import Classifier, Headers, OutgoingRecords, RecordColumns
from pipeline.services.rejection_limits import RejectionLimits

_Answer = tuple[str | None, str | None, str | None, str | None, bool | None, int | None]
_MARKS: Final = (
    "enrichlanguage",
    "enrichclass",
    "enrichcategory",
    "enrichsentiment",
    "enrichsafety",
    "enrichseverity",
)
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
        classifier: Classifier | None,
        *,
        inbox_log: str = "",
        rejected_share_limit: float = 1.0,
        consecutive_rejections_limit: int = 1_000_000,
    ) -> None:
        """`inbox_log` is the id of the log that is read, because offsets mean nothing without it.

        Without a classifier, of texts is known what their channel states.
        """
        self._classifier = classifier
        self._inbox_log = inbox_log
        self._limits = RejectionLimits(share=rejected_share_limit, consecutive=consecutive_rejections_limit)

    def process(self, records: RecordColumns) -> IntakeResult:
        """Both outcomes of one batch, each in offset order; every record is in exactly one of them."""
        outcomes = decode_batch(records.values, records.headers)
        _refuse_untimed(outcomes, records.timestamps_ms)
        refused = [type(outcome) is Rejection for outcome in outcomes]
        self._limits.check(records.tp, refused)
        accepted, rejected = OutgoingRecords(), OutgoingRecords(headers=[])
        letters: list[Headers] = []
        reasons: Counter[Reason] = Counter()
        moments = _Moments(f',"inboxlog":"{self._inbox_log}","inboxpartition":{records.partition},"inboxoffset":')
        closings = self._closings(outcomes)
        add_key, add_value = accepted.keys.append, accepted.values.append
        places = zip(outcomes, records.timestamps_ms, records.offsets, records.keys, closings, strict=True)
        for at, (outcome, ms, offset, key, closing) in enumerate(places):
            if isinstance(outcome, Rejection):
                rejected.keys.append(key)
                rejected.values.append(records.values[at])
                letters.append(_letter(records, at, outcome, self._inbox_log))
                reasons[outcome.reason] += 1
                continue
            envelope = outcome.envelope
            timed, untimed = moments[ms]
            mark = f"{untimed if envelope.time is UNSET else timed}{offset}{closing}"
            add_value(outcome.body[:-1] + mark.encode())
            add_key(_key_of(envelope) if key is None else key)
        rejected.headers = letters
        return IntakeResult(accepted, rejected, len(records), reasons)

    def _closings(self, outcomes: Sequence[Event | Rejection]) -> list[str]:
        """How the JSON of each outcome ends: the brace, after the `enrich…` members if it holds a customer's words."""
        closings = ["}"] * len(outcomes)
        if self._classifier is None:
            return closings
        rows: list[int] = []
        contents: list[FeedbackSubmitted | SurveyResponded] = []
        for at, outcome in enumerate(outcomes):
            if isinstance(outcome, Event) and _is_worded(type(outcome.content)):
                content = cast("FeedbackSubmitted | SurveyResponded", outcome.content)
                if content.text is not None:
                    rows.append(at)
                    contents.append(content)
        if not rows:
            return closings
        said = self._classifier.classify([c.text for c in contents], [c.language for c in contents])
        head = f',"enrichmodel":{_encode(said.model).decode()}'
        written: dict[_Answer, str] = {}
        nothing = [None] * len(rows)
        answers = zip(
            said.language,
            said.record_class,
            said.category,
            said.sentiment,
            said.safety,
            said.severity or nothing,
            strict=True,
        )
        sure = said.confidence or nothing
        for at, content, answer, confidence in zip(rows, contents, answers, sure, strict=True):
            final = _preferred(content, answer)
            members = written.get(final)
            if members is None:
                members = written[final] = f"{head}{_members(final)}"
            closings[at] = f"{members}}}" if confidence is None else f'{members},"enrichconfidence":"{confidence}"}}'
        return closings


class _Moments(dict[int, tuple[str, str]]):
    """By a record's milliseconds, what the log says of it up to its offset: for events with a time, and without."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place

    def __missing__(self, ms: int) -> tuple[str, str]:
        moment = rfc3339(ms)
        timed = f',"recordedtime":"{moment}"{self._place}'
        texts = self[ms] = timed, f',"time":"{moment}"{timed}'
        return texts


def _key_of(envelope: Attributes) -> bytes | None:
    """The key of an event whose record has none."""
    return None if envelope.partitionkey is None else envelope.partitionkey.encode()


@cache
def _is_worded(kind: type) -> bool:
    """Whether data of this kind may hold words of a customer."""
    return issubclass(kind, FeedbackSubmitted | SurveyResponded)


def _refuse_untimed(outcomes: list[Event | Rejection], timestamps_ms: Sequence[int]) -> None:
    """Replace the outcome of records whose own timestamp no calendar of ours has."""
    if timestamps_ms and not (min(timestamps_ms) >= EARLIEST_MS and max(timestamps_ms) < END_MS):
        for at, ms in enumerate(timestamps_ms):
            if not EARLIEST_MS <= ms < END_MS:
                outcomes[at] = _UNTIMED


_UNTIMED = Rejection(
    Reason.TIME_OUT_OF_RANGE,
    "recordedtime",
    "The record's own timestamp lies outside the years 1900 to 2100; let the broker set it "
    "(`message.timestamp.type=LogAppendTime`).",
)


def _preferred(content: FeedbackSubmitted | SurveyResponded, answer: _Answer) -> _Answer:
    """The classifier's answer, with what the channel stated in place of what was guessed."""
    language, record_class, category, sentiment, safety, severity = answer
    if isinstance(content, FeedbackSubmitted):
        record_class, category = content.record_class or record_class, content.category or category
    return content.language or language, record_class, category, sentiment, safety, severity


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
