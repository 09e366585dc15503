"""A home that meets several logs of one name: offsets of one say nothing about another's."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.logs import Places
from pipeline.ports import Receipt, Span
from pipeline.services.ledger import Ledger
from pipeline.services.ledger_batches import Landed
from pipeline.services.reconciliation import Reconciliation, reconcile
from tests.log_builders import LETTERS_TOPIC, START, a_batch, a_letter, a_logged_event, tp
from warehouse.digest import digest
from warehouse.lake import DeltaLake
from warehouse.landed_counts import LakeCounts
from warehouse.landed_rows import LakeRows


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    return DeltaLake(tmp_path)


def land(lake: DeltaLake, log: str, identities: str, position: int = 0) -> Landed:
    """A new worker takes events over whose inbox and topic are logs of the same id; offsets are their positions."""
    ledger = Ledger(lake, LakeRows(lake, threads=1), live_windows=2)
    assert ledger.assign([tp(log=log)]) == {tp(log=log): position}
    values = [a_logged_event(position + n, each, inboxlog=log, time=START) for n, each in enumerate(identities)]
    return ledger.land([a_batch(values, position, log=log)])


def account(lake: DeltaLake, log: str, receipt: Receipt) -> Reconciliation:
    return reconcile([receipt], LakeCounts(lake, inbox_log=log, letters_log=log))


def rows(lake: DeltaLake, table: str, *columns: str) -> list[tuple[Any, ...]]:
    found = [pq.read_table(file, columns=list(columns)).select(columns).to_pylist() for file in lake.files(table)]
    return sorted(tuple(row.values()) for row in itertools.chain.from_iterable(found))


def test_the_same_identities_at_the_same_offsets_of_another_log_are_duplicates(lake: DeltaLake) -> None:
    first, second, third = (land(lake, log, "abc") for log in ("one", "two", "three"))
    assert (first.accepted, first.duplicates, first.replays) == (3, 0, 0)
    for again in (second, third):
        assert (again.accepted, again.duplicates, again.replays) == (0, 3, 0)
    places = [(log, at) for log in ("three", "two") for at in range(3)]
    assert rows(lake, "duplicates", "inbox_log", "inbox_offset") == places
    assert land(lake, "one", "a", 3).duplicates == 1


def test_a_new_inbox_before_an_old_log_of_events_is_told_apart_too(lake: DeltaLake) -> None:
    ledger = Ledger(lake, LakeRows(lake))
    ledger.land([a_batch([a_logged_event(0, "a", inboxlog="old"), a_logged_event(1, "b", inboxlog="old")])])
    later = [
        a_logged_event(0, "a", inboxlog="new"),
        a_logged_event(1, "b", inboxlog="old"),
        a_logged_event(0, "a", inboxlog="new"),
    ]
    landed = ledger.land([a_batch(later, 2)])
    assert (landed.accepted, landed.duplicates, landed.replays) == (0, 1, 2)


def test_letters_about_the_same_offset_of_two_logs_are_two(lake: DeltaLake) -> None:
    for log in ("one", "two"):
        ledger = Ledger(lake, LakeRows(lake))
        assert ledger.assign_dead_letters([tp(0, LETTERS_TOPIC, log)]) == {tp(0, LETTERS_TOPIC, log): 0}
        headers = [a_letter(3, log=log), a_letter(None), a_letter(3, log=log)]
        landed = ledger.land_dead_letters([a_batch([b"bad"] * 3, topic=LETTERS_TOPIC, log=log, headers=headers)])
        assert (landed.dead_letters, landed.replays) == (2, 1)
        found = account(lake, log, Receipt({0: [Span(3, 4)]}, {0: [Span(1, 2)]}, 1, 1))
        assert (found.read, found.dead_letters, found.holds) == (2, 2, True)
    keys = [key for (key,) in rows(lake, "dead_letters", "letter_key")]
    assert len(set(keys)) == 3  # the file's row is the same one


def test_windows_count_rows_of_every_log(lake: DeltaLake) -> None:
    land(lake, "one", "abc")
    landed = land(lake, "two", "cde")
    (value,) = landed.metrics[0].values
    assert b'"events":5' in (value or b"")
    ledger = Ledger(lake, LakeRows(lake))
    ledger.assign([tp(log="two")])
    assert ledger.metrics_since({tp(log="two"): 0}) == landed.metrics


def test_the_digest_does_not_see_the_log(tmp_path: Path) -> None:
    for name in ("one", "two"):
        land(DeltaLake(tmp_path / name), name, "abc")
    assert digest(DeltaLake(tmp_path / "one")) == digest(DeltaLake(tmp_path / "two"))


batches_of_logs = st.lists(
    st.tuples(st.sampled_from(["one", "two", "three"]), st.text("abcdef", min_size=1, max_size=5))
)


@settings(max_examples=12)
@given(batches=batches_of_logs)
def test_every_log_is_accounted_for_whatever_the_others_hold(batches: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = DeltaLake(Path(folder))
        ends: dict[str, int] = {}
        seen: set[str] = set()
        for log, identities in batches:
            landed = land(lake, log, identities, ends.get(log, 0))
            assert landed.accepted == len(set(identities) - seen)
            assert landed.accepted + landed.duplicates == len(identities)
            seen |= set(identities)
            ends[log] = ends.get(log, 0) + len(identities)
        for log, end in ends.items():
            found = account(lake, log, Receipt({0: [Span(0, end)]}, {}, end))
            assert found.holds
            assert found.read == end
        assert len(rows(lake, "events", "id")) == len(seen)


def test_places_are_equal_only_for_the_same_log_and_offset() -> None:
    places = Places()
    first = places.of(pa.chunked_array([["a", "b"], ["a"]]), np.array([1, 1, 2]))
    again = places.of(pa.chunked_array([["b", "c", "a"]]), np.array([1, 1, 1]))
    assert len({*first.tolist(), *again.tolist()}) == 4
    assert (again[0], again[2]) == (first[1], first[0])
    assert len(places.of(pa.chunked_array([], pa.string()), np.array([], np.int64))) == 0
