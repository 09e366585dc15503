"""The story of a case as people read it: what it is, what happened when, and where its clocks stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from pipeline.domain.cases.lifecycle import Outcome, Reason
from pipeline.domain.cases.lifecycle import Step as StepName

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.services.case_story import CaseStory, Change, Clock, Step

FEW: Final = 2
"""Clocks that are named in one line of the timeline."""
_MINUTE_US: Final = 60_000_000
_DIM, _STRONG, _GOOD, _BAD, _ODD = "bright_black", "bold", "green", "red", "yellow"

STEP_WORDS: Final = {
    StepName.RECEIVED: "received",
    StepName.ACKNOWLEDGED: "acknowledged",
    StepName.ASSESSED: "assessed",
    StepName.INVESTIGATION_STARTED: "investigation started",
    StepName.RESPONSE_OFFERED: "response offered",
    StepName.DECISION_COMMUNICATED: "decision communicated",
    StepName.ACCEPTED: "complainant accepted",
    StepName.REJECTED: "complainant refused",
    StepName.ESCALATED: "escalated",
    StepName.AWAITING_COMPLAINANT: "waiting for complainant",
    StepName.RESUMED: "resumed",
    StepName.CLOSED: "closed",
    StepName.REOPENED: "reopened",
    StepName.WITHDRAWN: "withdrawn",
    StepName.RECLASSIFIED: "reclassified",
    StepName.MERGED: "merged",
}

REASON_WORDS: Final = {
    Reason.NOT_RECEIVED: "nobody had received this case",
    Reason.ALREADY_RECEIVED: "it was received already",
    Reason.ALREADY_ACKNOWLEDGED: "it was acknowledged already",
    Reason.ALREADY_INVESTIGATING: "it was being investigated already",
    Reason.ALREADY_ACCEPTED: "the complainant had accepted already",
    Reason.ALREADY_REJECTED: "the complainant had refused already",
    Reason.ALREADY_WAITING: "it was waiting already",
    Reason.NOT_WAITING: "it was not waiting for anybody",
    Reason.ALREADY_OPEN: "it was open",
    Reason.ALREADY_CLOSED: "it was closed already",
    Reason.ALREADY_WITHDRAWN: "it was withdrawn already",
    Reason.ALREADY_RECLASSIFIED: "it was reclassified already",
    Reason.ALREADY_MERGED: "it was merged already",
    Reason.ALREADY_COMPLAINT: "it was a complaint already",
    Reason.NOTHING_OFFERED: "nothing had been offered",
    Reason.GOES_BACK: "it had gone further already",
    Reason.CASE_ENDED: "the case had ended",
    Reason.MERGED_INTO_ITSELF: "a case cannot be merged into itself",
}

CHANGE_WORDS: Final = {
    "activate": "starts",
    "pause": "pauses",
    "resume": "goes on",
    "fulfil": "met",
    "breach": "fell due",
    "cancel": "cancelled",
}


def show_story(console: Console, story: CaseStory) -> None:
    """Print a case in whatever width the terminal has, 80 columns and more."""
    for line in _head(story):
        console.print(line)
    console.print()
    console.print(_timeline(story))
    if story.clocks:
        console.print()
        console.print(_clocks(story))
    console.print(Text(f"\n{_small_print(story)}", style=_DIM))


def _small_print(story: CaseStory) -> str:
    policies = sorted({_policy(clock) for clock in story.clocks})
    said = "" if story.as_known_at is None else f" As known at {_moment(story.as_known_at)}."
    return f"Times are UTC.{said}" + (f" Policy: {policies[0]}." if len(policies) == 1 else "")


def spell(us: int, *, days: bool = True) -> str:
    """A length of time in its two largest units: `6 d 2 h`, `45 min`; without days, `146 h`. `0 min` under a minute."""
    minutes = abs(us) // _MINUTE_US
    whole, hours, rest = minutes // 1_440, minutes // 60 % 24, minutes % 60
    if whole and not days:
        return f"{minutes // 60:,} h"
    if whole:
        return f"{whole:,} d {hours} h" if hours else f"{whole:,} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min"


def _head(story: CaseStory) -> Iterator[Text]:
    case = story.case
    if case is None:
        yield Text.assemble(("Case ", _STRONG), (story.case_id, _STRONG), "  never received")
        yield Text("Steps were reported for it, but not the complaint itself.", style=_ODD)
        return
    yield Text.assemble(("Case ", _STRONG), (story.case_id, _STRONG), "  ", _state(case))
    about = [case["product"], case["channel"], case["category"], case["language"]]
    yield Text(" · ".join(_plain(str(each)) for each in about if each is not None) or "nothing is stated of it")
    facts = list(_facts(case))
    if facts:
        yield Text(" · ").join(facts)
    yield Text(_counts(case), style=_DIM)


def _state(case: dict[str, Any]) -> Text:
    if case["is_open"]:
        return Text(f"open, {_plain(case['state'])}", style=_ODD)
    took = spell(_us(case["ended_at"]) - _us(case["received_at"]))
    word = "closed by the organization" if case["ended_as"] == "closed" else str(case["ended_as"])
    into = f" into {case['merged_into']}" if case["ended_as"] == "merged" else ""
    into = f" as {_plain(case['reclassified_as'])}" if case["ended_as"] == "reclassified" else into
    return Text(f"{word}{into} after {took}", style=_GOOD)


def _facts(case: dict[str, Any]) -> Iterator[Text]:
    if case["priority"] is not None:
        raised = f" (first {case['priority_first']})" if case["priority"] != case["priority_first"] else ""
        yield Text(f"priority {case['priority']}{raised}", style=_ODD if case["is_incorrectly_prioritised"] else "")
    if case["severity"] is not None:
        yield Text(f"severity {case['severity']}")
    if case["decision"] is not None:
        yield Text(f"decision: {_plain(case['decision'])}")
    if case["acceptance"] is not None:
        yield Text(f"complainant {'accepted' if case['acceptance'] == 'accepted' else 'refused'}")
    flags = {"safety": "safety", "immediate_action": "immediate action", "vulnerable": "vulnerable complainant",
             "reportable": "reportable", "escalated": "escalated", "recourse_told": "recourse told"}  # fmt: skip
    for column, word in flags.items():
        if case[column]:
            yield Text(word, style=_BAD if column in ("safety", "immediate_action") else "")


def _counts(case: dict[str, Any]) -> str:
    parts = [f"{case['events']:,} {'event' if case['events'] == 1 else 'events'}"]
    if case["reopens"]:
        parts.append("reopened once" if case["reopens"] == 1 else f"reopened {case['reopens']:,} times")
    if case["repeated_events"]:
        parts.append(f"{case['repeated_events']:,} repeated")
    if case["refused_events"]:
        parts.append(f"{case['refused_events']:,} refused")
    return ", ".join(parts)


def _timeline(story: CaseStory) -> Table:
    """Steps in their order, with clocks' changes beside them; a breach stands by itself, when the clock fell due."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=_DIM)
    table.add_column("when", no_wrap=True)
    table.add_column("after", justify="right", no_wrap=True, style=_DIM)
    table.add_column("what happened", no_wrap=True)
    table.add_column("what came of it", overflow="fold")
    since = _us(story.steps[0].occurred_at if story.case is None else story.case["received_at"])
    breaches = [(clock, change) for clock in story.clocks for change in clock.changes if change.change == "breach"]
    breaches.sort(key=lambda each: each[1].at)
    for step in story.steps:
        while breaches and breaches[0][1].at < step.occurred_at:
            _add_breach(table, *breaches.pop(0), since)
        changes = [
            (clock, change)
            for clock in story.clocks
            for change in clock.changes
            if change.position == step.position and step.is_home and change.change != "breach"
        ]
        table.add_row(
            _moment(step.occurred_at),
            spell(_us(step.occurred_at) - since) if _us(step.occurred_at) > since else "",
            _what(step),
            _came_of(step, changes),
        )
    for clock, change in breaches:
        _add_breach(table, clock, change, since)
    return table


def _add_breach(table: Table, clock: Clock, change: Change, since: int) -> None:
    name = Text(f"{_clock_name(clock)} fell due", style=_BAD)
    table.add_row(_moment(change.at), spell(_us(change.at) - since), name, Text("breached", style=_BAD))


def _what(step: Step) -> Text:
    words = STEP_WORDS.get(StepName(step.step), _plain(step.step))
    return Text(words, style=_STRONG if step.outcome == Outcome.APPLIED else _DIM)


def _came_of(step: Step, changes: list[tuple[Clock, Change]]) -> Text:
    said: list[Text] = []
    if step.outcome != Outcome.APPLIED:
        why = REASON_WORDS[Reason(step.reason)] if step.reason else ""
        style = _BAD if step.outcome == Outcome.REFUSED else _DIM
        said.append(Text(f"{'refused' if step.outcome == Outcome.REFUSED else 'repeat'}: {why}", style=style))
    elif step.step == StepName.ASSESSED:
        said.append(Text(f"severity {step.severity}, priority {step.priority}"))
    elif step.step == StepName.DECISION_COMMUNICATED and step.decision:
        said.append(Text(_plain(step.decision)))
    elif step.step == StepName.MERGED:
        said.append(Text(f"into {step.merged_into}"))
    elif step.step == StepName.RECLASSIFIED and step.reclassified_as:
        said.append(Text(f"as {_plain(step.reclassified_as)}"))
    if not step.is_home:
        said.append(Text(f"in partition {step.partition}, apart from the case", style=_ODD))
    return Text("; ").join([*said, *_changed(changes)])


def _changed(changes: list[tuple[Clock, Change]]) -> Iterator[Text]:
    """`met: acknowledge`; only how many, where they are more than a few."""
    words: dict[str, list[str]] = {}
    for clock, change in changes:
        is_late = change.change == "fulfil" and clock.is_breached
        words.setdefault("met late" if is_late else CHANGE_WORDS[change.change], []).append(_clock_name(clock))
    for word, names in words.items():
        said = f"{word}: {', '.join(names) if len(names) <= FEW else f'{len(names)} clocks'}"
        yield Text(said, style={"met": _GOOD, "met late": _BAD}.get(word, _DIM))


def _clocks(story: CaseStory) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=_DIM)
    table.add_column("clock", overflow="fold")
    table.add_column("due", no_wrap=True)
    table.add_column("how it stands", overflow="fold")
    table.add_column("spent", justify="right", no_wrap=True)
    table.add_column("allowed", justify="right", no_wrap=True)
    is_mixed = len({_policy(clock) for clock in story.clocks}) > 1
    if is_mixed:
        table.add_column("policy", overflow="fold", style=_DIM)
    for clock in story.clocks:
        table.add_row(
            Text(_clock_name(clock), style=_STRONG),
            "–" if clock.due_at is None else _moment(clock.due_at),
            _standing(clock, story.as_known_at),
            "–"
            if clock.end == "running"
            else _counted(clock, clock.elapsed_us),  # what it shows now, its calendar knows
            "–" if clock.target_us is None else _counted(clock, clock.target_us),
            *([_policy(clock)] if is_mixed else []),
        )
    return table


def _standing(clock: Clock, as_known_at: datetime | None) -> Text:
    if clock.is_breached and clock.breached_at is not None:
        until = clock.ended_at or as_known_at
        late = "" if until is None else f" {spell(_us(until) - _us(clock.breached_at))}"
        ended = "cancelled" if clock.end == "cancelled" else f"met{late} late"
        return Text(f"breached, open{late} over" if clock.ended_at is None else f"breached, {ended}", style=_BAD)
    match clock.end:
        case "fulfilled":
            return Text("met", style=_GOOD)
        case "cancelled":
            return Text("cancelled", style=_DIM)
        case "paused":
            return Text("paused", style=_ODD)
        case _:
            if clock.due_at is None or as_known_at is None:
                return Text("running", style=_ODD)
            left = f", {spell(_us(clock.due_at) - _us(as_known_at))} left"
            return Text(f"running{left}", style=_ODD)


def _counted(clock: Clock, us: int) -> str:
    """Business time in hours, because a business day has no fixed length."""
    return spell(us, days=not _counts_business_time(clock))


def _counts_business_time(clock: Clock) -> bool:
    """A clock that counts all time but its pauses is due when just that has passed."""
    if clock.due_at is None or clock.target_us is None:
        return clock.elapsed_us < clock.wall_us - clock.paused_us
    return _us(clock.due_at) - _us(clock.activated_at) - clock.paused_us - clock.target_us > _MINUTE_US


def _policy(clock: Clock) -> str:
    return f"{clock.policy}, version {clock.policy_version}"


def _clock_name(clock: Clock) -> str:
    again = "" if not clock.cycle else f" ({clock.cycle + 1})"
    return _plain(clock.clock) + again


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
