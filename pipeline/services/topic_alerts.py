"""One use case: tell of each emerging topic once, as an alert with a few redacted examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
from xxhash import xxh3_128_hexdigest

from pipeline.domain.alerts import EmergedTopic, encoded, topic_alert
from pipeline.domain.redaction import excerpt
from pipeline.ports import OutgoingRecords
from pipeline.services.told import keep_told, told_of
from warehouse.queries import asking, rows_of

TOLD: Final = "emerging-topics.json"
"""In the home's state: the ends of the periods that a broker has acknowledged alerts of, by digest of the topic."""

QUIET: Final = timedelta(days=28)
"""A topic that was told of is not told of again before so long."""

MOST_A_PERIOD: Final = 3
"""Topics of one period and language that are told of: a wave of texts says one thing in many words."""

_TOPICS: Final = f"""
    select
        name.grain, name.period_start, name.period_end, name.language, name.topic, phrases, numerator, denominator,
        value, centre, ucl, score, q_value, definition_version
    from agg_emerging_topic name
    join (
        select grain, period_start, language, topic, list(phrase order by phrase) as phrases
        from agg_emerging_topic
        where is_signal
        group by all
    ) using (grain, period_start, language, topic)
    where is_signal and phrase = topic
    qualify row_number() over (
        partition by grain, period_start, language order by score desc, topic
    ) <= {MOST_A_PERIOD}
    order by period_end, grain, score desc, language, topic
"""  # noqa: S608 - a number of ours
_TEXTS: Final = """
    select text from fct_feedback
    where text is not null and received_date >= $1 and received_date < $2 and coalesce(language, 'und') = $3
    order by received_at, source, event_id
"""

_Told = dict[str, list[date]]


def tell_of_topics(published: Path, state: Path, send: Callable[[OutgoingRecords], None], examples: int) -> int:
    """Send an alert for each topic of the published file that was not told of within 28 days; how many there were.

    The 28 days are between ends of periods, so a day's topic and that of its week are told once, and a topic that
    lasts is told again. Of one period and language the three least likely to be chance are told of. `send` returns
    when the broker has acknowledged all records, in the order of their periods. Only then is it written down; a crash
    in between sends the alerts again with the ids they had. Up to `examples` texts are read from the published feedback
    and redacted now; the topics themselves hold none.

    Raises `FatalError` on a list that cannot be read, `DependencyError` when it cannot be written.
    """
    path = state / TOLD
    told: _Told = told_of(path, dict[str, list[date]]) or {}
    fresh = [topic for topic in _topics(published) if _is_news(topic, told)]
    if not fresh:
        return 0
    alerts = [
        topic_alert(msgspec.structs.replace(topic, examples=_examples(published, topic, examples))) for topic in fresh
    ]
    send(OutgoingRecords(*encoded(alerts)))
    keep_told(path, told)
    return len(fresh)


def _topics(published: Path) -> list[EmergedTopic]:
    with asking(published, _TOPICS) as answer:
        return msgspec.convert(rows_of(answer), list[EmergedTopic])


def _is_news(topic: EmergedTopic, told: _Told) -> bool:
    """Whether nothing of the same name was told lately; if so it counts as told from here on."""
    ends = told.setdefault(xxh3_128_hexdigest(f"{topic.language}\0{topic.topic}".encode()), [])
    if any(abs(topic.period_end - end) < QUIET for end in ends):
        return False
    ends.append(topic.period_end)
    return True


def _examples(published: Path, topic: EmergedTopic, most: int) -> list[str]:
    """The first distinct texts of the period that hold the topic's phrase, redacted but for its own words."""
    from pipeline.topics.counting import holding  # noqa: PLC0415 - loads a compiler, and most runs have no news

    found: dict[str, None] = {}
    if most < 1:
        return []
    with asking(published, _TEXTS, [topic.period_start, topic.period_end, topic.language]) as answer:
        for texts in _texts(answer.batches):
            for place in holding(pa.array(texts, pa.string()), topic.language, topic.topic).tolist():
                found[excerpt(texts[place], topic.topic.split())] = None
                if len(found) == most:
                    return list(found)
    return list(found)


def _texts(batches: Iterator[Sequence[Sequence[object]]]) -> Iterator[list[str]]:
    for batch in batches:
        yield [str(text) for (text,) in batch]
