"""Accounting for what was published, on a real lake."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.errors import CheckFailedError
from pipeline.ports import Receipt, Span
from pipeline.services.ledger import Ledger
from pipeline.services.reconciliation import reconcile
from tests.log_builders import LETTERS_TOPIC, a_batch, a_letter, a_logged_event
from warehouse.lake import DeltaLake
from warehouse.landed_counts import LakeCounts
from warehouse.landed_rows import LakeRows


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    """Inbox offsets 0, 1, 4 accepted, 2 a duplicate, 3 a dead letter, and one row of a file."""
    lake = DeltaLake(tmp_path)
    ledger = Ledger(lake, LakeRows(lake))
    events = [a_logged_event(at, identity) for at, identity in ((0, "a"), (1, "b"), (2, "a"), (4, "c"))]
    ledger.land([a_batch(events)])
    letters = a_batch([b"bad", b"row"], topic=LETTERS_TOPIC, headers=[a_letter(3), a_letter(None)])
    ledger.land_dead_letters([letters])
    return lake


def a_receipt(*inbox: Span, letters: Span | None = None) -> Receipt:
    rows = 0 if letters is None else letters.next_offset - letters.position
    events = sum(span.next_offset - span.position for span in inbox)
    return Receipt({0: list(inbox)}, {} if letters is None else {0: [letters]}, events, rows)


def test_every_input_is_in_exactly_one_table(lake: DeltaLake) -> None:
    found = reconcile([a_receipt(Span(0, 3), Span(3, 5), letters=Span(1, 2))], LakeCounts(lake))
    assert (found.read, found.accepted, found.duplicates, found.dead_letters) == (6, 3, 1, 2)
    assert found.holds
    found.check()


def test_only_what_was_published_is_counted(lake: DeltaLake) -> None:
    found = reconcile([a_receipt(Span(1, 2)), a_receipt(Span(3, 5))], LakeCounts(lake))
    assert (found.read, found.accepted, found.duplicates, found.dead_letters) == (3, 2, 0, 1)
    assert found.holds


def test_a_missing_input_is_named(lake: DeltaLake) -> None:
    found = reconcile([a_receipt(Span(3, 7), letters=Span(1, 3))], LakeCounts(lake))
    assert (found.missing, found.examples) == (3, ((0, 5), (0, 6)))
    with pytest.raises(CheckFailedError, match="3 inputs are missing"):
        found.check()


def test_an_input_in_two_tables_is_named(lake: DeltaLake) -> None:
    letter = a_batch([b"bad"], 2, topic=LETTERS_TOPIC, headers=[a_letter(1)])
    Ledger(lake, LakeRows(lake)).land_dead_letters([letter])
    found = reconcile([a_receipt(Span(0, 5))], LakeCounts(lake))
    assert (found.twice, found.missing, found.examples, found.holds) == (1, 0, ((0, 1),), False)


def test_nothing_published_reconciles_with_an_empty_lake(tmp_path: Path) -> None:
    assert reconcile([], LakeCounts(DeltaLake(tmp_path))).holds
    assert not reconcile([a_receipt(Span(0, 1))], LakeCounts(DeltaLake(tmp_path))).holds
