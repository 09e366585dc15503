"""The digest sees content and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.services.ledger import Ledger
from tests.log_builders import LETTERS_TOPIC, START, a_batch, a_letter, a_logged_event
from warehouse.digest import CONTENT, TableDigest, digest
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

EVENTS = [
    a_logged_event(0, "a", recorded=START + timedelta(days=1)),
    a_logged_event(1, "b", subject="s"),
    a_logged_event(2, "c"),
]


def landed(root: Path, *batches: Sequence[bytes]) -> dict[str, TableDigest]:
    lake = DeltaLake(root)
    ledger, at = Ledger(lake, LakeRows(lake)), 0
    for values in batches:
        ledger.land([a_batch(values, at)])
        at += len(values)
    return digest(lake)


def test_an_empty_lake_has_a_digest(tmp_path: Path) -> None:
    assert digest(DeltaLake(tmp_path)) == {name: TableDigest(0, "0" * 64) for name in CONTENT}


def test_order_batches_offsets_and_moments_of_recording_are_not_in_it(tmp_path: Path) -> None:
    subjects = {"b": "s"}
    later = [
        a_logged_event(
            9 - at,
            identity,
            recorded=START + timedelta(days=2),
            time=START + timedelta(minutes=at),
            subject=subjects.get(identity),
        )
        for at, identity in ((2, "c"), (0, "a"), (1, "b"), (0, "a"))
    ]
    assert landed(tmp_path / "one", EVENTS) == landed(tmp_path / "two", later[:1], later[1:3], later[3:])


@pytest.mark.parametrize(
    "other",
    [
        a_logged_event(2, "d"),
        a_logged_event(2, "c", subject="x"),
        a_logged_event(2, "c", subject=""),
        a_logged_event(2, "c", time=START),
        a_logged_event(2, "c", enrichsafety=True),
        a_logged_event(2, "c", data={"channel": "email", "text": "x", "rating": 2}),
        a_logged_event(2, "c", data={"channel": "email", "text": "x", "rating": 2.5}),
        a_logged_event(2, "c", traceparent="1"),
    ],
)
def test_any_content_is_in_it(tmp_path: Path, other: bytes) -> None:
    assert landed(tmp_path / "one", EVENTS)["events"] != landed(tmp_path / "two", [*EVENTS[:2], other])["events"]


def test_bytes_do_not_slide_from_one_column_into_the_next(tmp_path: Path) -> None:
    left: dict[str, Any] = {"subject": "ab", "partitionkey": "c"}
    right: dict[str, Any] = {"subject": "a", "partitionkey": "bc"}
    one = landed(tmp_path / "one", [a_logged_event(0, "a", **left)])
    assert one != landed(tmp_path / "two", [a_logged_event(0, "a", **right)])


def test_a_time_that_intake_filled_in_is_not_content(tmp_path: Path) -> None:
    days = [START + timedelta(days=day) for day in (0, 3)]
    one, two = (landed(tmp_path / str(day), [a_logged_event(0, "a", time=day, recorded=day)]) for day in days)
    assert one == two


def test_dead_letters_count_once_however_often_they_came(tmp_path: Path) -> None:
    digests = []
    for number, headers in enumerate([[a_letter(1), a_letter(None)], [a_letter(5), a_letter(None), a_letter(None)]]):
        lake = DeltaLake(tmp_path / str(number))
        batch = a_batch([b"bad"] * len(headers), topic=LETTERS_TOPIC, headers=headers)
        Ledger(lake, LakeRows(lake)).land_dead_letters([batch])
        digests.append(digest(lake)["dead_letters"])
    assert digests[0] == digests[1]
    assert digests[0].rows == 2
