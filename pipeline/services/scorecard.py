"""The figures of a published warehouse on one page, each with its n, its interval and its method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any, Final, Protocol

from pipeline.services import scorecard_sql as sql
from pipeline.services.scorecard_cases import CaseFigures, case_figures
from pipeline.statistics.estimate import Estimate, unknown
from pipeline.statistics.proportions import wilson
from pipeline.statistics.surveys import TOP_TWO_OF_FIVE, BoxRule, PromoterCounts, csat_of_counts, nps

EASY_OF_SEVEN: Final = BoxRule(1, 7, 3)
"""Customer effort has several rival scores; this one is the share that answered 5 to 7."""

_MAD_TO_SIGMA = 1.4826  # a normal distribution's standard deviation over its median absolute deviation


class Query(Protocol):
    """Asks the published warehouse."""

    def __call__(self, statement: str) -> Sequence[Mapping[str, Any]]:
        """Rows of one read-only statement, as mappings by column name; days as dates or as ISO text."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Where every input went: `read` = `accepted` + `duplicates` + `dead_letters`."""

    read: int
    accepted: int
    duplicates: int
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Portion:
    """One part of a whole: its count, and its share of the whole."""

    name: str
    count: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """Complaints of one category; `label` is what people call it."""

    name: str
    label: str
    count: int
    share: Estimate
    """Of all complaints."""
    last_week: int
    week_before: int
    change: Estimate
    """`last_week` over `week_before`, minus 1; n is the complaints of both weeks."""
    weekly: tuple[int, ...]
    """Complaints per whole week, oldest first."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One satisfaction measure: a share in 0..1, or NPS in points."""

    name: str
    unit: str
    estimate: Estimate
    weekly: tuple[float | None, ...]
    """Per whole week, oldest first; None where nobody answered."""


@dataclass(frozen=True, slots=True)
class Unusual:
    """The category-day that departs most from its category's own median day."""

    day: date
    category: str
    label: str
    count: int
    usual: float
    departure: float
    """In robust standard deviations; below zero when unusually quiet."""
    days: int
    method: str = "max(1.4826 MAD, sqrt(median), 1)"


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One page of figures on everything between `first_day` and `last_day` (UTC, both included)."""

    first_day: date | None
    last_day: date | None
    flow: Flow
    feedback: int
    classes: tuple[Portion, ...]
    complaint_share: Estimate
    categories: tuple[CategoryLine, ...]
    measures: tuple[Measure, ...]
    languages: tuple[Portion, ...]
    channels: tuple[Portion, ...]
    cases: tuple[Portion, ...]
    """How many cases were ever acknowledged, closed, reopened and so on; share of all cases with any step."""
    safety: Portion
    unusual: Unusual | None
    dead_letters: tuple[Portion, ...]
    case_figures: CaseFigures | None = None


def make_scorecard(query: Query, flow: Flow) -> Scorecard:
    """The scorecard of whatever the warehouse holds; an empty warehouse gives unknown figures, not zeros."""
    span = query(sql.SPAN)[0]
    first, last = _day(span["first_day"]), _day(span["last_day"])
    total = int(span["n"])
    classes = _portions(query(sql.CLASSES), total)
    complaints = next((portion.count for portion in classes if portion.name == "complaint"), 0)
    flagged = int(span["safety"])
    cases = int(query(sql.CASES)[0]["n"])
    letters = query(sql.DEAD_LETTERS)
    labels = {str(row["name"]): str(row["label"]) for row in query(sql.CATEGORY_LABELS)}
    return Scorecard(
        first_day=first,
        last_day=last,
        flow=flow,
        feedback=total,
        classes=classes,
        complaint_share=wilson(complaints, total),
        categories=_categories(query(sql.COMPLAINTS_BY_DAY), labels, first, last),
        measures=_measures(query(sql.SCORES), first, last),
        languages=_portions(query(sql.LANGUAGES), total),
        channels=_portions(query(sql.CHANNELS), total),
        cases=_portions(query(sql.CASE_STEPS), cases),
        safety=Portion("safety", flagged, wilson(flagged, total)),
        unusual=_most_unusual(query(sql.CATEGORIES_BY_DAY), labels, first, last),
        dead_letters=_portions(letters, sum(int(row["n"]) for row in letters)),
        case_figures=case_figures(query),
    )


def change_of(last_week: int, week_before: int) -> Estimate:
    """How much more there is than a week before, as a fraction.

    Given both counts' sum, the later one is binomial when both are Poisson, so Wilson's interval for its share turns
    into one for the ratio. The upper end is unknown when the week before had none.
    """
    both = last_week + week_before
    if both == 0 or week_before == 0:
        return unknown("ratio of counts, wilson")
    share = wilson(last_week, both)
    lo, hi = share.lo or 0.0, share.hi or 0.0
    high = hi / (1 - hi) - 1 if hi < 1 else None
    return Estimate(last_week / week_before - 1, lo / (1 - lo) - 1, high, both, "ratio of counts, wilson")


def _day(value: date | str | None) -> date | None:
    """A day as a date; queries that answer in JSON's values give ISO text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _known_day(row: Mapping[str, Any]) -> date:
    value: date | str = row["day"]
    return date.fromisoformat(value) if isinstance(value, str) else value


def _portions(rows: Sequence[Mapping[str, Any]], whole: int) -> tuple[Portion, ...]:
    """Largest first; names break ties, so that the page is the same every time."""
    portions = [Portion(str(row["name"]), int(row["n"]), wilson(int(row["n"]), whole)) for row in rows]
    return tuple(sorted(portions, key=lambda portion: (-portion.count, portion.name)))


def _label(labels: Mapping[str, str], category: str) -> str:
    """What people call a category; one that the taxonomy does not know as it is, with spaces for lines."""
    return labels.get(category, category.replace("_", " "))


def _categories(
    rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str], first: date | None, last: date | None
) -> tuple[CategoryLine, ...]:
    if last is None:
        return ()
    counts: dict[str, dict[int, int]] = {}
    for row in rows:
        week = _weeks_ago(_known_day(row), last)
        weeks = counts.setdefault(str(row["name"]), {})
        weeks[week] = weeks.get(week, 0) + int(row["n"])
    everything = sum(sum(weeks.values()) for weeks in counts.values())
    lines = [
        CategoryLine(
            name=name,
            label=_label(labels, name),
            count=sum(weeks.values()),
            share=wilson(sum(weeks.values()), everything),
            last_week=weeks.get(0, 0),
            week_before=weeks.get(1, 0),
            change=change_of(weeks.get(0, 0), weeks.get(1, 0)),
            weekly=tuple(weeks.get(week, 0) for week in reversed(range(_whole_weeks(first, last)))),
        )
        for name, weeks in counts.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.count, line.name)))


def _weeks_ago(day: date, last: date) -> int:
    """0 for the seven days that end the day before `last`, which may be a part of a day; -1 for `last` itself."""
    return ((last - day).days - 1) // 7


def _whole_weeks(first: date | None, last: date | None) -> int:
    return 0 if first is None or last is None else (last - first).days // 7


def _measures(rows: Sequence[Mapping[str, Any]], first: date | None, last: date | None) -> tuple[Measure, ...]:
    """CSAT, NPS and CES from answers on their own scales; answers on other scales are no part of them."""
    scores: dict[tuple[str, int, int], dict[int, list[tuple[float, int]]]] = {}
    for row in rows:
        scale = (str(row["instrument"]), int(row["scale_min"]), int(row["scale_max"]))
        week = 0 if last is None else _weeks_ago(_known_day(row), last)
        scores.setdefault(scale, {}).setdefault(week, []).append((float(row["score"]), int(row["n"])))
    csat, promoter = scores.get(("csat", 1, 5), {}), scores.get(("nps", 0, 10), {})
    effort = scores.get(("ces", 1, 7), {})
    whole = _whole_weeks(first, last)
    weekly = tuple(_promoter(promoter.get(week, [])).value for week in reversed(range(whole)))
    return (
        _boxed("CSAT", TOP_TWO_OF_FIVE, csat, whole),
        Measure("NPS", "points", _promoter(_all(promoter)), weekly),
        _boxed("CES", EASY_OF_SEVEN, effort, whole),
    )


Answers = list[tuple[float, int]]


def _all(weeks: Mapping[int, Answers]) -> Answers:
    return [answer for answers in weeks.values() for answer in answers]


def _boxed(name: str, rule: BoxRule, weeks: Mapping[int, Answers], whole: int) -> Measure:
    weekly = tuple(_box(rule, weeks.get(week, [])).value for week in reversed(range(whole)))
    return Measure(name, "share", _box(rule, _all(weeks)), weekly)


def _box(rule: BoxRule, answers: Answers) -> Estimate:
    good = sum(count for score, count in answers if score >= rule.threshold)
    return csat_of_counts(good, sum(count for _, count in answers), rule)


def _promoter(answers: Answers) -> Estimate:
    promoters = sum(count for score, count in answers if score >= 9)
    passives = sum(count for score, count in answers if 7 <= score < 9)
    detractors = sum(count for score, count in answers if score < 7)
    score = nps(PromoterCounts(promoters, passives, detractors))
    return Estimate(score.value, score.lo, score.hi, score.n, score.method, score.confidence)


def _most_unusual(
    rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str], first: date | None, last: date | None
) -> Unusual | None:
    """None for fewer than eight whole days: a median of less says nothing. The first and last day may be partial."""
    if first is None or last is None or (last - first).days < 9:
        return None
    days = [first + timedelta(days=number) for number in range(1, (last - first).days)]
    counts: dict[str, dict[date, int]] = {}
    for row in rows:
        counts.setdefault(str(row["name"]), {})[_known_day(row)] = int(row["n"])
    found: Unusual | None = None
    for name in sorted(counts):
        series = [counts[name].get(day, 0) for day in days]
        usual = float(median(series))
        deviation = _MAD_TO_SIGMA * float(median(abs(count - usual) for count in series))
        scale = max(deviation, usual**0.5, 1.0)
        for day, count in zip(days, series, strict=True):
            departure = (count - usual) / scale
            if found is None or abs(departure) > abs(found.departure):
                found = Unusual(day, name, _label(labels, name), count, usual, departure, len(days))
    return found
