"""Policies as TOML documents: reading them, and saying what is wrong in a sentence that names file and key."""

from __future__ import annotations

import re
import tomllib
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from pipeline.domain.cases.calendars import DAY_MINUTES, WEEKDAYS, Calendar, Holidays
from pipeline.domain.cases.lifecycle import ENDED, Priority, State, Step
from pipeline.domain.cases.priority import LEVELS, PriorityRule
from pipeline.domain.cases.rules import ClockRule, Policy, Target, TargetKind
from pipeline.domain.errors import UsageError
from pipeline.domain.instants import microseconds

MAX_TARGET_DAYS: Final = 1_000
"""No target is longer: it would be a typing error, and calendars are made this far ahead."""

Level = Annotated[int, Meta(ge=1, le=LEVELS)]
Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
Spans = tuple[tuple[int, int], ...]
T = TypeVar("T")

_TARGET: Final = re.compile(r"(\d{1,6}) (business )?(minute|hour|day|week)s?")
_SPAN: Final = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_HOUR_US: Final = 3_600_000_000


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class _Holidays(_Strict, frozen=True):
    country: str
    subdivision: str | None = None


class _Calendar(_Strict, frozen=True):
    zone: str
    hours: dict[str, list[str]]
    holidays: _Holidays | None = None
    closed: list[date] = []
    opened: dict[str, list[str]] = {}


class _Clock(_Strict, frozen=True):
    name: Name
    starts: Annotated[list[Step], Meta(min_length=1)]
    stops: Annotated[list[Step], Meta(min_length=1)]
    target: str
    calendar: str | None = None
    pauses: list[State] = []


class _Priority(_Strict, frozen=True):
    matrix: list[list[Priority]]
    complex_from: Level | None = None
    at_least_where_action_is_needed: Priority = Priority.LOW
    at_least_where_action_is_possible: Priority = Priority.LOW


class _Policy(_Strict, frozen=True):
    name: Name
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    clock: list[_Clock]
    priority: _Priority
    valid_from: Any = None
    applies: dict[Literal["product", "channel", "category", "language", "source"], list[str]] = {}


class _Document(_Strict, frozen=True):
    policy: Annotated[list[_Policy], Meta(min_length=1)]
    calendar: dict[str, Any] = {}


def policies_of(name: str, text: str) -> list[Policy]:
    """The policies in one TOML document called `name`, in its order; pure.

    Raises `UsageError` that names the document and the key of what cannot be understood.
    """
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}: not a valid TOML file: {error}.") from error
    document = _converted(f"{name}: ", parsed, _Document)
    calendars = {
        key: _calendar(f"{name}: calendar.{key}", _converted(f"{name}: calendar.{key}", each, _Calendar))
        for key, each in document.calendar.items()
    }
    return [_policy(f"{name}: policy[{at}]", each, calendars) for at, each in enumerate(document.policy)]


def _converted(where: str, value: object, kind: type[T]) -> T:
    """`value` as `kind`; what is wrong is said with its key."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at ")
        key = path.removeprefix("`key` in ").strip("`").removeprefix("$")
        raise UsageError(f"{(where + key).replace(': .', ': ').removesuffix(': ')}: {problem}.") from error


def _policy(where: str, given: _Policy, calendars: Mapping[str, Calendar]) -> Policy:
    names = [each.name for each in given.clock]
    if len(set(names)) < len(names):
        raise UsageError(f"{where}.clock: two clocks have one name; each needs its own.")
    return Policy(
        name=given.name,
        version=given.version,
        valid_from_us=_moment(f"{where}.valid_from", given.valid_from),
        applies={key: frozenset(values) for key, values in given.applies.items()},
        priority=_priority(f"{where}.priority", given.priority),
        clocks=tuple(_clock(f"{where}.clock[{at}]", each, calendars) for at, each in enumerate(given.clock)),
    )


def _moment(where: str, given: object) -> int | None:
    """A day counts from its midnight in UTC; a time must say its offset."""
    if given is None:
        return None
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise UsageError(
                f"{where}: {given.isoformat()} lacks its offset from UTC; write as `2026-01-01T00:00:00Z`."
            )
        return microseconds(given)
    if isinstance(given, date):
        return microseconds(datetime(given.year, given.month, given.day, tzinfo=UTC))
    raise UsageError(f"{where}: {given!r} is neither a day nor a time; write it without quotes, as `2026-01-01`.")


def _priority(where: str, given: _Priority) -> PriorityRule:
    if len(given.matrix) != LEVELS or any(len(row) != LEVELS for row in given.matrix):
        raise UsageError(
            f"{where}.matrix: must have {LEVELS} rows (severity 1 to 5) of {LEVELS} priorities (impact 1 to 5)."
        )
    return PriorityRule(
        tuple(map(tuple, given.matrix)),
        given.complex_from,
        given.at_least_where_action_is_needed,
        given.at_least_where_action_is_possible,
    )


def _clock(where: str, given: _Clock, calendars: Mapping[str, Calendar]) -> ClockRule:
    target = _target(f"{where}.target", given.target)
    chosen = given.calendar if given.calendar is not None or len(calendars) != 1 else next(iter(calendars))
    if chosen is None and target.kind is not TargetKind.HOURS:
        raise UsageError(f"{where}.calendar: must be named, because the target counts {target.kind.value}.")
    if chosen is not None and chosen not in calendars:
        known = ", ".join(calendars) or "none"
        raise UsageError(f"{where}.calendar: there is no calendar {chosen!r} in this file; there is {known}.")
    idle = [state.value for state in given.pauses if state in ENDED or state is State.ABSENT]
    if idle:
        raise UsageError(f"{where}.pauses: no clock runs in {', '.join(idle)}, so none can pause there.")
    calendar = Calendar("UTC", ((),) * len(WEEKDAYS)) if chosen is None else calendars[chosen]
    if _least_days(target, calendar) > MAX_TARGET_DAYS:
        raise UsageError(f"{where}.target: {given.target!r} takes more than {MAX_TARGET_DAYS} days on its calendar.")
    return ClockRule(
        given.name, frozenset(given.starts), frozenset(given.stops), frozenset(given.pauses), target, calendar
    )


def _target(where: str, given: str) -> Target:
    found = _TARGET.fullmatch(given)
    if found is None or (found[2] and found[3] == "week"):
        raise UsageError(
            f"{where}: {given!r} is no target; write as `8 business hours`, `3 business days` or `8 weeks`."
        )
    amount, unit = int(found[1]), found[3]
    days = amount * {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7}[unit]
    if not 0 < days <= MAX_TARGET_DAYS:
        raise UsageError(f"{where}: {given!r} must be longer than nothing and at most {MAX_TARGET_DAYS} days.")
    if unit in ("minute", "hour"):
        kind = TargetKind.BUSINESS_HOURS if found[2] else TargetKind.HOURS
        return Target(kind, amount * (_HOUR_US if unit == "hour" else _HOUR_US // 60))
    return Target(TargetKind.BUSINESS_DAYS if found[2] else TargetKind.DAYS, amount * (7 if unit == "week" else 1))


def _least_days(target: Target, calendar: Calendar) -> float:
    """How long a target takes where no day is off."""
    if target.kind is TargetKind.BUSINESS_HOURS:
        return 7 * target.amount / sum((closes - opens) * 60_000_000 for day in calendar.hours for opens, closes in day)
    if target.kind is TargetKind.BUSINESS_DAYS:
        return 7 * target.amount / sum(map(bool, calendar.hours))
    return 0


def _calendar(where: str, given: _Calendar) -> Calendar:
    try:
        zoneinfo.ZoneInfo(given.zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"{where}.zone: {given.zone!r} is no time zone; write one as `Europe/Kyiv`.") from error
    hours: list[Spans] = [()] * len(WEEKDAYS)
    for days, spans in given.hours.items():
        for day in _weekdays(f"{where}.hours", days):
            hours[day] = _spans(f"{where}.hours.{days}", spans)
    if not any(hours):
        raise UsageError(f"{where}.hours: nobody is ever at work; give at least one weekday its hours.")
    opened = {
        _day(f"{where}.opened", day): _spans(f"{where}.opened.{day}", spans) for day, spans in given.opened.items()
    }
    return Calendar(given.zone, tuple(hours), _holidays(where, given.holidays), frozenset(given.closed), opened)


def _weekdays(where: str, named: str) -> range:
    first, _, last = named.partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        raise UsageError(f"{where}: {named!r} is no weekday; write `monday` or `monday-friday`.")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if begin > end:
        raise UsageError(f"{where}: {named!r} ends before it begins; a week begins on monday.")
    return range(begin, end + 1)


def _spans(where: str, given: Sequence[str]) -> Spans:
    spans: list[tuple[int, int]] = []
    for text in given:
        found = _SPAN.fullmatch(text)
        numbers = [int(each) for each in found.groups()] if found else [0, 0, 0, 0]
        opens, closes = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        after = spans[-1][1] if spans else 0
        if found is None or max(numbers[1], numbers[3]) > 59 or not after <= opens < closes <= DAY_MINUTES:
            raise UsageError(
                f"{where}: {text!r} are no hours; write as `09:00-17:30`, in order and at most to `24:00`."
            )
        spans.append((opens, closes))
    return tuple(spans)


def _day(where: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{where}: {text!r} is no day; write as `2026-12-19`.") from error


def _holidays(where: str, given: _Holidays | None) -> Holidays | None:
    if given is None:
        return None
    import holidays  # noqa: PLC0415 - slow to import, and only calendars with holidays need it

    try:
        holidays.country_holidays(given.country, subdiv=given.subdivision)
    except NotImplementedError as error:
        raise UsageError(f"{where}.holidays: {str(error).splitlines()[0]}") from error
    return Holidays(given.country, given.subdivision)
