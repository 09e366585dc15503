"""The rows that the fold writes: from integers to `lake_tables.TRANSITIONS` and `lake_tables.CLOCKS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.domain.cases import columns as c
from pipeline.domain.cases.arrivals import CLASSES, OUTCOMES, Steps, Words
from pipeline.domain.cases.lifecycle import Change, Outcome, Priority, Reason, State, Step
from pipeline.domain.cases.policy import PolicySet
from pipeline.domain.lake_tables import CLOCKS, INSTANT, TRANSITIONS

_ACCEPTANCES: Final = (None, "accepted", "rejected")
_PLACE: Final = ("log", "partition", "offset")
_MERGED: Final = list(State).index(State.MERGED)


@dataclass(frozen=True, slots=True)
class Cause:
    """The records that were folded: rows of `events`, and which of them are steps."""

    events: pa.Table
    steps: Steps


def transition_rows(
    written: NDArray[np.int64],
    whens: NDArray[np.int64],
    facts: NDArray[np.int32],
    cause: Cause,
    words: Words,
    merged_into: Mapping[int, str],
) -> pa.Table:
    """Rows of `TRANSITIONS`; `whens` and `facts` are those of the event that each row is about."""
    state = written[:, c.STATE_FROM + 1 :]
    marks = state[:, c.MARKS]
    columns: dict[str, Any] = {
        "event_key": whens[:, c.KEY],
        "step": _words(Step, facts[:, c.STEP]),
        "time": _instants(whens[:, c.TIME]),
        "sequence": whens[:, c.SEQUENCE],
        "outcome": _words(Outcome, written[:, c.CAME_TO]),
        "reason": _words(Reason, written[:, c.WHY]),
        "state_from": _words(State, written[:, c.STATE_FROM]),
        "state_to": _words(State, state[:, c.STATE]),
        "product": _words(words.all, state[:, c.ITS_PRODUCT]),
        "channel": _words(words.all, state[:, c.ITS_CHANNEL]),
        "priority": _words(Priority, state[:, c.PRIORITY]),
        "priority_first": _words(Priority, state[:, c.FIRST_PRIORITY]),
        "severity": pa.array(state[:, c.ITS_SEVERITY].astype(np.int8), mask=state[:, c.ITS_SEVERITY] == 0),
        "safety": marks & c.SAFETY != 0,
        "immediate_action": marks & c.IMMEDIATE != 0,
        "vulnerable": marks & c.VULNERABLE != 0,
        "reportable": marks & c.REPORTABLE != 0,
        "escalated": marks & c.ESCALATED_ONCE != 0,
        "decision": _words(OUTCOMES, state[:, c.DECIDED_AS]),
        "acceptance": _words(_ACCEPTANCES, state[:, c.ACCEPTANCE]),
        "closed_by_organization": marks & c.CLOSED_BY_ORGANIZATION != 0,
        "recourse_told": marks & c.RECOURSE_TOLD != 0,
        "reopens": state[:, c.REOPENS].astype(np.int32),
        "reclassified_as": _words(CLASSES, state[:, c.ITS_CLASS]),
        "merged_into": _merged_into(state, merged_into),
    }
    return _table(columns | _caused(written[:, c.ROW], cause), TRANSITIONS)


def clock_rows(written: NDArray[np.int64], whens: NDArray[np.int64], cause: Cause, policies: PolicySet) -> pa.Table:
    """Rows of `CLOCKS`; `whens` are those of the event that each row is attached to."""
    by = policies.policies
    clocks = max((len(policy.clocks) for policy in by), default=0)
    names = [policy.clocks[at].name if at < len(policy.clocks) else "" for policy in by for at in range(clocks)]
    columns: dict[str, Any] = {
        "event_key": whens[:, c.KEY],
        "clock": _words(names, written[:, c.BY_POLICY] * clocks + written[:, c.RULE]),
        "cycle": written[:, c.OF_CYCLE].astype(np.int32),
        "policy": _words([policy.name for policy in by], written[:, c.BY_POLICY]),
        "policy_version": np.array([policy.version for policy in by], np.int32)[written[:, c.BY_POLICY]],
        "change": _words(Change, written[:, c.CHANGE]),
        "at": _instants(written[:, c.AT]),
        "due_at": _instants(written[:, c.DUE_AT]),
        "target_us": written[:, c.OF_TARGET],
        "elapsed_us": written[:, c.ELAPSED_US],
        "wall_us": written[:, c.WALL_US],
        "paused_us": written[:, c.PAUSED_US],
        "breached_at": _instants(written[:, c.BREACHED_AT]),
        "ordinal": written[:, c.COUNTED].astype(np.int32),
    }
    return _table(columns | _caused(written[:, c.ROW], cause), CLOCKS)


def _merged_into(state: NDArray[np.int64], merged_into: Mapping[int, str]) -> pa.Array:
    """The case that each merged one goes into."""
    into: list[str | None] = [None] * len(state)
    for at in np.flatnonzero(state[:, c.STATE] == _MERGED).tolist():
        into[at] = merged_into.get(int(state[at, c.MERGED_BY]))
    return pa.array(into, pa.string())


def _caused(rows: NDArray[np.int64], cause: Cause) -> dict[str, Any]:
    """Whose case each row is of, and the place and recording of the record that made it be written."""
    records = cause.events.select(_PLACE).take(pa.array(cause.steps.rows[rows]))
    return {
        "case_id": cause.steps.case_ids.take(pa.array(rows)),
        "case_key": cause.steps.case_keys[rows],
        "known_at": _instants(cause.steps.known_us[rows]),
        **{name: records.column(name) for name in _PLACE},
    }


def _table(columns: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    arrays = [
        values if isinstance(values, pa.ChunkedArray) else pa.array(values, schema.field(name).type)
        for name, values in ((name, columns[name]) for name in schema.names)
    ]
    return pa.table(arrays, schema=schema)


def _words(words: Any, numbers: NDArray[np.int64] | NDArray[np.int32]) -> pa.Array:  # noqa: ANN401 - enumeration or list
    """The word of each number; null for a negative one."""
    all_words = pa.array([None if word is None else str(word) for word in words], pa.string())
    return all_words.take(pa.array(numbers, mask=numbers < 0))


def _instants(moments_us: NDArray[np.int64]) -> pa.Array:
    """Instants; null for never."""
    return pa.array(moments_us, pa.int64(), mask=moments_us == c.NEVER).cast(INSTANT)
