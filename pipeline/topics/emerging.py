"""Phrases whose rate in a day or a week departs from their own baseline, and the topics that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from pipeline.statistics.emergence import Emergence, emerging
from pipeline.topics.counting import Mentions, PhraseCounter, PhraseCounts, Texts, mentions
from pipeline.topics.grouping import Candidate, grouped
from pipeline.topics.kernel import Integers

LEAST_COUNT: Final = 5
"""Texts of one period and language that must hold a phrase before it is anything."""


@dataclass(frozen=True, slots=True)
class Grain:
    """Periods of so many days, and how many before one are its baseline; `least` of them must have texts."""

    name: str
    days: int
    baseline: int
    least: int


GRAINS: Final = (Grain("day", 1, 28, 14), Grain("week", 7, 8, 4))
LEAST_DAYS: Final = min(grain.days * (grain.least + 1) for grain in GRAINS)
"""With fewer whole days nothing can be tested."""

EMERGING: Final = pa.schema(
    [
        ("grain", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("language", pa.string()),
        ("phrase", pa.string()),
        ("topic", pa.string()),
        ("numerator", pa.int64()),
        ("denominator", pa.int64()),
        ("centre", pa.float64()),
        ("ucl", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
        ("is_signal", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class _Series:
    """One grain and language: which days its periods begin on, and which phrase, period and count each cell is of."""

    grain: Grain
    language: int
    first: int
    phrases: Integers
    periods: Integers
    counts: Integers
    sizes: Integers
    found: Emergence

    @property
    def shown(self) -> Integers:
        """Rows of what was found that lie above their limit."""
        cells = self.found.cells
        return np.flatnonzero(self.counts[cells] > self.found.ucl * self.sizes[self.periods[cells]])

    def begins(self, period: int) -> int:
        """The day that a period begins on."""
        return self.first + period * self.grain.days


def emerging_phrases(batches: Sequence[Texts], languages: Sequence[str], first_day: date, days: int) -> pa.Table:
    """The phrases above their limit, a row per grain, period, language and phrase (`EMERGING`); others have none.

    `batches` hold texts of one day each (`period` 0 is `first_day`, of `days` whole ones), days in order. Weeks begin
    on Mondays and are sums of days. `is_signal` says which rows stand among all phrases that were looked at in the
    period; these have a `topic`, the phrase that names what they say together. The order of texts leaves no trace.
    """
    if days < LEAST_DAYS or not batches:
        return EMERGING.empty_table()
    counts = _counted(batches, languages)
    sizes = _sizes(batches, len(languages), days)
    series = [
        tested
        for grain in GRAINS
        for language in np.unique(counts.languages).tolist()
        if (tested := _tested(counts, sizes[language], language, grain, first_day)) is not None
    ]
    wanted = np.unique(np.concatenate([np.zeros(0, np.int64), *(_phrases(each) for each in series)]))
    where = mentions(batches, languages, counts.hashes[wanted])
    text_days = np.repeat([each.period for each in batches], [len(each.texts) for each in batches])
    rows = [
        row for each in series for row in _rows(each, languages[each.language], wanted, where, text_days, first_day)
    ]
    columns = [pa.array([row[i] for row in rows], each.type) for i, each in enumerate(EMERGING)]
    return pa.table(columns, EMERGING)


def _counted(batches: Sequence[Texts], languages: Sequence[str]) -> PhraseCounts:
    counter = PhraseCounter(languages, sum(len(each.texts) for each in batches), LEAST_COUNT)
    for each in batches:
        counter.look(each)
    for each in batches:
        counter.count(each)
    return counter.result()


def _sizes(batches: Sequence[Texts], languages: int, days: int) -> Integers:
    """Texts by language and day."""
    sizes = np.zeros((languages, days), np.int64)
    for each in batches:
        sizes[:, each.period] += np.bincount(each.languages, minlength=languages)
    return sizes


def _tested(counts: PhraseCounts, sizes: Integers, language: int, grain: Grain, first_day: date) -> _Series | None:
    """The test of one language's phrases in the whole periods of a grain; None where there is too little of them."""
    first = 0 if grain.days == 1 else -first_day.weekday() % 7
    many = (len(sizes) - first) // grain.days
    if many <= grain.least:
        return None
    places = (counts.periods - first) // grain.days
    mine = (counts.languages[counts.phrases] == language) & (places >= 0) & (places < many)
    keys, inverse = np.unique(counts.phrases[mine] * many + places[mine], return_inverse=True)
    summed = np.bincount(inverse, weights=counts.counts[mine], minlength=len(keys)).astype(np.int64)
    whole = sizes[first : first + many * grain.days].reshape(many, grain.days).sum(axis=1)
    phrases, periods = keys // many, keys % many
    found = emerging(
        phrases,
        periods,
        summed,
        whole.astype(float),
        looked_at=int(np.count_nonzero(counts.languages == language)),
        baseline_periods=grain.baseline,
        least_baseline=grain.least,
        least_count=LEAST_COUNT,
    )
    return _Series(grain, language, first, phrases, periods, summed, whole, found)


def _phrases(series: _Series) -> Integers:
    return series.phrases[series.found.cells[series.shown]]


def _rows(
    series: _Series, language: str, wanted: Integers, where: Mentions, text_days: Integers, first_day: date
) -> Iterator[tuple[object, ...]]:
    found, shown = series.found, series.shown
    cells = found.cells[shown]
    words = [where.words[place] for place in np.searchsorted(wanted, series.phrases[cells]).tolist()]
    topics = _topics(series, wanted, where, text_days)
    for i, (row, cell) in enumerate(zip(shown.tolist(), cells.tolist(), strict=True)):
        period = int(series.periods[cell])
        begins = first_day + timedelta(days=series.begins(period))
        yield (
            *(series.grain.name, begins, begins + timedelta(days=series.grain.days), language),
            *(words[i], topics.get(row), int(series.counts[cell]), int(series.sizes[period])),
            *(float(found.centre[row]), float(found.ucl[row]), float(found.p_value[row]), float(found.q_value[row])),
            bool(found.signal[row]),
        )


def _topics(series: _Series, wanted: Integers, where: Mentions, text_days: Integers) -> dict[int, str]:
    """The name of the topic of each row that is a signal."""
    found = series.found
    signals = np.flatnonzero(found.signal)
    cells = found.cells[signals]
    periods = series.periods[cells]
    places = np.searchsorted(wanted, series.phrases[cells])
    ordinary = found.ucl[signals] * series.sizes[periods]
    mention_days = text_days[where.texts]
    names: dict[int, str] = {}
    for period in np.unique(periods).tolist():
        day = series.begins(period)
        within = (mention_days >= day) & (mention_days < day + series.grain.days)
        texts, phrases = where.texts[within], where.phrases[within]
        mine = np.flatnonzero(periods == period).tolist()
        held = [texts[phrases == places[i]] for i in mine]
        candidates = [
            Candidate(where.words[places[i]], mine_texts, float(ordinary[i]), float(found.p_value[signals[i]]))
            for i, mine_texts in zip(mine, held, strict=True)
        ]
        for topic in grouped(candidates):
            names |= {int(signals[mine[member]]): candidates[topic.name].words for member in topic.members}
    return names
