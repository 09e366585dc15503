"""The example mappings in docs/examples, each on the small file beside it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from pipeline.importers.formats import importer
from pipeline.importers.mapping import load_mapping

_EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


@pytest.mark.parametrize(
    ("name", "types", "refused_lines"),
    [
        ("nps", {"survey.responded": 3}, [6]),
        ("texts", {"feedback.submitted": 3}, []),
        ("complaints", {"feedback.submitted": 2, "complaint.closed": 1}, [4]),
        (
            "activities",
            {
                "feedback.submitted": 3,
                "complaint.acknowledged": 1,
                "complaint.investigation-started": 2,
                "complaint.closed": 2,
            },
            [7],
        ),
        (
            "xes",
            {
                "feedback.submitted": 2,
                "complaint.investigation-started": 2,
                "complaint.response-offered": 1,
                "complaint.closed": 1,
                "complaint.reopened": 1,
                "complaint.updated": 1,
            },
            [9],
        ),
    ],
)
def test_an_example_gives_the_events_that_its_page_promises(
    name: str, types: dict[str, int], refused_lines: list[int]
) -> None:
    chunks = list(importer("csv", _EXAMPLES / f"{name}.toml")(str(_EXAMPLES / f"{name}.csv")))
    found = Counter(json.loads(value)["type"] for chunk in chunks for value in chunk.values)
    assert found == {f"vidhuk.{short}.v1": count for short, count in types.items()}
    assert [row.line for chunk in chunks for row in chunk.unmappable] == refused_lines


def test_a_case_of_the_log_example_that_begins_in_its_middle_is_received_with_its_first_step() -> None:
    chunks = importer("csv", _EXAMPLES / "activities.toml")(str(_EXAMPLES / "activities.csv"))
    events = [json.loads(value) for chunk in chunks for value in chunk.values]
    of_case = sorted((e for e in events if e["data"]["case_id"] == "C-3"), key=lambda e: (e["time"], e["sequence"]))
    assert [event["type"].split(".")[2] for event in of_case] == ["submitted", "investigation-started", "closed"]


def test_every_example_is_a_valid_mapping() -> None:
    mappings = [load_mapping(path) for path in sorted(_EXAMPLES.glob("*.toml"))]
    assert len(mappings) == 6


def test_the_mapping_shown_in_the_manual_is_valid(tmp_path: Path) -> None:
    manual = (_EXAMPLES.parent / "importing.md").read_text(encoding="utf-8")
    shown = tmp_path / "shown.toml"
    shown.write_text(manual.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    mapping = load_mapping(shown)
    assert mapping.dialect.skip_rows == 2
    assert set(mapping.events[0].data) == {"channel", "text", "customer.email", "attributes.region"}


def test_the_log_of_cases_shown_in_the_manual_is_valid(tmp_path: Path) -> None:
    manual = (_EXAMPLES.parent / "importing.md").read_text(encoding="utf-8")
    case, event = (block.split("```")[0] for block in manual.split("```toml\n")[2:4])
    shown = tmp_path / "shown.toml"
    shown.write_text(case + event, encoding="utf-8")
    mapping = load_mapping(shown)
    assert mapping.case is not None
    assert [condition.looks_back for condition in mapping.events[0].when] == [True, False]
