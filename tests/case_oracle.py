"""A tiny, slow fold of cases that shares with the real one only the table of decisions and the reading of policies.

It works on `datetime`s, walks calendars day by day, and folds every case from its beginning for every record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from pipeline.domain.cases.calendars import Calendar
from pipeline.domain.cases.decisions import Guard, cell, decide
from pipeline.domain.cases.lifecycle import ENDED, Outcome, State, Step
from pipeline.domain.cases.policy import PolicySet
from pipeline.domain.cases.priority import Assessment, weigh
from pipeline.domain.cases.rules import ClockRule, TargetKind

US = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO = timedelta(0)
BUSINESS = (TargetKind.BUSINESS_HOURS, TargetKind.BUSINESS_DAYS)


def step_of(row: Mapping[str, Any]) -> Step | None:
    if row["type"] == "vidhuk.feedback.submitted.v1":
        return Step.RECEIVED if row["record_class"] == "complaint" else None
    prefix, suffix = "vidhuk.complaint.", ".v1"
    return Step(row["type"][len(prefix) : -len(suffix)]) if row["type"].startswith(prefix) else None


def sequence_of(row: Mapping[str, Any]) -> int:
    return int(msgspec.json.decode(row["extensions"])["sequence"]) if row["extensions"] else -1


def order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    step = step_of(row)
    assert step is not None
    return row["time"], sequence_of(row), list(Step).index(step), row["event_key"]


def spans(calendar: Calendar, first: datetime, last: datetime) -> Iterable[tuple[datetime, datetime]]:
    zone, day = ZoneInfo(calendar.zone), first.date() - timedelta(days=2)
    while day <= last.date() + timedelta(days=2):
        for opens, closes in calendar.spans_of(day, frozenset()):
            midnight = datetime.combine(day, time(0))
            yield tuple(
                (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(first.tzinfo)
                for minutes in (opens, closes)
            )  # type: ignore[misc] # always two
        day += timedelta(days=1)


def spent(rule: ClockRule, since: datetime, until: datetime) -> timedelta:
    if rule.target.kind not in BUSINESS:
        return until - since
    parts = (min(closes, until) - max(opens, since) for opens, closes in spans(rule.calendar, since, until))
    return sum((part for part in parts if part > ZERO), ZERO)


def reached(rule: ClockRule, since: datetime, left: timedelta) -> datetime:
    if rule.target.kind not in BUSINESS:
        return since + max(left, ZERO)
    if left <= ZERO:
        return since
    for opens, closes in spans(rule.calendar, since, since + timedelta(days=400)):
        part = closes - max(opens, since)
        if part > ZERO and part >= left:
            return max(opens, since) + left
        left -= max(part, ZERO)
    raise AssertionError("a target within a year")


def first_due(rule: ClockRule, since: datetime) -> datetime:
    kind, amount = rule.target.kind, rule.target.amount
    if kind in (TargetKind.HOURS, TargetKind.BUSINESS_HOURS):
        return reached(rule, since, amount * US)
    zone = ZoneInfo(rule.calendar.zone)
    day = since.astimezone(zone).date()
    if kind is TargetKind.DAYS:
        midnight = datetime.combine(day + timedelta(days=amount + 1), time(0))
        return midnight.replace(tzinfo=zone).astimezone(since.tzinfo)
    while amount:
        day += timedelta(days=1)
        amount -= bool(rule.calendar.spans_of(day, frozenset()))
    around = spans(rule.calendar, since, datetime.combine(day, time(12), zone))
    return max(closes for _, closes in around if closes.astimezone(zone).date() == day)


@dataclass(frozen=True)
class Clock:
    status: str = "idle"
    cycle: int = -1
    activated: datetime | None = None
    due: datetime | None = None
    target: timedelta = ZERO
    elapsed: timedelta = ZERO
    run_from: datetime | None = None
    paused: timedelta = ZERO
    paused_from: datetime | None = None
    breached: datetime | None = None
    ordinal: int = 0


@dataclass(frozen=True)
class Case:
    state: State = State.ABSENT
    before: State | None = None
    policy: int | None = None
    product: str | None = None
    channel: str | None = None
    priority: str | None = None
    priority_first: str | None = None
    severity: int | None = None
    safety: bool = False
    immediate_action: bool = False
    vulnerable: bool = False
    reportable: bool = False
    escalated: bool = False
    decision: str | None = None
    acceptance: str | None = None
    closed_by_organization: bool = False
    recourse_told: bool = False
    acknowledged: bool = False
    offered: bool = False
    reopens: int = 0
    reclassified_as: str | None = None
    merged_into: str | None = None
    merged_by: int | None = None
    clocks: tuple[Clock, ...] = field(default=())


def answer(guard: Guard, case: Case, row: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    answers: dict[Guard, bool] = {
        Guard.ALWAYS: True,
        Guard.UNACKNOWLEDGED: not case.acknowledged,
        Guard.SOMETHING_OFFERED: case.offered,
        Guard.NEW_ACCEPTANCE: case.acceptance != "accepted",
        Guard.NEW_REJECTION: case.acceptance != "rejected"
        or (data.get("recourse_told", False) and not case.recourse_told),
        Guard.ANOTHER_CLASS: data.get("record_class") != "complaint",
        Guard.ANOTHER_CASE: data.get("into_case_id") != row["case_id"],
    }
    return answers[guard]


def raised(data: Mapping[str, Any], name: str) -> bool:
    return data.get("attributes", {}).get(name) in ("true", "yes", "1")


def changed(case: Case, row: Mapping[str, Any], step: Step, data: Mapping[str, Any], policies: PolicySet) -> Case:
    if step is Step.RECEIVED:
        case = replace(case, policy=policies.choose(row, (row["time"] - EPOCH) // US))
    telling = step in (Step.RECEIVED, Step.ASSESSED)
    case = replace(
        case,
        product=case.product or row["product"],
        channel=case.channel or row["channel"],
        safety=case.safety or bool(row["safety"]) or data.get("safety", False),
        vulnerable=case.vulnerable or (telling and raised(data, "vulnerable")),
        reportable=case.reportable or (telling and raised(data, "reportable")),
        immediate_action=case.immediate_action or data.get("immediate_action_needed", False),
        recourse_told=case.recourse_told or data.get("recourse_told", False),
        decision=data.get("outcome") or case.decision,
    )
    by_step: dict[Step, dict[str, Any]] = {
        Step.ACKNOWLEDGED: {"acknowledged": True},
        Step.RESPONSE_OFFERED: {"offered": True},
        Step.DECISION_COMMUNICATED: {"offered": True},
        Step.ACCEPTED: {"acceptance": "accepted"},
        Step.REJECTED: {"acceptance": "rejected"},
        Step.ESCALATED: {"escalated": True},
        Step.CLOSED: {"closed_by_organization": True},
        Step.REOPENED: dict.fromkeys(("closed_by_organization", "acknowledged", "offered"), False)
        | {"acceptance": None, "reopens": case.reopens + 1, "reclassified_as": None},
        Step.RECLASSIFIED: {"reclassified_as": data.get("record_class")},
        Step.MERGED: {"merged_into": data.get("into_case_id"), "merged_by": row["event_key"]},
    }
    return assessed(case, data, policies) if step is Step.ASSESSED else replace(case, **by_step.get(step, {}))


def assessed(case: Case, data: Mapping[str, Any], policies: PolicySet) -> Case:
    assert case.policy is not None
    judged = Assessment(
        data["severity"],
        data.get("impact"),
        data.get("complexity"),
        case.safety,
        data.get("immediate_action_needed", False),
        data.get("immediate_action_possible") is not False,
    )
    priority = weigh(policies.policies[case.policy].priority, judged).value
    return replace(case, severity=data["severity"], priority=priority, priority_first=case.priority_first or priority)


def is_late(clock: Clock, now: datetime) -> bool:
    return clock.status == "running" and not clock.breached and clock.due is not None and now > clock.due


def clock_steps(
    rule: ClockRule, clock: Clock, now: datetime, step: Step | None, state: State
) -> tuple[Clock, list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []

    def note(change: str, at: datetime) -> None:
        nonlocal clock
        running = clock.elapsed + (spent(rule, clock.run_from, at) if change == "breach" and clock.run_from else ZERO)
        assert clock.activated is not None
        rows.append(
            {
                "clock": rule.name, "cycle": clock.cycle, "change": change, "at": at,
                "due_at": None if clock.status == "paused" else clock.due, "target_us": clock.target // US,
                "elapsed_us": running // US, "wall_us": (at - clock.activated) // US, "paused_us": clock.paused // US,
                "breached_at": clock.breached, "ordinal": clock.ordinal,
            }
        )  # fmt: skip
        clock = replace(clock, ordinal=clock.ordinal + 1)

    def resumed() -> Clock:
        assert clock.paused_from is not None
        due = clock.due if clock.breached else reached(rule, now, clock.target - clock.elapsed)
        paused = clock.paused + (now - clock.paused_from)
        return replace(clock, status="running", run_from=now, paused=paused, paused_from=None, due=due)

    def run_up() -> timedelta:
        assert clock.run_from is not None
        return clock.elapsed + spent(rule, clock.run_from, now)

    if is_late(clock, now):
        clock = replace(clock, breached=clock.due)
        note("breach", clock.due or now)
    if step is None:
        return clock, rows
    stops, ended = step in rule.stops, state in ENDED
    if clock.status in ("running", "paused") and (stops or ended):
        clock = resumed() if clock.status == "paused" else clock
        clock = replace(clock, elapsed=run_up(), status="over")
        note("fulfil" if stops else "cancel", now)
        clock = Clock("over", clock.cycle)
    if step in rule.starts and not ended and clock.status in ("idle", "over"):
        due = first_due(rule, now)
        clock = Clock("running", clock.cycle + 1, now, due, spent(rule, now, due), run_from=now)
        note("activate", now)
    if clock.status == "running" and state in rule.pauses:
        clock = replace(clock, elapsed=run_up(), status="paused", paused_from=now, run_from=None, due=clock.breached)
        note("pause", now)
    elif clock.status == "paused" and state not in rule.pauses:
        clock = resumed()
        note("resume", now)
    return clock, rows


def apply(case: Case, row: Mapping[str, Any], policies: PolicySet) -> tuple[Case, dict[str, Any], list[dict[str, Any]]]:
    """The case after one event, what its transition says, and the changes of its clocks."""
    step = step_of(row)
    assert step is not None
    data = msgspec.json.decode(row["data"] or "{}")
    holds = answer(cell(case.state, step, case.before).guard, case, row, data)
    decision = decide(case.state, step, holds=holds, before=case.before)
    was = case
    if decision.outcome is Outcome.APPLIED:
        assert decision.to is not None
        case = replace(changed(case, row, step, data, policies), state=decision.to, before=decision.back_to)
    transition = {
        "step": step.value, "outcome": decision.outcome.value, "reason": decision.reason and decision.reason.value,
        "state_from": was.state.value, "state_to": case.state.value,
        **{name: getattr(case, name) for name in (
            "product", "channel", "priority", "priority_first", "severity", "safety", "immediate_action", "vulnerable",
            "reportable", "escalated", "decision", "acceptance", "closed_by_organization", "recourse_told", "reopens",
            "reclassified_as", "merged_into",
        )},
    }  # fmt: skip
    changes: list[dict[str, Any]] = []
    if case.policy is not None:
        policy = policies.policies[case.policy]
        clocks = []
        for rule, clock in zip(policy.clocks, case.clocks or [Clock()] * len(policy.clocks), strict=True):
            moved, rows = clock_steps(
                rule, clock, row["time"], step if decision.outcome is Outcome.APPLIED else None, case.state
            )
            clocks.append(moved)
            changes += [{"policy": policy.name, "policy_version": policy.version, **each} for each in rows]
        case = replace(case, clocks=tuple(clocks))
    return case, transition, changes


def rows_of(log: Sequence[Mapping[str, Any]], policies: PolicySet) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Transition and clock rows that folding `log` (rows of `events`) in its order must write."""
    cases: dict[str, list[Mapping[str, Any]]] = {}
    transitions: list[dict[str, Any]] = []
    clocks: list[dict[str, Any]] = []
    for record in log:
        if step_of(record) is None:
            continue
        before = cases.get(record["case_id"], [])
        if record["event_key"] in {row["event_key"] for row in before}:
            continue
        after = sorted([*before, record], key=order)
        cases[record["case_id"]] = after
        cause = {name: record[name] for name in ("log", "partition", "offset", "case_id")} | {
            "known_at": record["recordedtime"]
        }
        was = now = Case()
        late = False
        for row in after:
            if row is not record:
                if late and was == now:
                    break
                was = apply(was, row, policies)[0]
            now, transition, changes = apply(now, row, policies)
            late = late or row is record
            if late:
                about = {"event_key": row["event_key"]} | cause
                transitions.append({"time": row["time"], "sequence": sequence_of(row)} | transition | about)
                clocks += [change | about for change in changes]
    return transitions, clocks
