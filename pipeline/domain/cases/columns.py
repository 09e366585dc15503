"""The columns in which the fold keeps events, cases and clocks as integers, and how its functions are compiled.

A compiled function is kept on disk by its name, so the name carries a digest of the sources that go into it: whatever
changes there, nothing stale is ever run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from pipeline.domain.cases.lifecycle import ENDED, Priority, State, Step

Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]
F = TypeVar("F", bound=Callable[..., object])

_MEANING: Final = ("columns", "clockwork", "step", "chain", "lifecycle", "decisions", "tables", "calendars", "priority")
"""Modules whose functions and numbers go into compiled functions, or into the tables that these run on."""
_SOURCES: Final = b"\0".join(Path(__file__).with_name(f"{name}.py").read_bytes() for name in _MEANING)
DIGEST: Final = hashlib.sha256(_SOURCES).hexdigest()[:16]
"""Names what folding does: other sources may come to other states from the same events."""

NONE = -1
NEVER = -(1 << 62)

# columns of `Store.whens` (64 bits)
KEY, TIME, SEQUENCE, KNOWN = range(4)
WHENS = 4
# columns of `Store.facts` (32 bits)
STEP, POLICY, PRODUCT, CHANNEL, FLAGS, SEVERITY, IMPACT, COMPLEXITY, OUTCOME, CLASS = range(10)
FACTS = 10
# bits of FLAGS of an event
SAYS_SAFETY, SAYS_VULNERABLE, SAYS_REPORTABLE, NEEDS_ACTION = 1, 2, 4, 8
POSSIBLE_ACTION, TELLS_RECOURSE, INTO_ITSELF, STILL_COMPLAINT = 16, 32, 64, 128

# columns of a case's state
STATE, BEFORE, ITS_POLICY, ITS_PRODUCT, ITS_CHANNEL, PRIORITY, FIRST_PRIORITY, ITS_SEVERITY, MARKS = range(9)
DECIDED_AS, ACCEPTANCE, REOPENS, ITS_CLASS, MERGED_BY = range(9, 14)
STATE_COLUMNS = 14
# bits of MARKS; the first four are the event's
SAFETY, VULNERABLE, REPORTABLE, IMMEDIATE = 1, 2, 4, 8
ESCALATED_ONCE, CLOSED_BY_ORGANIZATION, RECOURSE_TOLD, ACKNOWLEDGED_ONCE, OFFERED_ONCE = 16, 32, 64, 128, 256
SAID_ACCEPTED, SAID_REJECTED = 1, 2

# columns of `Tables.effects`
RAISES, LOWERS, SAYS = range(3)

# columns of a clock
STATUS, CYCLE, ACTIVATED, DUE, TARGET, ELAPSED, RUN_FROM, PAUSED, PAUSED_FROM, BREACHED, ORDINAL = range(11)
CLOCK_COLUMNS = 11
IDLE, RUNNING, WAITING, OVER = range(4)

# columns of a policy's clock
STARTS, STOPS, PAUSES, KIND, AMOUNT, CALENDAR = range(6)
RULE_COLUMNS = 6
HOURS, BUSINESS_HOURS, BUSINESS_DAYS, DAYS = range(4)
# columns of `Tables.calendars`: where parts of `Tables.instants` begin and end
OPENS, OPENS_END, CLOSES, WORKED, MIDNIGHTS, MIDNIGHTS_END, OFFICE_DAYS, OFFICE_DAYS_END, OFFICE_CLOSES = range(9)
# columns of `Tables.decisions`
SAID_OUTCOME, SAID_REASON, SAID_STATE, SAID_BACK_TO, ASKED = range(5)

# positions in the enumerations of `lifecycle` and `decisions`
RECEIVED, ASSESSED, DECISION, REJECTED = (
    list(Step).index(each) for each in (Step.RECEIVED, Step.ASSESSED, Step.DECISION_COMMUNICATED, Step.REJECTED)
)
CLOSED, REOPENED, RECLASSIFIED, MERGED = (
    list(Step).index(each) for each in (Step.CLOSED, Step.REOPENED, Step.RECLASSIFIED, Step.MERGED)
)
STATES = len(State)
ABSENT, WAITS = list(State).index(State.ABSENT), list(State).index(State.AWAITING_COMPLAINANT)
FIRST_END = min(list(State).index(each) for each in ENDED)
"""The ends are the last states."""
APPLIED, REPEAT, REFUSED = range(3)
ACTIVATE, PAUSE, RESUME, FULFIL, BREACH, CANCEL = range(6)
ALWAYS, UNACKNOWLEDGED, SOMETHING_OFFERED, NEW_ACCEPTANCE, NEW_REJECTION, ANOTHER_CLASS, ANOTHER_CASE = range(7)
CRITICAL = list(Priority).index(Priority.CRITICAL)

# columns of the rows written
ROW, EVENT, CAME_TO, WHY, STATE_FROM = range(5)
TRANSITION_COLUMNS = 5 + STATE_COLUMNS
RULE, OF_CYCLE, CHANGE, AT, DUE_AT, OF_TARGET, ELAPSED_US, WALL_US, PAUSED_US, BREACHED_AT, COUNTED, BY_POLICY = range(
    2, 14
)
CLOCK_ROW_COLUMNS = 14
CHANGES_AT_ONCE = 4
"""One event can breach, end, start and pause one clock, and no more."""

DAY_US = 86_400_000_000


class Tables(NamedTuple):
    """What does not change while events are folded: the decisions, the policies, the calendars.

    It is few arrays because every call of a compiled function counts references to each of them.
    """

    decisions: Int64s
    """(place, step, 0 or 1 for whether the guard holds, column) as in `decisions.compiled_decisions`."""
    effects: Int64s
    """(step, column) → MARKS that it raises, MARKS that it lowers, ACCEPTANCE after it or none."""
    priorities: Int64s
    """(policy, severity, impact, complexity, needed, possible) → position in `Priority`."""
    rules: Int64s
    """(policy, clock, column of a policy's clock); clocks beyond the policy's own start at no step."""
    calendars: Int64s
    """(calendar, column) → places in `instants`."""
    instants: Int64s
    """The corners of all calendars, one after the other: see `calendars.CalendarTables`."""


class Store(NamedTuple):
    """The cases in memory: a chain of events per case in the order of the case, and where it leads."""

    whens: Int64s
    facts: Int32s
    following: Int64s
    """The event after each event, or none."""
    preceding: Int64s
    first: Int64s
    """Per case, as all below: its first event, or none …"""
    last: Int64s
    lengths: Int64s
    known: Int64s
    """The greatest KNOWN of its events."""
    states: Int64s
    clocks: Int64s
    freed: Int64s
    """A stack of places for events that are free, and in `freed_count[0]` how many."""
    freed_count: Int64s


class Rows(NamedTuple):
    """Room for the rows that folding writes."""

    transitions: Int64s
    clocks: Int64s
    quiet: Int64s
    """Empty: in place of a transition that nobody wants."""


def compiled(function: F) -> F:
    """`function` as machine code for Python to call, kept on disk for the next process where that can be."""
    function.__qualname__ = f"{function.__qualname__}_{DIGEST}"
    try:
        made: F = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        made = numba.njit(nogil=True)(function)
    return made


def inner(function: F) -> F:
    """`function` as a part of compiled ones; from Python, call its `py_func`."""
    made: F = numba.njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return made


def inlined(function: F) -> F:
    """The same, copied into its callers: handing arrays to a function costs more than a short one does."""
    made: F = numba.njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)(function)
    return made
