"""What `feedback.alerts` holds: CloudEvents whose id follows from what they are about.

Sending an alert again is the same alert: the same id, hence the same record key. Whoever reads the topic keeps one for
each id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from xxhash import xxh3_128_hexdigest

from pipeline.domain.envelope import SPECVERSION
from pipeline.domain.instants import microseconds
from pipeline.domain.privacy import Privacy, private

SOURCE: Final = "vidhuk/ledger"
CLOCK_BREACHED: Final = "vidhuk.alert.clock-breached.v1"
WAREHOUSE: Final = "vidhuk/warehouse"
CHART_SIGNAL: Final = "vidhuk.alert.chart-signal.v1"
TOPIC_EMERGED: Final = "vidhuk.alert.topic-emerged.v1"

_Case = Annotated[str, private(Privacy.QUASI_IDENTIFIER, min_length=1)]
_Word = Annotated[str, private(Privacy.PLAIN)]
_Moment = Annotated[datetime, private(Privacy.PLAIN, tz=True)]
_Count = Annotated[int, private(Privacy.PLAIN, ge=0)]
_Number = Annotated[float, private(Privacy.PLAIN)]
_Day = Annotated[date, private(Privacy.PLAIN)]
_Phrase = Annotated[str, private(Privacy.QUASI_IDENTIFIER)]
_Phrases = Annotated[list[str], private(Privacy.QUASI_IDENTIFIER)]
_Texts = Annotated[list[str], private(Privacy.FREE_TEXT)]


class BreachedClock(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A clock of a case ran out: its time was used up at `due_at` and it was still running.

    `priority` and `product` are the case's as known when the breach was noticed.
    """

    case_id: _Case
    clock: _Word
    """`acknowledge`, `first_response`, `decision`, `close`, or a name of the policy's own."""
    cycle: _Count
    """0 for the clock's first run, one more for each reopening that started it again."""
    policy: _Word
    policy_version: _Count
    due_at: _Moment
    priority: _Word | None = None
    product: _Word | None = None


class ChartSignal(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A point of a control chart that is not ordinary: outside limits that were frozen on a baseline before.

    The point covers the UTC days [`period_start`, `period_end`) and the baseline [`baseline_from`, `baseline_to`).
    """

    chart: _Word
    """`complaints_by_category`, `complaint_share`."""
    grain: _Word
    segment: _Word
    """A category, or `all`."""
    period_start: _Day
    period_end: _Day
    rule: _Word
    side: _Word
    """`above` or `below` the centre."""
    numerator: _Count
    denominator: _Number
    unit: _Word
    """What the denominator counts."""
    value: _Number
    centre: _Number
    lcl: _Number
    ucl: _Number
    sigma_z: _Number
    baseline_from: _Day
    baseline_to: _Day
    definition_version: _Count


class EmergedTopic(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Texts of one language said something more often in a period than in those before it.

    The period covers the UTC days [`period_start`, `period_end`); figures are those of the phrase that names the topic.
    """

    grain: _Word
    """`day` or `week`."""
    period_start: _Day
    period_end: _Day
    language: _Word
    topic: _Phrase
    phrases: _Phrases
    """All phrases that say it, `topic` among them."""
    numerator: _Count
    """Texts that hold the phrase …"""
    denominator: _Count
    """… among those of the period and language."""
    value: _Number
    centre: _Number
    """The share in the periods before."""
    ucl: _Number
    score: _Number
    """-log10 of the probability of so many by chance."""
    q_value: _Number
    definition_version: _Count
    examples: _Texts = []
    """Texts that hold the phrase, redacted and short."""


Data = TypeVar("Data")


class Alert(msgspec.Struct, Generic[Data], frozen=True, gc=False, kw_only=True):
    """One alert in structured CloudEvents JSON; `time` is when it became true, not when anybody noticed."""

    id: _Word
    type: _Word
    time: _Moment
    data: Data
    subject: _Case | None = None
    partitionkey: _Case | None = None
    source: _Word = SOURCE
    specversion: _Word = SPECVERSION


ALERT_TYPES: Final[dict[str, type[msgspec.Struct]]] = {
    CLOCK_BREACHED: BreachedClock,
    CHART_SIGNAL: ChartSignal,
    TOPIC_EMERGED: EmergedTopic,
}
"""Struct of the data of each type of alert, by its name."""

_encode: Final = msgspec.json.Encoder().encode


def breach_id(case_id: str, clock: str, cycle: int, due_at: datetime) -> str:
    """128 bits of xxh3 in hexadecimal: which run of which clock of which case fell due, and when.

    A late event can move the moment at which a clock falls due; a breach at another moment is another alert.
    """
    about = f"{CLOCK_BREACHED}\0{case_id}\0{clock}\0{cycle}\0{microseconds(due_at)}"
    return xxh3_128_hexdigest(about.encode())


def breach_alert(breached: BreachedClock) -> Alert[BreachedClock]:
    """The alert about a breach."""
    return Alert(
        id=breach_id(breached.case_id, breached.clock, breached.cycle, breached.due_at),
        type=CLOCK_BREACHED,
        time=breached.due_at,
        subject=breached.case_id,
        partitionkey=breached.case_id,
        data=breached,
    )


def signal_id(signal: ChartSignal) -> str:
    """128 bits of xxh3 in hexadecimal: which point of which chart broke which rule, and on which side.

    Late events can move the point and its limits; as long as it is a signal it stays the same one. A new definition of
    the chart makes new ones.
    """
    about = (signal.chart, signal.grain, signal.segment, signal.period_start.isoformat(), signal.rule, signal.side)
    return xxh3_128_hexdigest("\0".join((CHART_SIGNAL, *about, str(signal.definition_version))).encode())


def signal_alert(signal: ChartSignal) -> Alert[ChartSignal]:
    """The alert about a signal, dated by the end of its period: before, nobody could know."""
    about = f"{signal.chart}/{signal.grain}/{signal.segment}"
    return Alert(
        id=signal_id(signal),
        type=CHART_SIGNAL,
        time=datetime.combine(signal.period_end, time(), UTC),
        subject=about,
        partitionkey=about,
        data=signal,
        source=WAREHOUSE,
    )


def topic_id(topic: EmergedTopic) -> str:
    """128 bits of xxh3 in hexadecimal: which topic of which language emerged in which period.

    Figures, further phrases and examples may move; it stays the same alert. A new definition makes new ones.
    """
    about = (topic.grain, topic.language, topic.topic, topic.period_start.isoformat(), str(topic.definition_version))
    return xxh3_128_hexdigest("\0".join((TOPIC_EMERGED, *about)).encode())


def topic_alert(topic: EmergedTopic) -> Alert[EmergedTopic]:
    """The alert about a topic, dated by the end of its period: before, nobody could know."""
    about = f"{topic.language}/{topic.topic}"
    return Alert(
        id=topic_id(topic),
        type=TOPIC_EMERGED,
        time=datetime.combine(topic.period_end, time(), UTC),
        subject=about,
        partitionkey=about,
        data=topic,
        source=WAREHOUSE,
    )


def encoded(alerts: Sequence[Alert[Any]]) -> tuple[list[bytes | None], list[bytes | None]]:
    """Record keys (the ids) and values (structured JSON) in the order of `alerts`."""
    return [alert.id.encode() for alert in alerts], [_encode(alert) for alert in alerts]
