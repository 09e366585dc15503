"""Clocks: how time is measured along a calendar, and what one event does to one clock of its case.

Every function is over integers and arrays, and compiled on first use.
"""

from __future__ import annotations

from pipeline.domain.cases.columns import (
    ACTIVATE,
    ACTIVATED,
    AMOUNT,
    AT,
    BREACH,
    BREACHED,
    BREACHED_AT,
    BUSINESS_DAYS,
    BUSINESS_HOURS,
    BY_POLICY,
    CALENDAR,
    CANCEL,
    CHANGE,
    CLOCK_COLUMNS,
    CLOSES,
    COUNTED,
    CYCLE,
    DAYS,
    DUE,
    DUE_AT,
    ELAPSED,
    ELAPSED_US,
    FIRST_END,
    FULFIL,
    IDLE,
    ITS_POLICY,
    KIND,
    MIDNIGHTS,
    MIDNIGHTS_END,
    NEVER,
    NONE,
    OF_CYCLE,
    OF_TARGET,
    OFFICE_CLOSES,
    OFFICE_DAYS,
    OFFICE_DAYS_END,
    OPENS,
    OPENS_END,
    ORDINAL,
    OVER,
    PAUSE,
    PAUSED,
    PAUSED_FROM,
    PAUSED_US,
    PAUSES,
    RESUME,
    RULE,
    RUN_FROM,
    RUNNING,
    STARTS,
    STATE,
    STATUS,
    STOPS,
    TARGET,
    WAITING,
    WALL_US,
    WORKED,
    Int64s,
    Tables,
    inlined,
    inner,
)


@inner
def count_up_to(sorted_values: Int64s, begin: int, end: int, value: int) -> int:
    """Position after the last of `sorted_values[begin:end]` that is at most `value`."""
    while begin < end:
        middle = (begin + end) // 2
        if sorted_values[middle] <= value:
            begin = middle + 1
        else:
            end = middle
    return begin


@inner
def worked_us(t: Tables, calendar: int, moment: int) -> int:
    """Business time from the calendar's beginning to a moment."""
    opens = t.calendars[calendar, OPENS]
    at = count_up_to(t.instants, opens, t.calendars[calendar, OPENS_END], moment) - 1 - opens
    if at < 0:
        return 0
    closes, worked = t.instants[t.calendars[calendar, CLOSES] + at], t.instants[t.calendars[calendar, WORKED] + at]
    return int(worked + min(moment, closes) - t.instants[opens + at])


@inner
def moment_at(t: Tables, calendar: int, worked: int) -> int:
    """The first moment at which so much business time has passed; beyond the last hours, wall time goes on."""
    opens, begin = t.calendars[calendar, OPENS], t.calendars[calendar, WORKED]
    end = begin + t.calendars[calendar, OPENS_END] - opens
    at = max(count_up_to(t.instants, begin, end, worked - 1) - 1 - begin, 0)
    return int(t.instants[opens + at] + worked - t.instants[begin + at])


@inner
def spent_us(t: Tables, rule: Int64s, since: int, until: int) -> int:
    """Time of the clock's own kind between two moments."""
    if rule[KIND] == BUSINESS_HOURS or rule[KIND] == BUSINESS_DAYS:
        return worked_us(t, rule[CALENDAR], until) - worked_us(t, rule[CALENDAR], since)
    return until - since


@inner
def due_after(t: Tables, rule: Int64s, moment: int, left: int) -> int:
    """When so much time of the clock's own kind has passed after a moment; never before it."""
    if rule[KIND] == BUSINESS_HOURS or rule[KIND] == BUSINESS_DAYS:
        return max(moment, moment_at(t, rule[CALENDAR], worked_us(t, rule[CALENDAR], moment) + left))
    return moment + max(left, 0)


@inner
def target_us(t: Tables, rule: Int64s, moment: int) -> int:
    """How much time of its own kind a clock has that starts at a moment."""
    kind, amount, calendar = rule[KIND], rule[AMOUNT], rule[CALENDAR]
    if kind == BUSINESS_DAYS:  # to closing time of the n-th day with hours after the local day of the moment
        begin, end = t.calendars[calendar, OFFICE_DAYS], t.calendars[calendar, OFFICE_DAYS_END]
        at = min(count_up_to(t.instants, begin, end, moment) + amount, end) - 1 - begin
        return spent_us(t, rule, moment, t.instants[t.calendars[calendar, OFFICE_CLOSES] + at])
    if kind == DAYS:  # to the end of the n-th local day after that of the moment
        begin, end = t.calendars[calendar, MIDNIGHTS], t.calendars[calendar, MIDNIGHTS_END]
        return int(t.instants[min(count_up_to(t.instants, begin, end, moment) + amount, end - 1)] - moment)
    return int(amount)


@inner
def note(out: Int64s, n: int, rule: int, policy: int, clock: Int64s, change: int, at: int, elapsed: int) -> int:
    """Write one row about a clock; how many rows there are then."""
    if len(out):
        row = out[n]
        row[RULE], row[OF_CYCLE], row[CHANGE], row[AT] = rule, clock[CYCLE], change, at
        row[DUE_AT] = NEVER if clock[STATUS] == WAITING else clock[DUE]
        row[OF_TARGET], row[ELAPSED_US], row[WALL_US] = clock[TARGET], elapsed, at - clock[ACTIVATED]
        row[PAUSED_US], row[BREACHED_AT] = clock[PAUSED], clock[BREACHED]
        row[COUNTED], row[BY_POLICY] = clock[ORDINAL], policy
    clock[ORDINAL] += 1
    return n + 1


@inner
def start(t: Tables, rule: Int64s, clock: Int64s, moment: int) -> None:
    """Begin a new cycle of a clock."""
    clock[STATUS], clock[CYCLE], clock[ACTIVATED], clock[RUN_FROM] = RUNNING, clock[CYCLE] + 1, moment, moment
    clock[TARGET] = target_us(t, rule, moment)
    clock[DUE] = due_after(t, rule, moment, clock[TARGET])
    clock[ELAPSED], clock[PAUSED], clock[BREACHED], clock[ORDINAL] = 0, 0, NEVER, 0


@inner
def halt(t: Tables, rule: Int64s, clock: Int64s, moment: int) -> None:
    """Let a clock that runs wait. What no longer matters is forgotten, so that like cases are alike."""
    clock[ELAPSED] += spent_us(t, rule, clock[RUN_FROM], moment)
    clock[STATUS], clock[PAUSED_FROM], clock[RUN_FROM], clock[DUE] = WAITING, moment, 0, clock[BREACHED]


@inner
def go_on(t: Tables, rule: Int64s, clock: Int64s, moment: int) -> None:
    """Let a clock run on after a pause; one that breached before keeps the time it fell due at."""
    clock[PAUSED] += moment - clock[PAUSED_FROM]
    clock[STATUS], clock[RUN_FROM], clock[PAUSED_FROM] = RUNNING, moment, 0
    if clock[BREACHED] == NEVER:
        clock[DUE] = due_after(t, rule, moment, clock[TARGET] - clock[ELAPSED])


@inner
def forget(clock: Int64s) -> None:
    """Of a clock that is over only its cycle matters to what follows."""
    for column in range(ACTIVATED, CLOCK_COLUMNS):
        clock[column] = 0
    clock[BREACHED] = NEVER


@inlined
def concerns(rules: Int64s, which: int, clocks: Int64s, moment: int, applied_step: int, state: Int64s) -> bool:
    """Whether an event may change a clock of its case at all: few do, and asking is cheaper than trying."""
    status = clocks[which, STATUS]
    if status == RUNNING and clocks[which, BREACHED] == NEVER and moment > clocks[which, DUE]:
        return True
    if applied_step == NONE:
        return False
    policy, runs = state[ITS_POLICY], status in (RUNNING, WAITING)
    if runs and (state[STATE] >= FIRST_END or (rules[policy, which, STOPS] >> applied_step) & 1):
        return True
    pauses = (rules[policy, which, PAUSES] >> state[STATE]) & 1
    if (status == RUNNING and pauses) or (status == WAITING and not pauses):
        return True
    return bool((rules[policy, which, STARTS] >> applied_step) & 1 and not runs)


@inner
def run_clock(
    t: Tables, which: int, clock: Int64s, moment: int, applied_step: int, state: Int64s, out: Int64s, n: int
) -> int:
    """What one event does to one clock of its case, whose `state` is the one after it; how many rows there are then.

    `applied_step` is none where the step was not applied: then only a breach can be noticed.
    """
    policy = state[ITS_POLICY]
    rule = t.rules[policy, which]
    if clock[STATUS] == RUNNING and clock[BREACHED] == NEVER and moment > clock[DUE]:
        clock[BREACHED] = clock[DUE]
        elapsed = clock[ELAPSED] + spent_us(t, rule, clock[RUN_FROM], clock[DUE])
        n = note(out, n, which, policy, clock, BREACH, clock[DUE], elapsed)
    if applied_step == NONE:
        return n
    ended = state[STATE] >= FIRST_END
    if clock[STATUS] == RUNNING or clock[STATUS] == WAITING:
        stops = (rule[STOPS] >> applied_step) & 1
        if stops or ended:
            if clock[STATUS] == WAITING:
                go_on(t, rule, clock, moment)
            elapsed = clock[ELAPSED] + spent_us(t, rule, clock[RUN_FROM], moment)
            clock[STATUS] = OVER
            n = note(out, n, which, policy, clock, FULFIL if stops else CANCEL, moment, elapsed)
            forget(clock)
    if (rule[STARTS] >> applied_step) & 1 and not ended and (clock[STATUS] == IDLE or clock[STATUS] == OVER):
        start(t, rule, clock, moment)
        n = note(out, n, which, policy, clock, ACTIVATE, moment, 0)
    pauses = (rule[PAUSES] >> state[STATE]) & 1
    if clock[STATUS] == RUNNING and pauses:
        halt(t, rule, clock, moment)
        n = note(out, n, which, policy, clock, PAUSE, moment, clock[ELAPSED])
    elif clock[STATUS] == WAITING and not pauses:
        go_on(t, rule, clock, moment)
        n = note(out, n, which, policy, clock, RESUME, moment, clock[ELAPSED])
    return n
