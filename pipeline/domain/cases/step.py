"""One step of one case, as a function over integers: the decision, what it changes, and what it does to the clocks.

Everything a case is lies in one row of `Store.states` and one row per clock of `Store.clocks`.
"""

from __future__ import annotations

from pipeline.domain.cases.clockwork import concerns, run_clock
from pipeline.domain.cases.columns import (
    ACCEPTANCE,
    ACKNOWLEDGED_ONCE,
    ANOTHER_CASE,
    ANOTHER_CLASS,
    APPLIED,
    ASKED,
    ASSESSED,
    BEFORE,
    CAME_TO,
    CHANNEL,
    CLASS,
    COMPLEXITY,
    CRITICAL,
    DECIDED_AS,
    FIRST_PRIORITY,
    FLAGS,
    IMMEDIATE,
    IMPACT,
    INTO_ITSELF,
    ITS_CHANNEL,
    ITS_CLASS,
    ITS_POLICY,
    ITS_PRODUCT,
    ITS_SEVERITY,
    KEY,
    LOWERS,
    MARKS,
    MERGED,
    MERGED_BY,
    NEEDS_ACTION,
    NEW_ACCEPTANCE,
    NEW_REJECTION,
    NONE,
    OFFERED_ONCE,
    OUTCOME,
    POLICY,
    POSSIBLE_ACTION,
    PRIORITY,
    PRODUCT,
    RAISES,
    RECEIVED,
    RECLASSIFIED,
    RECOURSE_TOLD,
    REOPENED,
    REOPENS,
    REPORTABLE,
    SAFETY,
    SAID_ACCEPTED,
    SAID_BACK_TO,
    SAID_OUTCOME,
    SAID_REASON,
    SAID_REJECTED,
    SAID_STATE,
    SAYS,
    SEVERITY,
    SOMETHING_OFFERED,
    STATE,
    STATE_FROM,
    STATES,
    STEP,
    STILL_COMPLAINT,
    TELLS_RECOURSE,
    TIME,
    UNACKNOWLEDGED,
    VULNERABLE,
    WAITS,
    WHY,
    Int32s,
    Int64s,
    Tables,
    inlined,
    inner,
)


@inlined
def holds(guard: int, state: Int64s, fact: Int32s) -> int:
    """1 where the answer to a guard's question is yes, else 0."""
    marks, flags = state[MARKS], fact[FLAGS]
    new_recourse = flags & TELLS_RECOURSE != 0 and marks & RECOURSE_TOLD == 0
    yes = True
    if guard == UNACKNOWLEDGED:
        yes = marks & ACKNOWLEDGED_ONCE == 0
    elif guard == SOMETHING_OFFERED:
        yes = marks & OFFERED_ONCE != 0
    elif guard == NEW_ACCEPTANCE:
        yes = state[ACCEPTANCE] != SAID_ACCEPTED
    elif guard == NEW_REJECTION:
        yes = new_recourse or state[ACCEPTANCE] != SAID_REJECTED
    elif guard == ANOTHER_CLASS:
        yes = flags & STILL_COMPLAINT == 0
    elif guard == ANOTHER_CASE:
        yes = flags & INTO_ITSELF == 0
    return 1 if yes else 0


@inlined
def judge(t: Tables, state: Int64s, fact: Int32s) -> tuple[int, int, int, int]:
    """Outcome, reason, state after a step, and where a case that waits then comes back to; changes nothing."""
    place = state[STATE] if state[STATE] != WAITS else STATES + state[BEFORE]
    step = fact[STEP]
    answer = holds(t.decisions[place, step, 0, ASKED], state, fact)
    outcome, reason = t.decisions[place, step, answer, SAID_OUTCOME], t.decisions[place, step, answer, SAID_REASON]
    return outcome, reason, t.decisions[place, step, answer, SAID_STATE], t.decisions[place, step, answer, SAID_BACK_TO]


@inlined
def assess(t: Tables, state: Int64s, fact: Int32s) -> None:
    """Take an assessment in. Safety is critical whatever the matrix says, and whoever saw it first."""
    state[ITS_SEVERITY] = fact[SEVERITY]
    needed = 1 if fact[FLAGS] & NEEDS_ACTION else 0
    possible = 1 if fact[FLAGS] & POSSIBLE_ACTION else 0
    found = t.priorities[state[ITS_POLICY], fact[SEVERITY], fact[IMPACT], fact[COMPLEXITY], needed, possible]
    state[PRIORITY] = CRITICAL if state[MARKS] & SAFETY else found
    if state[FIRST_PRIORITY] == NONE:
        state[FIRST_PRIORITY] = state[PRIORITY]


@inlined
def take_facts(t: Tables, when: Int64s, fact: Int32s, state: Int64s, to: int, back_to: int) -> None:
    """Change a case by a step that is applied."""
    step = fact[STEP]
    state[STATE], state[BEFORE] = to, back_to
    if step == RECEIVED:
        state[ITS_POLICY] = fact[POLICY]
    if state[ITS_PRODUCT] == NONE:
        state[ITS_PRODUCT] = fact[PRODUCT]
    if state[ITS_CHANNEL] == NONE:
        state[ITS_CHANNEL] = fact[CHANNEL]
    said = fact[FLAGS] & (SAFETY | VULNERABLE | REPORTABLE | IMMEDIATE)
    told = RECOURSE_TOLD if fact[FLAGS] & TELLS_RECOURSE else 0
    state[MARKS] = (state[MARKS] & ~t.effects[step, LOWERS]) | t.effects[step, RAISES] | said | told
    if t.effects[step, SAYS] != NONE:
        state[ACCEPTANCE] = t.effects[step, SAYS]
    if fact[OUTCOME] != NONE:
        state[DECIDED_AS] = fact[OUTCOME]
    if step == ASSESSED and fact[SEVERITY]:
        assess(t, state, fact)
    elif step == REOPENED:
        state[REOPENS] += 1
        state[ITS_CLASS] = NONE
    elif step == RECLASSIFIED:
        state[ITS_CLASS] = fact[CLASS]
    elif step == MERGED:
        state[MERGED_BY] = when[KEY]


@inner
def step_case(
    t: Tables, when: Int64s, fact: Int32s, state: Int64s, clocks: Int64s, transition: Int64s, out: Int64s, n: int
) -> int:
    """One event of one case: changes `state` and `clocks`, fills `transition` from CAME_TO on, writes clock rows.

    How many clock rows there are then. Empty `transition` and `out` take nothing.
    """
    was = state[STATE]
    outcome, reason, to, back_to = judge(t, state, fact)
    if outcome == APPLIED:
        take_facts(t, when, fact, state, to, back_to)
    if len(transition):
        transition[CAME_TO], transition[WHY], transition[STATE_FROM] = outcome, reason, was
        for column in range(len(state)):
            transition[STATE_FROM + 1 + column] = state[column]
    if state[ITS_POLICY] != NONE:
        applied_step = fact[STEP] if outcome == APPLIED else NONE
        for which in range(len(clocks)):
            if concerns(t.rules, which, clocks, when[TIME], applied_step, state):
                n = run_clock(t, which, clocks[which], when[TIME], applied_step, state, out, n)
    return n
