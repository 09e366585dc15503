"""A small fold that keeps the promises of `CaseFold` with as little else as can be.

A case has one clock, `close`, of one day from its receipt. Whatever else happens is a transition, and closing ends the
case, which then leaves memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import pyarrow as pa

from pipeline.domain.cases.fold import Breach, Folded
from pipeline.domain.identity import event_key
from pipeline.domain.lake_tables import CLOCKS, TRANSITIONS

DAY_US = 86_400_000_000
STEPS = ("vidhuk.feedback.submitted.v1", "vidhuk.complaint.acknowledged.v1", "vidhuk.complaint.closed.v1")
TEXT, NUMBER = pa.string(), pa.int64()
SNAPSHOT = pa.schema({"case_id": TEXT, "time_us": NUMBER, "key": NUMBER, "type": TEXT, "ended": pa.bool_()})


@dataclass
class _Case:
    case_id: str
    events: list[tuple[int, int, str]] = field(default_factory=list)
    """(time, key, type), in order."""

    @property
    def received_us(self) -> int | None:
        return next((time for time, _, kind in self.events if kind == STEPS[0]), None)

    @property
    def ended(self) -> bool:
        return self.received_us is not None and any(kind == STEPS[2] for _, _, kind in self.events)

    def due_us(self) -> int | None:
        """When the clock runs out, if it runs and no event shows that it did."""
        received = self.received_us
        if received is None or self.ended or self.events[-1][0] > received + DAY_US:
            return None
        return received + DAY_US


class FakeFold:
    def __init__(self) -> None:
        self.cases: dict[str, _Case] = {}
        self.ended: set[str] = set()

    @property
    def open_cases(self) -> int:
        return sum(case.received_us is not None for case in self.cases.values())

    def unknown(self, rows: pa.Table) -> list[str]:
        """All that are not in memory and were either ended before or begin with something else than a receipt."""
        first: dict[str, str] = {}
        for row in _of_cases(rows):
            first.setdefault(row["case_id"], row["type"])
        strangers = {case: kind for case, kind in first.items() if case not in self.cases}
        return [case for case, kind in strangers.items() if case in self.ended or kind != STEPS[0]]

    def restore(self, rows: pa.Table) -> None:
        for row in _of_cases(rows):
            self._take(row)

    def fold(self, rows: pa.Table) -> Folded:
        transitions: list[dict[str, Any]] = []
        clocks: list[dict[str, Any]] = []
        for row in _of_cases(rows):
            begin = self._take(row)
            if begin is None:
                continue
            case = self.cases[row["case_id"]]
            place = {name: row[name] for name in ("log", "partition", "offset")} | {"known_at": row["recordedtime"]}
            for at in range(begin, len(case.events)):
                transitions.append(_transition(case, at) | place)
                clocks += [change | place for change in _clock_changes(case, at)]
        for case in [each for each in self.cases.values() if each.ended]:
            self.ended.add(case.case_id)
            del self.cases[case.case_id]
        breached = [row for row in clocks if row["change"] == "breach"]
        return Folded(
            pa.Table.from_pylist(transitions, TRANSITIONS),
            pa.Table.from_pylist(clocks, CLOCKS),
            [_breach(row["case_id"], row["due_at"]) for row in breached],
        )

    def due(self, after_us: int, until_us: int) -> list[Breach]:
        found = [(case.due_us(), case.case_id) for case in self.cases.values()]
        return [_breach(case, due) for due, case in sorted((d, c) for d, c in found if d and after_us < d <= until_us)]

    def next_due_us(self, after_us: int) -> int | None:
        dues = [due for case in self.cases.values() if (due := case.due_us()) is not None]
        return min((due for due in dues if due > after_us), default=None)

    def snapshot(self) -> pa.Table:
        open_ones = [(case.case_id, *event, False) for case in self.cases.values() for event in case.events]
        rows = open_ones + [(case, 0, 0, "", True) for case in self.ended]
        return pa.Table.from_pylist([dict(zip(SNAPSHOT.names, row, strict=True)) for row in rows], SNAPSHOT)

    @classmethod
    def load(cls, table: pa.Table) -> Self:
        fold = cls()
        for row in table.to_pylist():
            if row["ended"]:
                fold.ended.add(row["case_id"])
            else:
                case = fold.cases.setdefault(row["case_id"], _Case(row["case_id"]))
                case.events.append((row["time_us"], row["key"], row["type"]))
        return fold

    def _take(self, row: dict[str, Any]) -> int | None:
        """Put one event in its place; where that is, or None if it is there already."""
        case = self.cases.setdefault(row["case_id"], _Case(row["case_id"]))
        event = (row["time_us"], row["event_key"], row["type"])
        if any(key == event[1] for _, key, _ in case.events):
            return None
        case.events.append(event)
        case.events.sort()
        return case.events.index(event)


class FakeFolds:
    """The `Folds` of `FakeFold`."""

    digest = "fake/1"

    def new(self) -> FakeFold:
        return FakeFold()

    def load(self, snapshot: pa.Table) -> FakeFold:
        return FakeFold.load(snapshot)


def _of_cases(rows: pa.Table) -> list[dict[str, Any]]:
    rows = rows.append_column("time_us", rows.column("time").cast(pa.int64()))
    return [row for row in rows.to_pylist() if row["case_id"] and row["type"] in STEPS]


def _breach(case_id: str, due_us: int) -> Breach:
    return Breach(case_id, "close", 0, "fake", 1, due_us, None, None)


def _transition(case: _Case, at: int) -> dict[str, Any]:
    time_us, key, kind = case.events[at]
    kinds = [each for _, _, each in case.events[:at]]
    values: dict[str, Any] = {name: False for name in TRANSITIONS.names if TRANSITIONS.field(name).type == pa.bool_()}
    state_from = ",".join(each.split(".")[2] for each in kinds)
    return values | {
        **_about(case, key),
        "step": kind.split(".")[2],
        "time": time_us,
        "sequence": -1,
        "outcome": "applied" if STEPS[0] in [*kinds, kind] else "refused",
        "state_from": state_from,
        "state_to": f"{state_from},{kind.split('.')[2]}",
        "reopens": 0,
    }


def _clock_changes(case: _Case, at: int) -> list[dict[str, Any]]:
    time_us, key, kind = case.events[at]
    before = case.events[:at]
    begun = next((time for time, _, each in before if each == STEPS[0]), None)
    changes: list[tuple[str, int, int]] = []
    if begun is None and kind == STEPS[0]:
        changes.append(("activate", time_us, time_us + DAY_US))
    if begun is not None and not any(each == STEPS[2] for _, _, each in before):
        due_us = begun + DAY_US
        if before[-1][0] <= due_us < time_us:
            changes.append(("breach", due_us, due_us))
        if kind == STEPS[2]:
            changes.append(("fulfil", time_us, due_us))
    return [
        {
            **_about(case, key),
            "clock": "close",
            "cycle": 0,
            "policy": "fake",
            "policy_version": 1,
            "change": change,
            "at": at_us,
            "due_at": due_us,
            "target_us": DAY_US,
            "elapsed_us": 0,
            "wall_us": 0,
            "paused_us": 0,
            "ordinal": ordinal,
        }
        for ordinal, (change, at_us, due_us) in enumerate(changes)
    ]


def _about(case: _Case, key: int) -> dict[str, Any]:
    return {"event_key": key, "case_id": case.case_id, "case_key": event_key("case", case.case_id)}
