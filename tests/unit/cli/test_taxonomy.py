"""`vidhuk taxonomy`, as a person or a program calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.domain.taxonomies.loading import shipped_taxonomy
from tests.taxonomies import BECOMES, TELECOM, a_document, telecom

Capture = pytest.CaptureFixture[str]


def ended(*arguments: str) -> int:
    """The exit code of a call."""
    try:
        main(list(arguments))
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_the_taxonomy_in_force_is_vidhuks_own_unless_a_setting_names_another(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ended("taxonomy", "show", "--json") == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)["categories"]] == list(shipped_taxonomy().ids)
    monkeypatch.setenv("VIDHUK_TAXONOMY", str(TELECOM))
    assert ended("taxonomy", "show", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["name"], said["version"], said["id"], said["fallback"]) == ("telecom", 1, telecom().id, "other")
    assert said["becomes"].items() >= BECOMES.items()
    (description,) = (each.description for each in telecom().categories if each.id == "equipment")
    assert said["categories"][1] == {
        "id": "equipment",
        "label": {"en": "Equipment and delivery", "uk": "Обладнання і доставка"},
        "from": ["delivery", "returns_refunds"],
        "characteristic": "delivery",
        "description": description,
    }


def test_a_table_shows_labels_sources_and_what_is_left_over(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    part = tmp_path / "part.toml"
    text = TELECOM.read_text(encoding="utf-8").replace('from = ["personal_data"]\n', "").replace('"Other"', '"[b]Rest"')
    part.write_text(text, encoding="utf-8")
    assert ended("taxonomy", "show", str(part)) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "network Network and speed product_quality Coverage" in out
    assert "[b]Rest other What none of the others names. Інше whatever is left" in out
    assert out.endswith("telecom-1, 9 categories; other is the fallback")


def test_a_file_that_is_right_is_told_so_with_the_models_it_is_for(tmp_path: Path, capsys: Capture) -> None:
    assert ended("taxonomy", "check", str(TELECOM)) == 0
    assert "telecom-1 is right: 9 categories. It says what becomes of every category" in capsys.readouterr().out
    own = tmp_path / "own.toml"
    own.write_text(a_document("towers", "rest"), encoding="utf-8")
    assert ended("taxonomy", "check", str(own)) == 0
    assert "own-1 is right: 2 categories. It takes nothing from Vidhuk's own models" in capsys.readouterr().out


def test_a_file_that_is_wrong_ends_with_one_and_a_sentence_for_everything(tmp_path: Path, capsys: Capture) -> None:
    bad = tmp_path / "bad.toml"
    text = TELECOM.read_text(encoding="utf-8").replace("version = 1", "version = 0").replace('"safety"]', '"saftey"]')
    bad.write_text(text.replace('id = "safety"', 'id = "harm"'), encoding="utf-8")
    assert ended("taxonomy", "check", str(bad)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.removeprefix(f"{bad}: ").split(" ")[0] for line in lines] == ["`version`", "category[7]", "no"]
    assert ended("taxonomy", "check", str(bad), "--json") == 1
    assert json.loads(capsys.readouterr().out) == {"file": str(bad), "ok": False, "problems": lines}
    assert ended("taxonomy", "show", str(bad)) == 2
    assert "`version` must be a whole number from 1" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_a_mistake_in_the_call(tmp_path: Path, capsys: Capture) -> None:
    assert ended("taxonomy", "check", str(tmp_path / "absent.toml")) == 2
    assert "absent.toml: there is no such file" in capsys.readouterr().err
