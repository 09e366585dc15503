"""One person's contact with the company as a thread of records: a message or an invitation, and all that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from pipeline.domain.events.complaint import Closed
from pipeline.domain.events.feedback import FeedbackSubmitted
from pipeline.domain.identity import derived_case_id
from pipeline.domain.taxonomy import Category, RecordClass
from pipeline.simulator.cases import CaseBook, CaseLife, CaseSeed, OutcomeName
from pipeline.simulator.chance import DAY_US, HOUR_US, MINUTE_US, Chance, between, deck, pick, spread
from pipeline.simulator.company import (
    CATEGORIES_OF,
    CHANNELS,
    CLASSES,
    INCIDENT_CATEGORY,
    INCIDENT_LIFT_PERCENT,
    INCIDENT_PRODUCT,
    PARCEL_HOME,
    PRODUCTS_OF,
    REMEDIES,
)
from pipeline.simulator.people import Person
from pipeline.simulator.records import Answered, Event, Note, Record, Told, encoded
from pipeline.simulator.seasons import day_name, micros
from pipeline.simulator.spoil import spoilt
from pipeline.simulator.surveys import COMMENT_SHARE, Asked, Surveyor
from pipeline.simulator.texts import Author, Topic
from pipeline.simulator.truth import Incident

SURVEY_SHARE: Final = 0.12
"""Of all threads, those that begin with an invitation instead of a message."""
MALFORMED_SHARE: Final = 0.007
DUPLICATE_SHARE: Final = 0.015

SETTLED_SHARE: Final = 0.94
"""Of complaints without a case, those that are settled by whoever reads them."""
_SETTLE_MINUTES: Final = (3, 20, 60, 180, 480, 1200, 2600, 5000)
_SETTLED_AS: Final[tuple[OutcomeName, ...]] = deck({"upheld": 2, "partly_upheld": 1, "rejected": 1})
_CASE_SHARE: Final = {"email": 0.75, "web": 0.75, "phone": 0.8, "chat": 0.5, "app": 0.35, "social": 0.0}
_RATED: Final = {"app": 0.8, "social": 0.1, "web": 0.15}
_RATINGS: Final = {
    RecordClass.COMPLAINT: (1, 1, 1, 2, 2, 3),
    RecordClass.INQUIRY: (3, 4, 4, 5),
    RecordClass.SUGGESTION: (3, 4, 4, 5),
    RecordClass.COMPLIMENT: (4, 5, 5, 5, 5),
    RecordClass.OPINION: (2, 3, 3, 3, 4),
}
_RESEND_SECONDS: Final = (1, 2, 5, 30, 300, 3600, 40_000, 200_000)
_PATH_MINUTES: Final = (0, 0, 0, 0, 1, 1, 2, 3)
_DISORDER: Final = deck({"prompt": 940, "delayed": 40, "late": 20})


@dataclass(frozen=True, slots=True)
class Contact:
    """How a thread begins."""

    at_us: int
    person: Person
    channel: str
    record_class: RecordClass
    category: Category
    product: str
    is_incident: bool


class Company:
    """Draws threads. What happens and what is written come from separate streams: new phrases leave counts alone."""

    def __init__(
        self, happens: Chance, author: Author, tag: str, population: int, incident: Incident, desk: Chance
    ) -> None:
        """`desk` draws how complaints without a case are settled, so that doing so moves nothing else."""
        self._happens = happens
        self._desk = desk
        self._tag, self._population = tag, population
        self._incident_us = (micros(incident.start), micros(incident.end))
        self._author = author
        self._cases = CaseBook(self._happens)
        self._surveys = Surveyor(self._happens)
        self._numbers = 0
        self._last_case: str | None = None
        self.asked: dict[tuple[str, str], tuple[int, int]] = {}
        """People asked, and those who answered, by survey and wave."""

    def thread(self, at_us: int, end_us: int) -> list[Record]:
        """Records of one contact that begins at `at_us`, those published before `end_us`, in no particular order."""
        chance = self._happens
        is_asked = chance() < SURVEY_SHARE
        records = self._out_of_the_blue(at_us) if is_asked else self._spoken(self._contact(at_us))
        repeated = [
            self._again(record) for record in records if isinstance(record.note, Note) and chance() < DUPLICATE_SHARE
        ]
        settled = [each for record in records if (each := self._settled_at_once(record)) is not None]
        return [record for record in (*records, *repeated, *settled) if record.publish_us < end_us]

    def single(self, at_us: int) -> Record:
        """One message that nothing follows, published at once."""
        person = Person(int(self._happens() * self._population))
        contact = Contact(
            at_us, person, "email", RecordClass.INQUIRY, Category.DELIVERY, PARCEL_HOME, is_incident=False
        )
        return self._message(contact, None)._replace(publish_us=at_us)

    def _contact(self, at_us: int) -> Contact:
        chance = self._happens
        person = Person(int(chance() * chance() * self._population))
        channel = pick(chance, CHANNELS)
        if self._is_troubled(at_us) and chance() * (100 + INCIDENT_LIFT_PERCENT) < INCIDENT_LIFT_PERCENT:
            return Contact(
                at_us, person, channel, RecordClass.COMPLAINT, INCIDENT_CATEGORY, INCIDENT_PRODUCT, is_incident=True
            )
        record_class = pick(chance, CLASSES)
        category = pick(chance, CATEGORIES_OF[record_class])
        product = pick(chance, PRODUCTS_OF[category])
        return Contact(at_us, person, channel, record_class, category, product, is_incident=False)

    def _spoken(self, contact: Contact) -> list[Record]:
        chance = self._happens
        has_case = contact.record_class is RecordClass.COMPLAINT and chance() < _CASE_SHARE[contact.channel]
        case_id = self._new_case() if has_case else None
        first = self._message(contact, case_id)
        if chance() < MALFORMED_SHARE:
            reason, value = spoilt(chance, self._message(contact, None, is_worded=True).value)
            return [first, first._replace(number=self._next(), value=value, note=reason.value)]
        if case_id is None:
            return [first]
        seed = CaseSeed(
            case_id=case_id,
            at_us=contact.at_us,
            channel=contact.channel,
            product=contact.product,
            safety=contact.category is Category.SAFETY,
            busy=contact.is_incident,
            earlier_case=self._last_case,
        )
        self._last_case = case_id
        life = self._cases.life(seed)
        cause = first.note.id if isinstance(first.note, Note) else None
        return [first, *self._steps(contact.person, case_id, life, cause), *self._after_case(contact, case_id, life)]

    def _settled_at_once(self, message: Record) -> Record | None:
        """The closing of a complaint that nobody opened a case for: most are settled by whoever reads them."""
        note = message.note
        if not isinstance(note, Note) or not isinstance(note.detail, Told) or message.key.startswith(b"C-"):
            return None
        told = note.detail
        if told.record_class is not RecordClass.COMPLAINT or self._desk() >= SETTLED_SHARE:
            return None
        at_us = note.time_us + spread(self._desk, _SETTLE_MINUTES) * MINUTE_US
        at_us -= at_us % 1_000_000
        case_id, subject = derived_case_id(note.source, note.id), message.key.decode()
        outcome = pick(self._desk, _SETTLED_AS)
        event = Event(
            id=f"{note.id}-settled",
            source="crm/desk",
            type="vidhuk.complaint.closed.v1",
            time=_stamp(at_us, is_zoned=False),
            subject=subject,
            partitionkey=subject,
            data=Closed(case_id=case_id, channel=told.channel, product=told.product, outcome=outcome),
            correlationid=case_id,
            causationid=note.id,
        )
        # whoever settles a message has read it, so it has arrived
        publish_us = max(at_us, message.publish_us) + 1_000_000
        return Record(
            publish_us, message.number, message.key, encoded(event), Note(event.type, event.source, event.id, at_us)
        )

    def _message(self, contact: Contact, case_id: str | None, *, is_worded: bool = False) -> Record:
        chance, channel, record_class = self._happens, contact.channel, contact.record_class
        rating = float(pick(chance, _RATINGS[record_class])) if chance() < _RATED.get(channel, 0.0) else None
        is_silent = rating is not None and record_class is RecordClass.OPINION and chance() < 0.4
        language = contact.person.language
        topic = Topic(language, record_class, contact.category, contact.product, channel, contact.is_incident)
        text = None if is_silent and not is_worded else self._author.feedback(topic)
        is_stated = (channel == "phone" and chance() < 0.7) or (channel == "web" and chance() < 0.25)
        is_sorted = is_stated and channel == "phone"
        # whoever opens a case says what it is: a complaint is not told by its words alone
        is_stated = is_stated or case_id is not None
        is_known = channel in {"email", "web", "phone"} and chance() < 0.8
        wants = record_class is RecordClass.COMPLAINT and channel in {"web", "phone"} and chance() < 0.5
        data = FeedbackSubmitted(
            channel=channel,
            text=text,
            rating=rating,
            rating_scale="1-5" if rating is not None else None,
            case_id=case_id,
            product=contact.product,
            record_class=record_class if is_stated else None,
            category=contact.category.value if is_sorted else None,
            remedy_sought=pick(chance, REMEDIES) if wants else None,
            customer=contact.person.contact() if is_known else None,
            language=language if channel in {"web", "app"} and chance() < 0.5 else None,
            attributes={"region": contact.person.region},
        )
        told = Told(language, record_class, contact.category, channel, contact.product, is_stated, text)
        return self._record(
            f"channel/{channel}", "feedback.submitted", contact.at_us, contact.person, case_id, data, told
        )

    def _steps(self, person: Person, case_id: str, life: CaseLife, cause: str | None) -> list[Record]:
        records: list[Record] = []
        for step in life.steps:
            record = self._record(
                "crm/cases", f"complaint.{step.verb}", step.at_us, person, case_id, step.data, cause=cause
            )
            records.append(record)
            cause = record.note.id if isinstance(record.note, Note) else None
        return records

    def _after_case(self, contact: Contact, case_id: str, life: CaseLife) -> list[Record]:
        if life.closed_at_us is None:
            return []
        at_us = life.closed_at_us
        asked = self._surveys.complainant(at_us, self._invitation(), contact.product, _wave(at_us), case_id, life.mood)
        return [] if asked is None else self._survey(asked, contact.person, case_id)

    def _out_of_the_blue(self, at_us: int) -> list[Record]:
        contact = self._contact(at_us)
        troubled = contact.is_incident or (self._is_troubled(at_us) and contact.product == INCIDENT_PRODUCT)
        invitation = self._invitation()
        asked = self._surveys.customer(at_us, invitation, contact.product, _wave(at_us), troubled=troubled)
        return self._survey(asked, contact.person, None)

    def _survey(self, asked: Asked, person: Person, case_id: str | None) -> list[Record]:
        name = asked.invited.instrument
        wave = asked.invited.survey_id, asked.invited.wave or ""
        people, answers = self.asked.get(wave, (0, 0))
        self.asked[wave] = people + 1, answers + (asked.answer is not None)
        source = f"survey/{asked.invited.survey_id}"
        none = Answered(name, None)
        records = [self._record(source, "survey.invited", asked.at_us, person, case_id, asked.invited, none)]
        if asked.answer is None or asked.answered_at_us is None:
            return records
        answer, score = asked.answer, Answered(name, int(asked.answer.score))
        if self._happens() < COMMENT_SHARE:
            text = self._comment(asked, person)
            answer = msgspec.structs.replace(answer, text=text, language=person.language)
        records.append(self._record(source, "survey.responded", asked.answered_at_us, person, case_id, answer, score))
        return records

    def _comment(self, asked: Asked, person: Person) -> str:
        record_class = (
            RecordClass.COMPLAINT
            if asked.mood < 2
            else RecordClass.OPINION
            if asked.mood == 2
            else RecordClass.COMPLIMENT
        )
        category = pick(self._happens, (Category.DELIVERY, Category.STAFF, Category.PRODUCT_QUALITY))
        return self._author.comment(
            Topic(person.language, record_class, category, asked.invited.product or INCIDENT_PRODUCT, "app")
        )

    def _record(
        self,
        source: str,
        kind: str,
        at_us: int,
        person: Person,
        case_id: str | None,
        data: msgspec.Struct,
        detail: Told | Answered | None = None,
        *,
        cause: str | None = None,
    ) -> Record:
        number = self._next()
        at_us -= at_us % 1000 if source == "channel/app" else at_us % 1_000_000
        event = Event(
            id=f"{self._tag}-{number:x}",
            source=source,
            type=f"vidhuk.{kind}.v1",
            time=_stamp(at_us, is_zoned=source == "channel/phone"),
            subject=person.subject,
            partitionkey=case_id or person.subject,
            data=data,
            correlationid=case_id,
            causationid=cause,
        )
        note = Note(event.type, source, event.id, at_us, detail)
        return Record(at_us + self._underway_us(), number, event.partitionkey.encode(), encoded(event), note)

    def _underway_us(self) -> int:
        """How long after it happened an event is published: soon, hours later, or days later."""
        chance = self._happens
        kind = pick(chance, _DISORDER)
        seconds = between(chance, 1, 60) * 1_000_000
        if kind == "prompt":
            return spread(chance, _PATH_MINUTES) * MINUTE_US + seconds
        if kind == "delayed":
            return between(chance, 1, 20) * HOUR_US + seconds
        return between(chance, 1, 9) * DAY_US + seconds

    def _again(self, record: Record) -> Record:
        """The same bytes under the same key, sent once more."""
        later = spread(self._happens, _RESEND_SECONDS) * 1_000_000 + 1
        return record._replace(publish_us=record.publish_us + later, number=self._next(), note=None)

    def _is_troubled(self, at_us: int) -> bool:
        begins, ends = self._incident_us
        return begins <= at_us < ends

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers

    def _new_case(self) -> str:
        return f"C-{self._tag}-{self._next()}"

    def _invitation(self) -> str:
        return f"I-{self._tag}-{self._next()}"


def _stamp(at_us: int, *, is_zoned: bool) -> str:
    """RFC 3339; the phone system writes the same instant with Kyiv's winter offset."""
    seconds, micro = divmod(at_us, 1_000_000)
    days, seconds = divmod(seconds + (7200 if is_zoned else 0), 86_400)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    fraction = f".{micro // 1000:03d}" if micro else ""
    return f"{day_name(days)}T{hour:02d}:{minute:02d}:{second:02d}{fraction}{'+02:00' if is_zoned else 'Z'}"


def _wave(at_us: int) -> str:
    return day_name(at_us // DAY_US)[:7]
