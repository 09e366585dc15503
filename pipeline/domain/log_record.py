"""Reading the log of record back: values of `feedback.events` and headers of `feedback.dead-letters`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, Final, cast, get_type_hints

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Meta, Raw
from numpy.typing import NDArray

from pipeline.domain.errors import FatalError
from pipeline.domain.events.registry import EVENT_TYPES, FEEDBACK_SUBMITTED
from pipeline.domain.identity import derived_case_id_of, event_keys, letter_key_of_record, letter_key_of_row
from pipeline.domain.lake_tables import INSTANT
from pipeline.domain.logs import in_log
from pipeline.domain.taxonomy import RecordClass

_Moment = Annotated[datetime, Meta(tz=True)]


class LogRecord(msgspec.Struct, frozen=True, gc=False):
    """The attributes of one event in the log; `data` is its JSON as the channel sent it."""

    id: str
    source: str
    type: str
    time: str
    recordedtime: str
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
    enrichseverity: int | None = None
    enrichconfidence: str | None = None


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

_SAID: Final = tuple(
    name for name in LogRecord.__struct_fields__ if name not in {"specversion", "data", "datacontenttype"}
)
_SHOWN: Final = _Content.__struct_fields__

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

    event_key: NDArray[np.int64]
    id: Sequence[str]
    source: Sequence[str]
    type: Sequence[str]
    time: pa.Array
    recordedtime: pa.Array
    subject: Sequence[str | None]
    partitionkey: Sequence[str | None]
    correlationid: Sequence[str | None]
    causationid: Sequence[str | None]
    dataschema: Sequence[str | None]
    extensions: Sequence[bytes | None]
    channel: Sequence[str | None]
    case_id: Sequence[str | None]
    product: Sequence[str | None]
    language: Sequence[str | None]
    record_class: Sequence[str | None]
    category: Sequence[str | None]
    sentiment: Sequence[str | None]
    safety: Sequence[bool | None]
    severity: Sequence[int | None]
    confidence: Sequence[str | None]
    model: Sequence[str | None]
    rating: Sequence[float | None]
    rating_scale: Sequence[str | None]
    text: Sequence[str | None]
    data: Sequence[bytes | None]
    inbox_log: Sequence[str]
    inbox_partition: Sequence[int]
    inbox_offset: Sequence[int]

    def __len__(self) -> int:
        return len(self.id)


def read_log(values: Sequence[bytes | None], *, where: str = "feedback.events") -> LogColumns:
    """Columns of these values of `feedback.events`, one row per value.

    Raises `FatalError` naming `where` and the position in `values` when one of them was not written by the intake:
    the log of record is ours alone, so skipping it would lose an event.
    """
    records: list[LogRecord] = []
    contents: list[_Content] = []
    data: list[bytes | None] = []
    extensions: list[bytes | None] = [None] * len(values)
    at = 0
    try:
        for at, value in enumerate(values):
            record: LogRecord
            try:
                record = _known(value or b"")
            except msgspec.ValidationError:
                record, extensions[at] = _read_extended(value or b"")
            records.append(record)
            body = bytes(record.data)
            read = _contents.get(record.type)
            if read is None or not body:
                contents.append(_NOTHING)
                data.append(body or None)
                continue
            content = read(body)
            contents.append(content)
            data.append(body if content.text is None else _without_text(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _not_ours(where, at, error) from None
    said = _by_name(records, _SAID)
    shown = _by_name(contents, _SHOWN)
    record_class = [
        stated or guessed for stated, guessed in zip(shown["record_class"], said["enrichclass"], strict=True)
    ]
    keys = event_keys(said["source"], said["id"])
    return LogColumns(
        event_key=keys,
        id=said["id"],
        source=said["source"],
        type=said["type"],
        time=_instants(said["time"], where),
        recordedtime=_instants(said["recordedtime"], where),
        subject=said["subject"],
        partitionkey=said["partitionkey"],
        correlationid=said["correlationid"],
        causationid=said["causationid"],
        dataschema=said["dataschema"],
        extensions=extensions,
        channel=shown["channel"],
        case_id=_case_ids(shown["case_id"], record_class, said["type"], keys),
        product=shown["product"],
        language=[stated or guessed for stated, guessed in zip(shown["language"], said["enrichlanguage"], strict=True)],
        record_class=record_class,
        category=[stated or guessed for stated, guessed in zip(shown["category"], said["enrichcategory"], strict=True)],
        sentiment=said["enrichsentiment"],
        safety=said["enrichsafety"],
        severity=said["enrichseverity"],
        confidence=said["enrichconfidence"],
        model=said["enrichmodel"],
        rating=shown["rating"],
        rating_scale=shown["rating_scale"],
        text=shown["text"],
        data=data,
        inbox_log=said["inboxlog"],
        inbox_partition=said["inboxpartition"],
        inbox_offset=said["inboxoffset"],
    )


def read_record(value: bytes) -> LogRecord:
    """The attributes of one value of `feedback.events`; raises msgspec's errors on anything else."""
    return _lenient(value)


def _without_text(body: bytes) -> bytes:
    members = _members(body)
    del members["text"]
    return _encode(members)


def _read_extended(value: bytes) -> tuple[LogRecord, bytes | None]:
    """A record, and its attributes that are not ours."""
    record = _lenient(value)
    others = {name: raw for name, raw in _members(value).items() if name not in KNOWN_ATTRIBUTES}
    return record, _encode(others) if others else None


def _by_name(rows: Sequence[msgspec.Struct], names: Sequence[str]) -> dict[str, list[Any]]:
    """Structs as columns of those of their attributes that are named."""
    return {name: list(map(attrgetter(name), rows)) for name in names}


def _case_ids(
    stated: Sequence[str | None], record_class: Sequence[str | None], types: Sequence[str], keys: NDArray[np.int64]
) -> list[str | None]:
    """The case of each row: the stated one, else for feedback that complains the one that follows from its identity."""
    return [
        derived_case_id_of(key) if case is None and kind == _COMPLAINT and name == FEEDBACK_SUBMITTED else case
        for case, kind, name, key in zip(stated, record_class, types, keys.tolist(), strict=True)
    ]


def _instants(texts: Sequence[str], where: str) -> pa.Array:
    """RFC 3339 texts as instants. Arrow reads the usual forms at once; the others are read one by one."""
    try:
        return pa.array(texts, pa.string()).cast(INSTANT)
    except pa.ArrowInvalid:
        moments: list[datetime] = []
        for at, text in enumerate(texts):
            try:
                moments.append(msgspec.convert(text, _Moment))
            except msgspec.ValidationError as error:
                raise _not_ours(where, at, error) from None
        return pa.array(moments, INSTANT)


def _not_ours(where: str, at: int, error: Exception) -> FatalError:
    return FatalError(
        f"{where}: value {at} of the batch is not an event as the intake writes them ({type(error).__name__}). "
        "Nothing else may write to this topic; find what did."
    )


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
