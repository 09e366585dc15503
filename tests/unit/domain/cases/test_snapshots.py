"""A fold taken up from a snapshot is the fold that was left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from pipeline.domain.cases.fold import CaseFold
from pipeline.domain.cases.policy import PolicySet
from tests.case_builders import a_policy_set, a_step, events_table
from tests.log_builders import START

POLICIES = a_policy_set("UTC")
FAR_US = 1 << 61
STEPS = ("received", "acknowledged", "assessed", "awaiting-complainant", "resumed", "closed", "reopened", "merged")


def a_log() -> list[dict[str, Any]]:
    """Cases that have come one step further each, two events of each known late."""
    rows: list[dict[str, Any]] = []
    for case in range(1, len(STEPS) + 1):
        steps = [*STEPS[:case]]
        steps[1:3] = reversed(steps[1:3])
        for at, step in enumerate(steps):
            data = {"severity": 4} if step == "assessed" else {"into_case_id": "C-9"} if step == "merged" else {}
            time = START + timedelta(hours=10 * STEPS.index(step) + case)
            product = f"product-{case % 3}"
            rows.append(a_step(step, time, case=f"C-{case}", data=data, product=product, event_key=100 * case + at))
    return [row | {"offset": at, "recordedtime": START + timedelta(days=9, seconds=at)} for at, row in enumerate(rows)]


def left(policies: PolicySet = POLICIES) -> CaseFold:
    fold = CaseFold(policies)
    fold.fold(events_table(a_log()))
    return fold


def without_shortcut(snapshot: pa.Table) -> pa.Table:
    """The same snapshot as another release would read it: the events have to be folded again."""
    return snapshot.replace_schema_metadata({"made_by": "another release"})


def ends(fold: CaseFold) -> tuple[Any, ...]:
    return fold.due(-FAR_US, FAR_US), fold.open_cases, fold.snapshot().to_pylist()


def test_it_ends_where_the_fold_did_whether_its_events_are_folded_again_or_not() -> None:
    fold = left()
    snapshot = fold.snapshot()
    assert snapshot.schema.metadata
    assert ends(CaseFold.load(POLICIES, snapshot)) == ends(fold)
    assert ends(CaseFold.load(POLICIES, without_shortcut(snapshot)))[:2] == ends(fold)[:2]


@pytest.mark.parametrize("shortcut", [True, False])
def test_it_goes_on_as_the_fold_would(shortcut: bool) -> None:
    fold, snapshot = left(), left().snapshot()
    again = CaseFold.load(POLICIES, snapshot if shortcut else without_shortcut(snapshot))
    late = [
        a_step("escalated", START + timedelta(hours=11 + case), case=f"C-{case}", event_key=900 + case)
        for case in range(9)
    ]
    more = events_table(
        [row | {"offset": 99 + at, "recordedtime": START + timedelta(days=20)} for at, row in enumerate(late)]
    )
    expected, got = fold.fold(more), again.fold(more)
    assert got.transitions.equals(expected.transitions)
    assert got.clocks.equals(expected.clocks)
    assert expected.transitions.num_rows > len(late)


def test_under_other_policies_its_events_are_folded_again() -> None:
    others = a_policy_set("America/New_York")
    taken_up = CaseFold.load(others, left().snapshot())
    assert taken_up.due(-FAR_US, FAR_US) == left(others).due(-FAR_US, FAR_US) != left().due(-FAR_US, FAR_US)


def test_a_fold_of_nothing_is_taken_up_too() -> None:
    again = CaseFold.load(POLICIES, CaseFold(POLICIES).snapshot())
    assert again.open_cases == 0
    assert again.due(-FAR_US, FAR_US) == []
