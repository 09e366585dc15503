"""An organization's own taxonomy from the inbox to the marts, and what becomes of old rows when it changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import rows, vidhuk
from tests.taxonomies import TELECOM, telecom

STATED = "Tower disputes"
CATEGORIES = "select event_id, category, model from fct_feedback order by event_id"


def file_of(path: Path, *told: dict[str, Any]) -> str:
    """A CloudEvents file of feedback with this data, each event's id its place behind the file's name."""
    lines = [
        json.dumps(
            {
                "specversion": "1.0",
                "id": f"{path.stem}-{place}",
                "source": "channel/test",
                "type": "vidhuk.feedback.submitted.v1",
                "time": "2026-09-01T10:00:00Z",
                "data": {"channel": "email", **data},
            }
        )
        for place, data in enumerate(told)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


@pytest.mark.slow
def test_events_land_in_the_taxonomy_and_a_changed_one_applies_to_new_events(tmp_path: Path) -> None:
    home, own = tmp_path / "home", tmp_path / "telecom.toml"
    own.write_bytes(TELECOM.read_bytes())
    extra = {"VIDHUK_KAFKA": "memory", "VIDHUK_CLASSIFIER": "lexicon", "VIDHUK_TAXONOMY": str(own)}
    parcel = {"text": "My parcel never came."}
    before = file_of(tmp_path / "a.jsonl", parcel, {"text": "Чайник загорівся!"}, parcel | {"category": STATED})
    vidhuk("run", before, "--as", "cloudevents", home=home, extra=extra)
    (warning,) = json.loads((home / "published" / "current.json").read_text(encoding="utf-8"))["warnings"]
    assert warning == (
        "dim_category: every category of events is one of the taxonomy: broken by 1 of 10 rows; for example "
        f"id {STATED}"
    )
    first = rows(CATEGORIES, home)
    assert [row["category"] for row in first] == ["equipment", "safety", STATED]
    assert all(row["model"].endswith(f"+{telecom().id}") for row in first)
    found = rows("select id, label_uk, in_taxonomy, feedback_count from dim_category where feedback_count > 0", home)
    assert sorted(found, key=lambda row: str(row["id"])) == [
        {"id": STATED, "label_uk": None, "in_taxonomy": False, "feedback_count": 1},
        {"id": "equipment", "label_uk": "Обладнання і доставка", "in_taxonomy": True, "feedback_count": 1},
        {"id": "safety", "label_uk": "Безпека", "in_taxonomy": True, "feedback_count": 1},
    ]

    changed = own.read_text(encoding="utf-8").replace("version = 1", "version = 2").replace('"equipment"', '"parcels"')
    own.write_text(changed, encoding="utf-8")
    after = file_of(tmp_path / "b.jsonl", parcel)
    vidhuk("run", after, "--as", "cloudevents", "--json", home=home, extra=extra)
    assert [row["category"] for row in rows(CATEGORIES, home)] == ["equipment", "safety", STATED, "parcels"]
    unknown = "select id from dim_category where not in_taxonomy order by id"
    assert rows(unknown, home) == [{"id": STATED}, {"id": "equipment"}]

    again = vidhuk("reclassify", "--model", "default", "--json", home=home, extra=extra).json
    assert again["answered"] == 4
    third = file_of(tmp_path / "c.jsonl", {"rating": 4, "rating_scale": "1-5"})
    vidhuk("run", third, "--as", "cloudevents", home=home, extra=extra | {"VIDHUK_ENRICHMENT": again["model"]})
    assert [row["category"] for row in rows(CATEGORIES, home)] == ["parcels", "safety", STATED, "parcels", None]
    assert rows(unknown, home) == [{"id": STATED}]


def test_a_wrong_taxonomy_is_refused_whole_before_anything_is_started(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "bad"\nversion = 0\n', encoding="utf-8")
    file = file_of(tmp_path / "a.jsonl", {"text": "My parcel never came."})
    extra = {"VIDHUK_KAFKA": "memory", "VIDHUK_TAXONOMY": str(bad)}
    for call in (("run", file, "--as", "cloudevents"), ("up",), ("worker",), ("worker", "--role", "intake")):
        said = vidhuk(*call, home=tmp_path / "home", check=False, extra=extra)
        assert said.code == 2, call
        assert "bad.toml: `version` must be a whole number from 1." in said.err
        assert "bad.toml: `category` is missing" in said.err
        assert not (tmp_path / "home").exists()
