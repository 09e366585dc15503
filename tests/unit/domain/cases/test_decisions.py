"""Every step in every state, written out by hand: the table of the code must agree with this one, cell by cell.

>inv   applied, the case is then investigating        .      applied, the state stays
~ass   applied, it still waits and will come back to assessed
=rr    a repeat, for the reason rr                    !gb    refused, for the reason gb
a|b    a where the guard's question is answered yes, b where no
"""

from __future__ import annotations

import pytest

from pipeline.domain.cases.decisions import (
    GUARD_QUESTIONS,
    WAITED_IN,
    Guard,
    cell,
    compiled_decisions,
    decide,
)
from pipeline.domain.cases.lifecycle import ENDED, Outcome, Reason, State, Step

STATES = {
    "rcv": State.RECEIVED,
    "ack": State.ACKNOWLEDGED,
    "ass": State.ASSESSED,
    "inv": State.INVESTIGATING,
    "off": State.RESPONSE_OFFERED,
    "dec": State.DECIDED,
    "acc": State.ACCEPTED,
    "rej": State.REJECTED,
    "esc": State.ESCALATED,
    "wai": State.AWAITING_COMPLAINANT,
    "reo": State.REOPENED,
    "clo": State.CLOSED,
    "wdr": State.WITHDRAWN,
    "rcl": State.RECLASSIFIED,
    "mrg": State.MERGED,
}
REASONS = {
    "nr": "not_received",
    "rr": "already_received",
    "ra": "already_acknowledged",
    "ri": "already_investigating",
    "rc": "already_accepted",
    "rj": "already_rejected",
    "rw": "already_waiting",
    "nw": "not_waiting",
    "op": "already_open",
    "rd": "already_closed",
    "rt": "already_withdrawn",
    "rl": "already_reclassified",
    "rm": "already_merged",
    "co": "already_complaint",
    "no": "nothing_offered",
    "gb": "goes_back",
    "en": "case_ended",
    "me": "merged_into_itself",
}
STEPS = [
    "received",
    "acknowledged",
    "assessed",
    "investigation-started",
    "response-offered",
    "decision-communicated",
    "accepted",
    "rejected",
    "escalated",
    "awaiting-complainant",
    "resumed",
    "closed",
    "reopened",
    "withdrawn",
    "reclassified",
    "merged",
]

# recvd  ackn     assd inv   offer dec   accepted rejected escal await res   closed reop withdr reclass   merged
GRID = """
absent   >rcv !nr !nr !nr !nr !nr !nr !nr !nr !nr !nr !nr !nr !nr !nr !nr
rcv      =rr >ack|=ra >ass >inv >off >dec >acc|!no >rej|!no >esc >wai =nw >clo =op >wdr >rcl|=co >mrg|!me
ack      =rr .|=ra    >ass >inv >off >dec >acc|!no >rej|!no >esc >wai =nw >clo =op >wdr >rcl|=co >mrg|!me
ass      =rr .|=ra    .    >inv >off >dec >acc|!no >rej|!no >esc >wai =nw >clo =op >wdr >rcl|=co >mrg|!me
inv      =rr .|=ra    .    =ri  >off >dec >acc|!no >rej|!no >esc >wai =nw >clo =op >wdr >rcl|=co >mrg|!me
off      =rr .|=ra    .    !gb  .    >dec >acc     >rej     >esc >wai =nw >clo >reo >wdr >rcl|=co >mrg|!me
dec      =rr .|=ra    .    !gb  !gb  .    >acc     >rej     >esc >wai =nw >clo >reo >wdr >rcl|=co >mrg|!me
acc      =rr .|=ra    .    !gb  !gb  .    .|=rc    >rej     !gb  >wai =nw >clo >reo >wdr >rcl|=co >mrg|!me
rej      =rr .|=ra    .    >inv >off >dec >acc     .|=rj    >esc >wai =nw >clo =op >wdr >rcl|=co >mrg|!me
esc      =rr .|=ra    .    >inv >off >dec >acc|!no >rej|!no .    >wai =nw >clo =op >wdr >rcl|=co >mrg|!me
reo      =rr .|=ra    >ass >inv >off >dec >acc|!no >rej|!no >esc >wai =nw >clo =op >wdr >rcl|=co >mrg|!me
clo      =rr !en      !en  !en  !en  !en  .|=rc    .|=rj    !en  !en  !en =rd  >reo !en  !en      !en
wdr      =rr !en      !en  !en  !en  !en  !en      !en      !en  !en  !en !en  >reo =rt  !en      !en
rcl      =rr !en      !en  !en  !en  !en  !en      !en      !en  !en  !en !en  >reo !en  =rl      !en
mrg      =rr !en      !en  !en  !en  !en  !en      !en      !en  !en  !en !en  !en  !en  !en      =rm
wai/rcv  =rr ~ack|=ra ~ass >inv >off >dec >acc|!no >rej|!no >esc =rw >rcv >clo =op >wdr >rcl|=co >mrg|!me
wai/ack  =rr .|=ra    ~ass >inv >off >dec >acc|!no >rej|!no >esc =rw >ack >clo =op >wdr >rcl|=co >mrg|!me
wai/ass  =rr .|=ra    .    >inv >off >dec >acc|!no >rej|!no >esc =rw >ass >clo =op >wdr >rcl|=co >mrg|!me
wai/inv  =rr .|=ra    .    >inv >off >dec >acc|!no >rej|!no >esc =rw >inv >clo =op >wdr >rcl|=co >mrg|!me
wai/off  =rr .|=ra    .    !gb  >off >dec >acc     >rej     >esc =rw >off >clo >reo >wdr >rcl|=co >mrg|!me
wai/dec  =rr .|=ra    .    !gb  !gb  >dec >acc     >rej     >esc =rw >dec >clo >reo >wdr >rcl|=co >mrg|!me
wai/acc  =rr .|=ra    .    !gb  !gb  .    .|=rc    >rej     !gb  =rw >acc >clo >reo >wdr >rcl|=co >mrg|!me
wai/rej  =rr .|=ra    .    >inv >off >dec >acc     .|=rj    >esc =rw >rej >clo =op >wdr >rcl|=co >mrg|!me
wai/esc  =rr .|=ra    .    >inv >off >dec >acc|!no >rej|!no .    =rw >esc >clo =op >wdr >rcl|=co >mrg|!me
wai/reo  =rr .|=ra    ~ass >inv >off >dec >acc|!no >rej|!no >esc =rw >reo >clo =op >wdr >rcl|=co >mrg|!me
"""

PLACES = [line.split()[0] for line in GRID.strip().splitlines()]
CELLS = {
    (line.split()[0], step): token
    for line in GRID.strip().splitlines()
    for step, token in zip(STEPS, line.split()[1:], strict=True)
}


def standing(place: str) -> tuple[State, State | None]:
    state, _, before = place.partition("/")
    return STATES.get(state, State.ABSENT), STATES[before] if before else None


def said(place: str, step: Step, *, holds: bool) -> str:
    """One decision of the code in the notation above."""
    state, before = standing(place)
    decision = decide(state, step, holds=holds, before=before)
    short = {state: name for name, state in STATES.items()}
    if decision.outcome is Outcome.APPLIED:
        assert decision.reason is None
        if decision.to is not state and decision.to is not None:
            return f">{short[decision.to]}"
        return "." if decision.back_to in (None, before) else f"~{short[decision.back_to]}"
    assert decision.to is state
    assert decision.back_to is before
    reason = {name: key for key, name in REASONS.items()}[str(decision.reason)]
    return ("=" if decision.outcome is Outcome.REPEAT else "!") + reason


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("place", PLACES)
def test_each_step_in_each_state_is_decided_as_written(place: str, step: Step) -> None:
    yes, _, no = CELLS[place, step.value].partition("|")
    assert said(place, step, holds=True) == yes
    assert said(place, step, holds=False) == (no or yes)
    assert (cell(*reversed_arguments(place, step)).guard is Guard.ALWAYS) == (not no)


def reversed_arguments(place: str, step: Step) -> tuple[State, Step, State | None]:
    state, before = standing(place)
    return state, step, before


def test_the_grid_leaves_out_no_state_no_step_and_no_reason() -> None:
    assert [step.value for step in Step] == STEPS
    assert {standing(place)[0] for place in PLACES} == set(State)
    assert {before for place in PLACES if (before := standing(place)[1])} == set(WAITED_IN)
    assert set(REASONS.values()) == {reason.value for reason in Reason}
    spoken = {token[1:] for cells in CELLS.values() for token in cells.split("|") if token[0] in "=!"}
    assert spoken == set(REASONS)


def test_a_case_that_waits_must_say_what_it_waited_in() -> None:
    with pytest.raises(ValueError, match="state before"):
        decide(State.AWAITING_COMPLAINANT, Step.RESUMED)


def test_every_guard_has_its_question() -> None:
    assert set(GUARD_QUESTIONS) == set(Guard) - {Guard.ALWAYS}


def test_ends_are_the_last_states_as_the_fold_assumes() -> None:
    assert set(list(State)[-len(ENDED) :]) == ENDED


@pytest.mark.parametrize("place", PLACES)
def test_the_compiled_table_says_the_same(place: str) -> None:
    compiled, states = compiled_decisions(), list(State)
    state, before = standing(place)
    at = states.index(state) if before is None else len(states) + states.index(before)
    for column, step in enumerate(Step):
        for holds in (False, True):
            decision = decide(state, step, holds=holds, before=before)
            outcome, reason, to, back_to, guard = compiled[at, column, int(holds)].tolist()
            assert list(Guard)[guard] is cell(state, step, before).guard
            assert list(Outcome)[outcome] is decision.outcome
            assert (list(Reason)[reason] if reason >= 0 else None) is decision.reason
            assert states[to] is decision.to
            assert states[back_to] is (decision.back_to or State.ABSENT)
