"""Cases in memory as chains of events: putting records in, late ones too, and writing the rows that they cause.

A late record costs one walk along its case; so does looking for its key among the case's. A case of n events that all
arrive in reverse therefore costs n² steps (and rows: each is a correction of all after it), an ordinary one n.
"""

from __future__ import annotations

import numpy as np

from pipeline.domain.cases.columns import (
    ABSENT,
    BREACHED,
    CHANGES_AT_ONCE,
    CLOCK_COLUMNS,
    CYCLE,
    DAY_US,
    DECIDED_AS,
    EVENT,
    FIRST_END,
    FIRST_PRIORITY,
    ITS_CHANNEL,
    ITS_CLASS,
    ITS_POLICY,
    ITS_PRODUCT,
    KEY,
    KNOWN,
    NEVER,
    NONE,
    PRIORITY,
    RECEIVED,
    ROW,
    SEQUENCE,
    STATE,
    STATE_COLUMNS,
    STEP,
    TIME,
    Int64s,
    Rows,
    Store,
    Tables,
    compiled,
    inlined,
    inner,
)
from pipeline.domain.cases.step import step_case


@inner
def begin(state: Int64s, clocks: Int64s) -> None:
    """Make a case one that nothing happened to."""
    for column in range(len(state)):
        state[column] = 0
    state[STATE] = ABSENT
    state[ITS_POLICY], state[ITS_PRODUCT], state[ITS_CHANNEL] = NONE, NONE, NONE
    state[PRIORITY], state[FIRST_PRIORITY], state[ITS_CLASS], state[DECIDED_AS] = NONE, NONE, NONE, NONE
    for which in range(len(clocks)):
        for column in range(CLOCK_COLUMNS):
            clocks[which, column] = 0
        clocks[which, CYCLE], clocks[which, BREACHED] = NONE, NEVER


@inlined
def comes_before(store: Store, one: int, other: int) -> bool:
    """Whether an event is before another of its case: by time, sequence, step and key, in this order."""
    for column in (TIME, SEQUENCE):
        if store.whens[one, column] != store.whens[other, column]:
            return bool(store.whens[one, column] < store.whens[other, column])
    if store.facts[one, STEP] != store.facts[other, STEP]:
        return bool(store.facts[one, STEP] < store.facts[other, STEP])
    return bool(store.whens[one, KEY] < store.whens[other, KEY])


@inlined
def has_key(store: Store, case: int, key: int) -> bool:
    """Whether a case has an event of this key already."""
    event = store.last[case]
    while event != NONE:
        if store.whens[event, KEY] == key:
            return True
        event = store.preceding[event]
    return False


@inlined
def free(store: Store, event: int) -> None:
    """Give an event's place back."""
    store.freed[store.freed_count[0]] = event
    store.freed_count[0] += 1


@inner
def forget(store: Store, case: int) -> None:
    """Drop all events of a case and make it one that nothing happened to."""
    event = store.last[case]
    while event != NONE:
        free(store, event)
        event = store.preceding[event]
    store.first[case], store.last[case], store.lengths[case], store.known[case] = NONE, NONE, 0, NEVER
    begin(store.states[case], store.clocks[case])


@compiled
def forget_all(store: Store, cases: Int64s) -> None:
    """`forget` each of the cases."""
    for case in cases:
        forget(store, case)


@inlined
def is_over(state: int) -> bool:
    """Whether a case in this state is not open: never received, or ended."""
    return state == ABSENT or state >= FIRST_END


@inlined
def begins_anew(store: Store, case: int, event: int, memory_days: int) -> bool:
    """Whether a receipt comes so long after all else about a case that is not open that it is another case's."""
    if store.facts[event, STEP] != RECEIVED or store.lengths[case] == 0 or not is_over(store.states[case, STATE]):
        return False
    return bool(store.whens[event, KNOWN] // DAY_US - store.known[case] // DAY_US > memory_days)


@inlined
def link(store: Store, case: int, event: int) -> int:
    """Put an event where it belongs in its case; the one it now follows, or none."""
    before = store.last[case]
    while before != NONE and comes_before(store, event, before):
        before = store.preceding[before]
    after = store.first[case] if before == NONE else store.following[before]
    store.preceding[event], store.following[event] = before, after
    if before == NONE:
        store.first[case] = event
    else:
        store.following[before] = event
    if after == NONE:
        store.last[case] = event
    else:
        store.preceding[after] = event
    store.lengths[case] += 1
    store.known[case] = max(store.known[case], store.whens[event, KNOWN])
    return int(before)


@inner
def same(state: Int64s, clocks: Int64s, other_state: Int64s, other_clocks: Int64s) -> bool:
    """Whether two cases are alike in all."""
    for column in range(len(state)):
        if state[column] != other_state[column]:
            return False
    for which in range(len(clocks)):
        for column in range(CLOCK_COLUMNS):
            if clocks[which, column] != other_clocks[which, column]:
                return False
    return True


@inner
def write(
    t: Tables, store: Store, row: int, event: int, state: Int64s, clocks: Int64s, out: Rows, counts: Int64s
) -> None:
    """One event's step with the rows that it writes, all caused by the record in `row` of the batch."""
    n, m = counts[0], counts[1]
    if len(out.transitions) == 0:
        step_case(t, store.whens[event], store.facts[event], state, clocks, out.quiet, out.clocks, 0)
        return
    out.transitions[n, ROW], out.transitions[n, EVENT] = row, event
    after = step_case(t, store.whens[event], store.facts[event], state, clocks, out.transitions[n], out.clocks, m)
    for at in range(m, after):
        out.clocks[at, ROW], out.clocks[at, EVENT] = row, event
    counts[0], counts[1] = n + 1, after


@inner
def refold(t: Tables, store: Store, row: int, case: int, late: int, out: Rows, counts: Int64s) -> None:
    """Fold a case again because of a late event; rows for it and for those after it, until nothing changes any more.

    The case is walked as it was and as it is now; where both come to the same after an event, what follows it stands.
    """
    silent = np.empty((0, 0), np.int64)
    was, was_clocks = np.empty(STATE_COLUMNS, np.int64), np.empty((store.clocks.shape[1], CLOCK_COLUMNS), np.int64)
    begin(was, was_clocks)
    event = store.first[case]
    while event != late:
        step_case(t, store.whens[event], store.facts[event], was, was_clocks, out.quiet, silent, 0)
        event = store.following[event]
    now, now_clocks = was.copy(), was_clocks.copy()
    write(t, store, row, late, now, now_clocks, out, counts)
    event = store.following[late]
    while event != NONE:
        if same(was, was_clocks, now, now_clocks):
            return
        step_case(t, store.whens[event], store.facts[event], was, was_clocks, out.quiet, silent, 0)
        write(t, store, row, event, now, now_clocks, out, counts)
        event = store.following[event]
    store.states[case, :], store.clocks[case, :, :] = now, now_clocks


@compiled
def fold_rows(
    t: Tables, store: Store, cases: Int64s, events: Int64s, since: int, memory_days: int, out: Rows, counts: Int64s
) -> int:
    """Fold records in log order from row `since` on: row r is event `events[r]` of case `cases[r]`.

    Stops before a row whose rows might not fit into `out`; returns the row to go on from, `counts` the rows written.
    Where `out` has no room at all, no rows are wanted.
    """
    quiet = len(out.transitions) == 0
    for row in range(since, len(cases)):
        case, event = cases[row], events[row]
        most = store.lengths[case] + 1
        if not quiet and counts[0] + most > len(out.transitions):
            return row
        if not quiet and counts[1] + most * CHANGES_AT_ONCE * store.clocks.shape[1] > len(out.clocks):
            return row
        if begins_anew(store, case, event, memory_days):
            forget(store, case)
        if has_key(store, case, store.whens[event, KEY]):
            free(store, event)
            continue
        link(store, case, event)
        if store.following[event] == NONE:
            write(t, store, row, event, store.states[case], store.clocks[case], out, counts)
        else:
            refold(t, store, row, case, event, out, counts)
    return len(cases)


@compiled
def chained(store: Store, cases: Int64s, events: Int64s) -> None:
    """Fill `events` with the events of each case in turn, each case's in its order."""
    n = 0
    for case in cases:
        event = store.first[case]
        while event != NONE:
            events[n] = event
            n += 1
            event = store.following[event]
