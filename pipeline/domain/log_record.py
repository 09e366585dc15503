"""Reading the log of record back: values of `feedback.events` and headers of `feedback.dead-letters`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final, cast, get_type_hints

import msgspec
from msgspec import Meta, Raw

from pipeline.domain.errors import FatalError
from pipeline.domain.events.registry import EVENT_TYPES, FEEDBACK_SUBMITTED
from pipeline.domain.identity import derived_case_id, letter_key_of_record, letter_key_of_row
from pipeline.domain.logs import in_log
from pipeline.domain.taxonomy import RecordClass

_Moment = Annotated[datetime, Meta(tz=True)]


class LogRecord(msgspec.Struct, frozen=True, gc=False):
    """The attributes of one event in the log; `data` is its JSON as the channel sent it."""

    id: str
    source: str
    type: str
    time: _Moment
    recordedtime: _Moment
    inboxpartition: int
    inboxoffset: int
    inboxlog: str = ""
    specversion: str = "1.0"
    data: Raw = Raw(b"")
    datacontenttype: str | None = None
    dataschema: str | None = None
    subject: str | None = None
    partitionkey: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    enrichmodel: str | None = None
    enrichlanguage: str | None = None
    enrichclass: str | None = None
    enrichcategory: str | None = None
    enrichsentiment: str | None = None
    enrichsafety: bool | None = None


class _Known(LogRecord, frozen=True, gc=False, forbid_unknown_fields=True):
    """The same, refusing attributes it does not know: the common and quickest case."""


class _Content(msgspec.Struct, frozen=True, gc=False):
    """What the lake shows of `data` in columns of its own; fields that a type lacks are None."""

    channel: str | None = None
    case_id: str | None = None
    product: str | None = None
    language: str | None = None
    record_class: str | None = None
    category: str | None = None
    rating: float | None = None
    rating_scale: str | None = None
    text: str | None = None


KNOWN_ATTRIBUTES: Final = frozenset(LogRecord.__struct_fields__)
_COMPLAINT: Final = RecordClass.COMPLAINT.value
_NOTHING: Final = _Content()

_known = msgspec.json.Decoder(_Known).decode
_lenient = msgspec.json.Decoder(LogRecord).decode
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.Encoder().encode


def _content_reader(struct: type[msgspec.Struct]) -> Callable[[bytes], _Content]:
    """A reader of data of one type that sees only the fields its contract has.

    Anything else in the data is a channel's own and may be of any kind, even under a name that another type uses;
    for the reader those fields are None.
    """
    kinds = get_type_hints(_Content)
    fields = [(name, kinds[name], None) for name in kinds if name in struct.__struct_fields__]
    absent = {name: None for name in kinds if name not in struct.__struct_fields__}
    lean = msgspec.defstruct(struct.__name__, fields, namespace=absent, frozen=True, gc=False)
    # it has every attribute of `_Content`, some of them on the class
    return cast("Callable[[bytes], _Content]", msgspec.json.Decoder(lean).decode)


_contents: Final = {name: _content_reader(struct) for name, struct in EVENT_TYPES.items()}


@dataclass(slots=True)
class LogColumns:
    """Events of the log as columns of equal length, in the order given; names are the lake's.

    Statements of the channel have been preferred to the classifier's, and a complaint without a case has its
    derived one. `data` is the JSON without `text`; `extensions` a JSON object of attributes that are not ours.
    """

    id: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    type: list[str] = field(default_factory=list)
    time: list[datetime] = field(default_factory=list)
    recordedtime: list[datetime] = field(default_factory=list)
    subject: list[str | None] = field(default_factory=list)
    partitionkey: list[str | None] = field(default_factory=list)
    correlationid: list[str | None] = field(default_factory=list)
    causationid: list[str | None] = field(default_factory=list)
    dataschema: list[str | None] = field(default_factory=list)
    extensions: list[bytes | None] = field(default_factory=list)
    channel: list[str | None] = field(default_factory=list)
    case_id: list[str | None] = field(default_factory=list)
    product: list[str | None] = field(default_factory=list)
    language: list[str | None] = field(default_factory=list)
    record_class: list[str | None] = field(default_factory=list)
    category: list[str | None] = field(default_factory=list)
    sentiment: list[str | None] = field(default_factory=list)
    safety: list[bool | None] = field(default_factory=list)
    model: list[str | None] = field(default_factory=list)
    rating: list[float | None] = field(default_factory=list)
    rating_scale: list[str | None] = field(default_factory=list)
    text: list[str | None] = field(default_factory=list)
    data: list[bytes | None] = field(default_factory=list)
    inbox_log: list[str] = field(default_factory=list)
    inbox_partition: list[int] = field(default_factory=list)
    inbox_offset: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.id)


def read_log(values: Sequence[bytes | None], *, where: str = "feedback.events") -> LogColumns:
    """Columns of these values of `feedback.events`, one row per value.

    Raises `FatalError` naming `where` and the position in `values` when one of them was not written by the intake:
    the log of record is ours alone, so skipping it would lose an event.
    """
    records: list[LogRecord] = []
    extensions: list[bytes | None] = []
    contents: list[_Content] = []
    stripped: list[bytes | None] = []
    for at, value in enumerate(values):
        try:
            record, others = _read_record(value if value is not None else b"")
            content, rest = _read_data(record)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise FatalError(
                f"{where}: value {at} of the batch is not an event as the intake writes them "
                f"({type(error).__name__}). Nothing else may write to this topic; find what did."
            ) from None
        records.append(record)
        extensions.append(others)
        contents.append(content)
        stripped.append(rest)
    return _columns(records, extensions, contents, stripped)


def read_record(value: bytes) -> LogRecord:
    """The attributes of one value of `feedback.events`; raises msgspec's errors on anything else."""
    return _read_record(value)[0]


def _read_record(value: bytes) -> tuple[LogRecord, bytes | None]:
    try:
        return _known(value), None
    except msgspec.ValidationError:
        record = _lenient(value)
    others = {name: raw for name, raw in _members(value).items() if name not in KNOWN_ATTRIBUTES}
    return record, _encode(others) if others else None


def _read_data(record: LogRecord) -> tuple[_Content, bytes | None]:
    body = bytes(record.data)
    read = _contents.get(record.type)
    if not body or read is None:
        return _NOTHING, body or None
    content = read(body)
    if content.text is None:
        return content, body
    members = _members(body)
    del members["text"]
    return content, _encode(members)


def _columns(
    records: list[LogRecord], extensions: list[bytes | None], contents: list[_Content], data: list[bytes | None]
) -> LogColumns:
    both = list(zip(records, contents, strict=True))
    record_class = [c.record_class or r.enrichclass for r, c in both]
    return LogColumns(
        id=[r.id for r in records],
        source=[r.source for r in records],
        type=[r.type for r in records],
        time=[r.time for r in records],
        recordedtime=[r.recordedtime for r in records],
        subject=[r.subject for r in records],
        partitionkey=[r.partitionkey for r in records],
        correlationid=[r.correlationid for r in records],
        causationid=[r.causationid for r in records],
        dataschema=[r.dataschema for r in records],
        extensions=extensions,
        channel=[c.channel for c in contents],
        case_id=[_case_id(r, c, kind) for (r, c), kind in zip(both, record_class, strict=True)],
        product=[c.product for c in contents],
        language=[c.language or r.enrichlanguage for r, c in both],
        record_class=record_class,
        category=[c.category or r.enrichcategory for r, c in both],
        sentiment=[r.enrichsentiment for r in records],
        safety=[r.enrichsafety for r in records],
        model=[r.enrichmodel for r in records],
        rating=[c.rating for c in contents],
        rating_scale=[c.rating_scale for c in contents],
        text=[c.text for c in contents],
        data=data,
        inbox_log=[r.inboxlog for r in records],
        inbox_partition=[r.inboxpartition for r in records],
        inbox_offset=[r.inboxoffset for r in records],
    )


def _case_id(record: LogRecord, content: _Content, record_class: str | None) -> str | None:
    if content.case_id is not None or record_class != _COMPLAINT or record.type != FEEDBACK_SUBMITTED:
        return content.case_id
    return derived_case_id(record.source, record.id)


@dataclass(frozen=True, slots=True)
class LetterMarks:
    """What the headers of a dead letter say.

    It is from the inbox (`topic`, `partition`, `offset`, and which `log` they are in) or from a file (`file`, `line`).
    """

    reason: str
    sentence: str
    field: str | None
    recordedtime_ms: int
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    file: str | None = None
    line: int | None = None
    log: str = ""

    def letter_key(self, original: bytes | None) -> int:
        """Identity of the letter: its place in the inbox and which log of it, or its file, line and bytes."""
        if self.topic is not None and self.partition is not None and self.offset is not None:
            return letter_key_of_record(in_log(self.topic, self.log), self.partition, self.offset)
        return letter_key_of_row(self.file or "", self.line or 0, original or b"")


MARK_PREFIX: Final = "vidhuk_"
"""Headers that begin so are ours; a channel's are dropped."""


def letter_headers(marks: LetterMarks) -> list[tuple[str, bytes]]:
    """The headers of a dead letter that say these marks; those without a value are left out."""
    said = (
        ("reason", marks.reason),
        ("sentence", marks.sentence),
        ("field", marks.field),
        ("recordedtime", marks.recordedtime_ms),
        ("topic", marks.topic),
        ("partition", marks.partition),
        ("offset", marks.offset),
        ("file", marks.file),
        ("line", marks.line),
        ("log", marks.log if marks.topic is not None else None),
    )
    return [(MARK_PREFIX + name, str(value).encode()) for name, value in said if value is not None]


def read_letter(headers: Sequence[tuple[str, bytes | None]]) -> LetterMarks:
    """The marks in a dead letter's headers.

    Raises `FatalError` when they are not there or not readable: only intake and publisher write dead letters.
    """
    said = {name.removeprefix(MARK_PREFIX): value for name, value in headers if name.startswith(MARK_PREFIX)}
    try:
        text = {name: value.decode("utf-8") for name, value in said.items() if value is not None}
        return LetterMarks(
            reason=text["reason"],
            sentence=text["sentence"],
            field=text.get("field"),
            recordedtime_ms=int(text["recordedtime"]),
            topic=text.get("topic"),
            partition=_whole(text.get("partition")),
            offset=_whole(text.get("offset")),
            file=text.get("file"),
            line=_whole(text.get("line")),
            log=text.get("log", ""),
        )
    except (KeyError, ValueError) as error:
        raise FatalError(
            "A dead letter has no readable `vidhuk_*` headers, so it was not written by Vidhuk. Nothing else may "
            "write to that topic; find what did."
        ) from error


def _whole(text: str | None) -> int | None:
    return None if text is None else int(text)
