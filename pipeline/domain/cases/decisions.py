"""The one table of a case's life: what becomes of every step in every state.

The fold runs on it (`compiled_decisions`), the page `docs/cases.md` is written from it (`diagram`), and while a case
waits for the complainant a step is judged as if work had gone on in the state before (`decide`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.cases.lifecycle import ENDED, Outcome, Reason, State, Step


class Guard(StrEnum):
    """A question about the case or the event on which some decisions hang."""

    ALWAYS = "always"
    UNACKNOWLEDGED = "unacknowledged"
    SOMETHING_OFFERED = "something_offered"
    NEW_ACCEPTANCE = "new_acceptance"
    NEW_REJECTION = "new_rejection"
    ANOTHER_CLASS = "another_class"
    ANOTHER_CASE = "another_case"


GUARD_QUESTIONS: Final[Mapping[Guard, str]] = MappingProxyType(
    {
        Guard.UNACKNOWLEDGED: "not acknowledged yet since it was received or reopened",
        Guard.SOMETHING_OFFERED: "a response or decision was given since it was received or reopened",
        Guard.NEW_ACCEPTANCE: "the complainant did not accept it last",
        Guard.NEW_REJECTION: "the complainant did not reject it last, or recourse is told for the first time",
        Guard.ANOTHER_CLASS: "the new class is not `complaint`",
        Guard.ANOTHER_CASE: "the case it goes into is another one",
    }
)
"""Every guard but `always`, as a statement that holds or does not."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a step.

    `to` is the state after it, None where the state stays; `back_to` the state that a waiting case then comes back to,
    None where that stays.
    """

    outcome: Outcome
    to: State | None = None
    reason: Reason | None = None
    back_to: State | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """The decision where the guard holds, and the one where it does not."""

    then: Decision
    guard: Guard = Guard.ALWAYS
    otherwise: Decision | None = None

    def decide(self, *, holds: bool = True) -> Decision:
        """The decision that counts."""
        return self.then if holds or self.otherwise is None else self.otherwise


def _goes(to: State | None = None) -> Cell:
    return Cell(Decision(Outcome.APPLIED, to))


def _repeats(reason: Reason) -> Cell:
    return Cell(Decision(Outcome.REPEAT, None, reason))


def _refuses(reason: Reason) -> Cell:
    return Cell(Decision(Outcome.REFUSED, None, reason))


def _if(guard: Guard, then: Cell, otherwise: Cell) -> Cell:
    return Cell(then.then, guard, otherwise.then)


_STAYS: Final = _goes()
_BACK: Final = _refuses(Reason.GOES_BACK)
_FIRST_ACKNOWLEDGEMENT: Final = _if(Guard.UNACKNOWLEDGED, _STAYS, _repeats(Reason.ALREADY_ACKNOWLEDGED))
_ANSWERS: Final = {
    step: _if(Guard.SOMETHING_OFFERED, _goes(state), _refuses(Reason.NOTHING_OFFERED))
    for step, state in ((Step.ACCEPTED, State.ACCEPTED), (Step.REJECTED, State.REJECTED))
}
_ACCEPTS: Final = _if(Guard.NEW_ACCEPTANCE, _STAYS, _repeats(Reason.ALREADY_ACCEPTED))
_REJECTS: Final = _if(Guard.NEW_REJECTION, _STAYS, _repeats(Reason.ALREADY_REJECTED))

_OPEN: Final[dict[Step, Cell]] = {
    Step.RECEIVED: _repeats(Reason.ALREADY_RECEIVED),
    Step.ACKNOWLEDGED: _FIRST_ACKNOWLEDGEMENT,
    Step.ASSESSED: _STAYS,
    Step.INVESTIGATION_STARTED: _goes(State.INVESTIGATING),
    Step.RESPONSE_OFFERED: _goes(State.RESPONSE_OFFERED),
    Step.DECISION_COMMUNICATED: _goes(State.DECIDED),
    **_ANSWERS,
    Step.ESCALATED: _goes(State.ESCALATED),
    Step.AWAITING_COMPLAINANT: _goes(State.AWAITING_COMPLAINANT),
    Step.RESUMED: _repeats(Reason.NOT_WAITING),
    Step.CLOSED: _goes(State.CLOSED),
    Step.REOPENED: _repeats(Reason.ALREADY_OPEN),
    Step.WITHDRAWN: _goes(State.WITHDRAWN),
    Step.RECLASSIFIED: _if(Guard.ANOTHER_CLASS, _goes(State.RECLASSIFIED), _repeats(Reason.ALREADY_COMPLAINT)),
    Step.MERGED: _if(Guard.ANOTHER_CASE, _goes(State.MERGED), _refuses(Reason.MERGED_INTO_ITSELF)),
}
"""What holds in an open state unless the state says otherwise."""

_OVER: Final[dict[Step, Cell]] = dict.fromkeys(Step, _refuses(Reason.CASE_ENDED)) | {
    Step.RECEIVED: _repeats(Reason.ALREADY_RECEIVED),
    Step.REOPENED: _goes(State.REOPENED),
}
"""What holds in an end unless the end says otherwise."""

_ANSWERED: Final = {
    step: _goes(state) for step, state in ((Step.ACCEPTED, State.ACCEPTED), (Step.REJECTED, State.REJECTED))
}

_TAKEN_BACK: Final = {Step.INVESTIGATION_STARTED: _BACK, Step.REOPENED: _goes(State.REOPENED)}
"""Once the case is answered, work does not just go on: whoever takes the answer back says that the case is reopened.
Help desks call such a case solved, and mean this by reopening it, before it is ever closed."""

_ROWS: Final[dict[State, dict[Step, Cell]]] = {
    State.ABSENT: dict.fromkeys(Step, _refuses(Reason.NOT_RECEIVED)) | {Step.RECEIVED: _goes(State.RECEIVED)},
    State.RECEIVED: _OPEN
    | {
        Step.ACKNOWLEDGED: _if(Guard.UNACKNOWLEDGED, _goes(State.ACKNOWLEDGED), _repeats(Reason.ALREADY_ACKNOWLEDGED)),
        Step.ASSESSED: _goes(State.ASSESSED),
    },
    State.ACKNOWLEDGED: _OPEN | {Step.ASSESSED: _goes(State.ASSESSED)},
    State.ASSESSED: _OPEN,
    State.INVESTIGATING: _OPEN | {Step.INVESTIGATION_STARTED: _repeats(Reason.ALREADY_INVESTIGATING)},
    State.RESPONSE_OFFERED: _OPEN | _ANSWERED | _TAKEN_BACK | {Step.RESPONSE_OFFERED: _STAYS},
    State.DECIDED: _OPEN
    | _ANSWERED
    | _TAKEN_BACK
    | {
        Step.RESPONSE_OFFERED: _BACK,
        Step.DECISION_COMMUNICATED: _STAYS,
    },
    State.ACCEPTED: _OPEN
    | _TAKEN_BACK
    | {
        Step.RESPONSE_OFFERED: _BACK,
        Step.DECISION_COMMUNICATED: _STAYS,
        Step.ACCEPTED: _ACCEPTS,
        Step.REJECTED: _goes(State.REJECTED),
        Step.ESCALATED: _BACK,
    },
    State.REJECTED: _OPEN | {Step.ACCEPTED: _goes(State.ACCEPTED), Step.REJECTED: _REJECTS},
    State.ESCALATED: _OPEN | {Step.ESCALATED: _STAYS},
    State.REOPENED: _OPEN | {Step.ASSESSED: _goes(State.ASSESSED)},
    State.CLOSED: _OVER
    | {Step.ACCEPTED: _ACCEPTS, Step.REJECTED: _REJECTS, Step.CLOSED: _repeats(Reason.ALREADY_CLOSED)},
    State.WITHDRAWN: _OVER | {Step.WITHDRAWN: _repeats(Reason.ALREADY_WITHDRAWN)},
    State.RECLASSIFIED: _OVER | {Step.RECLASSIFIED: _repeats(Reason.ALREADY_RECLASSIFIED)},
    State.MERGED: _OVER | {Step.REOPENED: _refuses(Reason.CASE_ENDED), Step.MERGED: _repeats(Reason.ALREADY_MERGED)},
}

DECISIONS: Final[Mapping[tuple[State, Step], Cell]] = MappingProxyType(
    {(state, step): cells[step] for state, cells in _ROWS.items() for step in Step}
)
"""Every pair but those of `awaiting_complainant`, which are judged by the state before: see `cell`."""

WAITED_IN: Final = tuple(
    state for state in State if state not in ENDED and state not in (State.ABSENT, State.AWAITING_COMPLAINANT)
)
"""States in which a case can begin to wait."""

_SAYS_WORK_GOES_ON: Final = {
    Step.INVESTIGATION_STARTED: State.INVESTIGATING,
    Step.RESPONSE_OFFERED: State.RESPONSE_OFFERED,
    Step.DECISION_COMMUNICATED: State.DECIDED,
}
_TAKES_NO_WAIT_AWAY: Final = frozenset({Step.ACKNOWLEDGED, Step.ASSESSED})


def cell(state: State, step: Step, before: State | None = None) -> Cell:
    """What becomes of `step` in `state`; `before` is where a case that waits came from.

    While it waits, a step is judged as in the state before, and if that moves the case, the wait is over: but
    acknowledging and assessing only move the state to come back to, and a step that says that the work of the state
    before goes on ends the wait too.
    """
    if state is not State.AWAITING_COMPLAINANT:
        return DECISIONS[state, step]
    if before is None:
        raise ValueError("a case that waits has a state before")
    if step is Step.AWAITING_COMPLAINANT:
        return _repeats(Reason.ALREADY_WAITING)
    if step is Step.RESUMED or _SAYS_WORK_GOES_ON.get(step) is before:
        return _goes(before)
    judged = DECISIONS[before, step]
    if step in _TAKES_NO_WAIT_AWAY:
        return replace(judged, then=replace(judged.then, to=None, back_to=judged.then.to))
    return judged


def decide(state: State, step: Step, *, holds: bool = True, before: State | None = None) -> Decision:
    """The decision with the states after it spelt out; `holds` answers the guard's question.

    `back_to` is None unless the case waits after it.
    """
    decision = cell(state, step, before).decide(holds=holds)
    to = decision.to or state
    waits = to is State.AWAITING_COMPLAINANT
    return replace(decision, to=to, back_to=(decision.back_to or before or state) if waits else None)


def compiled_decisions() -> NDArray[np.int64]:
    """The whole table for the fold, over positions in `State`, `Step`, `Outcome`, `Reason` and `Guard`.

    (place, step, 0 or 1 for whether the guard holds) → outcome, reason (-1: none), state after, state to come back to
    (0: none), guard. A place is the state's position, or for a case that waits `len(State)` plus the position of the
    state before.
    """
    states, outcomes, reasons, guards = list(State), list(Outcome), list(Reason), list(Guard)
    decided = np.zeros((2 * len(states), len(Step), 2, 5), np.int64)
    for place, state, before in _places(states):
        for at, step in enumerate(Step):
            for holds in (False, True):
                said = decide(state, step, holds=holds, before=before)
                decided[place, at, int(holds)] = (
                    outcomes.index(said.outcome),
                    -1 if said.reason is None else reasons.index(said.reason),
                    states.index(said.to or state),
                    states.index(said.back_to or State.ABSENT),
                    guards.index(cell(state, step, before).guard),
                )
    return decided


def _places(states: list[State]) -> Iterable[tuple[int, State, State | None]]:
    for place, state in enumerate(states):
        if state is not State.AWAITING_COMPLAINANT:
            yield place, state, None
    for before in WAITED_IN:
        yield len(states) + states.index(before), State.AWAITING_COMPLAINANT, before
