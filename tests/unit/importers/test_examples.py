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
                "feedback.submitted": 2,
                "complaint.acknowledged": 1,
                "complaint.investigation-started": 1,
                "complaint.closed": 1,
            },
            [7],
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


def test_every_example_is_a_valid_mapping() -> None:
    mappings = [load_mapping(path) for path in sorted(_EXAMPLES.glob("*.toml"))]
    assert len(mappings) == 5


def test_the_mapping_shown_in_the_manual_is_valid(tmp_path: Path) -> None:
    manual = (_EXAMPLES.parent / "importing.md").read_text(encoding="utf-8")
    shown = tmp_path / "shown.toml"
    shown.write_text(manual.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    mapping = load_mapping(shown)
    assert mapping.dialect.skip_rows == 2
    assert set(mapping.events[0].data) == {"channel", "text", "customer.email", "attributes.region"}
