"""A lake folded again is the lake it was made from."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.cases.policy import load_policies
from pipeline.services.ledger import Ledger
from pipeline.services.open_cases import OpenCases, PolicyFolds
from pipeline.services.rebuilding import Rebuilding
from tests.log_builders import LETTERS_TOPIC, START, a_batch, a_letter, a_logged_event, tp
from warehouse import landed_cases
from warehouse.differences import Difference, differences
from warehouse.digest import digest
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows
from warehouse.recorded import RecordedLake

FOLDS = PolicyFolds(load_policies(None), case_memory_days=400)
RECEIVED = "vidhuk.feedback.submitted.v1"
ACKNOWLEDGED, ASSESSED, CLOSED, REOPENED = (
    f"vidhuk.complaint.{verb}.v1" for verb in ("acknowledged", "assessed", "closed", "reopened")
)
LIFE = [(RECEIVED, 1), (ACKNOWLEDGED, 5), (ASSESSED, 30), (CLOSED, 200), (REOPENED, 300), (CLOSED, 900)]


def life_of(case: str, at: int, *, late: int | None = None) -> list[bytes]:
    """The events of one case as they come to the log from inbox offset `at` on; the one at `late` comes last."""
    steps = list(enumerate(LIFE))
    if late is not None:
        steps.append(steps.pop(late))
    return [
        a_logged_event(
            at + place, f"{case}-{number}", type=kind, time=START + timedelta(hours=hours), data=data_of(kind, case)
        )
        for place, (number, (kind, hours)) in enumerate(steps)
    ]


def data_of(kind: str, case: str) -> dict[str, Any]:
    if kind == RECEIVED:
        return {"channel": "email", "text": "The parcel never came.", "case_id": case, "product": "parcel"}
    return {"case_id": case} | ({"severity": 2} if kind == ASSESSED else {})


def landed(root: Path, *batches: list[bytes], logs: tuple[str, ...] = ("one",)) -> DeltaLake:
    """The batches, through these logs in turn."""
    lake = DeltaLake(root)
    ledger = Ledger(lake, LakeRows(lake), cases=OpenCases(FOLDS, LakeRows(lake)))
    at: dict[str, int] = {}
    for number, values in enumerate(batches):
        log = logs[number % len(logs)]
        ledger.assign([tp(log=log)])
        ledger.land([a_batch(values, at.get(log, 0), log=log)])
        at[log] = at.get(log, 0) + len(values)
    headers = [a_letter(3), a_letter(None)]
    ledger.land_dead_letters([a_batch([b"bad"] * 2, topic=LETTERS_TOPIC, headers=headers, log="one")])
    return lake


def rebuilt(lake: DeltaLake, root: Path) -> DeltaLake:
    target = DeltaLake(root)
    topics = {"events": "feedback.events", "dead_letters": LETTERS_TOPIC}
    Rebuilding(RecordedLake(lake), LakeRows(lake), target, FOLDS, topics=topics).rebuild()
    return target


def differing(found: list[Difference]) -> dict[str, tuple[int, int]]:
    return {each.table: (each.only_a, each.only_b) for each in found if each.differences}


@pytest.mark.parametrize("rows_at_once", [3, 50_000])
@pytest.mark.parametrize("logs", [("one",), ("one", "two")])
def test_a_rebuilt_lake_differs_in_nothing(
    tmp_path: Path, logs: tuple[str, ...], rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landed_cases, "ROWS_AT_ONCE", rows_at_once)
    first, second, third = life_of("X", 0, late=1), life_of("Y", 6), life_of("Z", 12, late=3)
    a_copy = a_logged_event(99, "Y-1", type=ACKNOWLEDGED, data={"case_id": "Y"})
    mixed = [*first[:3], *second[:2], *third[:4]], [*first[3:], *second[2:]], [*third[4:], first[0], a_copy]
    lake = landed(tmp_path / "a", *mixed, logs=logs)
    again = rebuilt(lake, tmp_path / "b")
    found = differences(lake, again, every_row=True)
    assert differing(found) == {}
    assert min(each.both for each in found) > 0
    assert digest(again) == digest(lake)
    ends = [tp(log=log) for log in logs]
    assert again.next_offsets("events", ends) == lake.next_offsets("events", ends)


def test_a_rebuilt_lake_is_one_to_go_on_from(tmp_path: Path) -> None:
    values = life_of("X", 0)
    lake = rebuilt(landed(tmp_path / "a", values[:4]), tmp_path / "b")
    ledger = Ledger(lake, LakeRows(lake), cases=OpenCases(FOLDS, LakeRows(lake)))
    at = ledger.assign([tp(log="one")])[tp(log="one")]
    ledger.land([a_batch(values[at:], at, log="one")])
    assert differing(differences(lake, landed(tmp_path / "c", values), every_row=True)) == {}


def test_what_differs_is_said_with_where_it_stands_and_nothing_more(tmp_path: Path) -> None:
    values = life_of("secret-case", 0)
    a, b = landed(tmp_path / "a", values), landed(tmp_path / "b", values[:5])
    found = {each.table: each for each in differences(a, b)}
    assert differing(list(found.values())) == {"events": (1, 0), "transitions": (1, 0), "clocks": (3, 0)}
    assert found["transitions"].sample_a == [
        {"log": "one", "partition": 0, "offset": 5, "reason": None, "step": "closed"}
    ]
    assert "secret" not in repr(found)


def test_the_order_of_arrival_makes_other_rows_but_no_other_content(tmp_path: Path) -> None:
    a, b = landed(tmp_path / "a", life_of("X", 0)), landed(tmp_path / "b", life_of("X", 0, late=1))
    assert differing(differences(a, b)) == {}
    assert digest(a) == digest(b)
    assert "transitions" in differing(differences(a, b, every_row=True))


def test_a_case_with_an_unstated_time_says_nothing_in_the_digest_about_when(tmp_path: Path) -> None:
    def untimed(day: int) -> list[bytes]:
        moment = START + timedelta(days=day)
        data = {"channel": "email", "text": "The parcel never came.", "case_id": "X"}
        return [a_logged_event(0, "a", time=moment, recorded=moment, data=data)]

    a, b = landed(tmp_path / "a", untimed(0)), landed(tmp_path / "b", untimed(3))
    assert digest(a) == digest(b)
    assert digest(a)["transitions"].rows == 0
