"""The fold against a slow oracle, and its laws: what becomes of a case depends on its events alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.cases.fold import CaseFold, Folded
from pipeline.domain.cases.lifecycle import ENDED, Step
from tests.case_builders import a_policy_set, a_step, events_table
from tests.case_oracle import rows_of

POLICIES = {zone: a_policy_set(zone) for zone in ("UTC", "Europe/Kyiv", "America/New_York")}
AROUND_THE_CLOCK_CHANGES = datetime(2026, 3, 6, tzinfo=UTC)
"""New York changes its clocks on the 8th, Kyiv on the 29th."""


@st.composite
def steps(draw: st.DrawFn) -> dict[str, Any]:
    step = draw(st.sampled_from(list(Step)))
    level = st.integers(1, 5)
    data: dict[str, Any] = {}
    if step is Step.ASSESSED:
        data = {"severity": draw(level), "impact": draw(st.none() | level), "complexity": draw(st.none() | level)}
        data["immediate_action_needed"] = draw(st.booleans())
        data["safety"] = draw(st.sampled_from([False, False, True]))
    elif step in (Step.DECISION_COMMUNICATED, Step.CLOSED):
        data = {"outcome": draw(st.sampled_from(["upheld", "rejected"]))}
    elif step is Step.REJECTED:
        data = {"recourse_told": draw(st.booleans())}
    elif step is Step.RECLASSIFIED:
        data = {"record_class": draw(st.sampled_from(["complaint", "inquiry"]))}
    elif step is Step.MERGED:
        data = {"into_case_id": draw(st.sampled_from(["C-0", "C-1", "C-9"]))}
    elif step is Step.RECEIVED:
        data = {"attributes": {"vulnerable": draw(st.sampled_from(["true", "no"]))}}
    hours = draw(st.integers(0, 24 * 40)) | 1 if draw(st.booleans()) else 24 * draw(st.integers(0, 40)) + 17
    return a_step(
        step.value,
        AROUND_THE_CLOCK_CHANGES + timedelta(hours=hours),
        case=f"C-{draw(st.integers(0, 1))}",
        data={name: value for name, value in data.items() if value is not None},
        product=draw(st.sampled_from([None, "parcel", "letter"])),
        channel=draw(st.sampled_from([None, "email"])),
        sequence=draw(st.sampled_from([None, None, 1, 2])),
        safety=draw(st.sampled_from([None, False, False, False, True])),
        event_key=draw(st.integers(-(2**63), 2**63 - 1)),
    )


@st.composite
def logs(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some steps of two cases, most of which begin with their receipt; now and then one comes twice."""
    rows = [a_step("received", AROUND_THE_CLOCK_CHANGES, case=f"C-{at}", event_key=at) for at in range(2)]
    rows += draw(st.lists(steps(), max_size=14, unique_by=lambda row: row["event_key"]))
    rows += draw(st.lists(st.sampled_from(rows), max_size=2))
    order = draw(st.permutations(range(len(rows))) | st.just(range(len(rows))))
    recorded = AROUND_THE_CLOCK_CHANGES + timedelta(days=50)
    return [
        rows[at] | {"offset": place, "recordedtime": recorded + timedelta(seconds=place)}
        for place, at in enumerate(order)
    ]


def in_batches(log: Sequence[dict[str, Any]], cuts: Sequence[int], zone: str) -> Folded:
    """What the log comes to when it is cut at some places, with a snapshot and a fresh start at each cut."""
    fold, parts = CaseFold(POLICIES[zone]), []
    bounds = [0, *sorted(cuts), len(log)]
    table = events_table(log)
    for begin, end in pairwise(bounds):
        parts.append(fold.fold(table.slice(begin, end - begin)))
        fold = CaseFold.load(POLICIES[zone], fold.snapshot())
    return Folded(
        pa.concat_tables([part.transitions for part in parts]),
        pa.concat_tables([part.clocks for part in parts]),
        [breach for part in parts for breach in part.breaches],
    )


def rows(table: pa.Table) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "case_key"} for row in table.to_pylist()]


def final(folded: Folded) -> tuple[dict[int, Any], set[Any]]:
    """The truth about every event, and the clock rows that hold: without when it became known."""
    newest: dict[int, dict[str, Any]] = {row["event_key"]: row for row in rows(folded.transitions)}
    placed = {key: row["offset"] for key, row in newest.items()}
    when = ("known_at", "offset")
    truth = {key: {name: value for name, value in row.items() if name not in when} for key, row in newest.items()}
    clocks = {
        tuple((name, value) for name, value in row.items() if name not in when)
        for row in rows(folded.clocks)
        if placed[row["event_key"]] == row["offset"]
    }
    return truth, clocks


zones = st.sampled_from(sorted(POLICIES))


@given(log=logs(), zone=zones)
def test_every_row_is_the_one_that_a_slow_fold_writes(log: list[dict[str, Any]], zone: str) -> None:
    transitions, clocks = rows_of(log, POLICIES[zone])
    got = CaseFold(POLICIES[zone]).fold(events_table(log))
    for written, expected in ((got.transitions, transitions), (got.clocks, clocks)):
        names = [name for name in written.schema.names if name != "case_key"]
        assert rows(written) == [{name: row[name] for name in names} for row in expected]


@given(log=logs(), cuts=st.lists(st.integers(0, 18), max_size=4), zone=zones)
def test_rows_do_not_depend_on_batches_or_restarts(log: list[dict[str, Any]], cuts: list[int], zone: str) -> None:
    whole = CaseFold(POLICIES[zone]).fold(events_table(log))
    cut = in_batches(log, [min(at, len(log)) for at in cuts], zone)
    assert cut.transitions.equals(whole.transitions)
    assert cut.clocks.equals(whole.clocks)
    assert cut.breaches == whole.breaches


@given(data=st.data(), log=logs(), zone=zones)
def test_the_end_does_not_depend_on_the_order_of_arrival_or_on_repeats(
    data: st.DataObject, log: list[dict[str, Any]], zone: str
) -> None:
    shuffled = data.draw(st.permutations(log + log[: data.draw(st.integers(0, 2))]))
    assert final(in_batches(shuffled, [], zone)) == final(in_batches(log, [], zone))


@given(log=logs(), zone=zones)
def test_clocks_keep_their_laws(log: list[dict[str, Any]], zone: str) -> None:
    """In the truth about one case's clock: business time never exceeds wall time less pauses; breaches stay."""
    _, held = final(CaseFold(POLICIES[zone]).fold(events_table(log)))
    cycles: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in map(dict, held):
        assert 0 <= row["elapsed_us"] <= row["wall_us"] - row["paused_us"]
        assert (row["due_at"] is None) == (row["change"] == "pause")
        cycles.setdefault((row["case_id"], row["clock"], row["cycle"]), []).append(row)
    for changes in cycles.values():
        ordered = sorted(changes, key=lambda row: row["ordinal"])
        assert [row["ordinal"] for row in ordered] == list(range(len(ordered)))
        assert ordered[0]["change"] == "activate"
        assert all(one["at"] <= other["at"] for one, other in pairwise(ordered))
        breached = [row["breached_at"] for row in ordered if row["breached_at"]]
        assert len(set(breached)) <= 1
        assert all(row["breached_at"] for row in ordered[len(ordered) - len(breached) :])
        for row in ordered:
            if row["change"] == "fulfil" and row["breached_at"] is None:
                assert row["at"] <= row["due_at"]
                assert row["elapsed_us"] <= row["target_us"]
            if row["breached_at"] is not None:
                assert row["elapsed_us"] >= row["target_us"]


@given(log=logs(), zone=zones)
def test_nothing_runs_once_a_case_has_ended(log: list[dict[str, Any]], zone: str) -> None:
    fold = CaseFold(POLICIES[zone])
    truth, _ = final(fold.fold(events_table(log)))
    last = {row["case_id"]: row for row in sorted(truth.values(), key=lambda row: (row["time"], row["sequence"]))}
    if all(row["state_to"] in ENDED for row in last.values()) and fold.open_cases == 0:
        assert fold.next_due_us(-(2**62)) is None
