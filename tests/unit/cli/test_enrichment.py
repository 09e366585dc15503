"""`vidhuk reclassify` and `vidhuk enrich-diff`, as a person or a program calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from pipeline.classify.training import TrainingOptions, train
from pipeline.cli import main
from tests.lakes import an_event, land
from tests.taxonomies import TELECOM, telecom
from warehouse.enrichments import EnrichmentTable


def test_a_model_answers_stored_texts_and_its_difference_is_one_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ["where is it", "when does it come", "it is broken", "nothing came"] * 3
    model = train(texts, {"record_class": ["inquiry", "inquiry", "complaint", "complaint"] * 3}, TrainingOptions())
    model.save(tmp_path / "own.model")
    land(tmp_path, "events", [an_event(i, text=text, record_class="opinion") for i, text in enumerate(texts[:4])])
    home = ("--home", str(tmp_path), "--json")
    main(["reclassify", "--model", str(tmp_path / "own.model"), *home])
    assert json.loads(capsys.readouterr().out) == {"model": model.id, "answered": 4, "answered_before": 0}
    main(["enrich-diff", "intake", model.id, *home])
    found = {each["metric"]: each for each in json.loads(capsys.readouterr().out)}
    assert found["complaint_share"]["a"]["value"] == 0
    assert found["complaint_share"]["b"]["value"] == found["complaint_share"]["difference"] == 0.5
    main(["enrich-diff", "intake", model.id, "--home", str(tmp_path)])
    assert "complaint_share" in capsys.readouterr().out


def test_a_model_that_never_answered_is_refused_with_exit_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    land(tmp_path, "events", [an_event(0, text="where is it")])
    with pytest.raises(SystemExit) as stop:
        main(["enrich-diff", "intake", "absent", "--home", str(tmp_path)])
    assert stop.value.code == 2
    assert "run `vidhuk reclassify --model FILE`" in capsys.readouterr().err


def test_a_model_answers_in_the_taxonomy_of_the_setting_under_an_id_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tmp_path, "events", [an_event(0, text="My parcel never arrived", category="delivery", model="intake-1")])
    main(["reclassify", "--model", "default", "--home", str(tmp_path), "--json"])
    plain = json.loads(capsys.readouterr().out)["model"]
    monkeypatch.setenv("VIDHUK_TAXONOMY", str(TELECOM))
    main(["reclassify", "--model", "default", "--home", str(tmp_path), "--json"])
    mapped = json.loads(capsys.readouterr().out)
    assert mapped == {"model": f"{plain}+{telecom().id}", "answered": 1, "answered_before": 0}
    answers = ds.dataset(EnrichmentTable(tmp_path / "lake").files).to_table().to_pylist()
    assert {row["model"]: row["category"] for row in answers} == {plain: "delivery", mapped["model"]: "equipment"}


def test_a_model_with_categories_of_its_own_is_refused_until_a_taxonomy_has_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ["no signal", "the bill is wrong"] * 6
    train(texts, {"category": ["network", "bills"] * 6}, TrainingOptions()).save(tmp_path / "own.model")
    land(tmp_path, "events", [an_event(0, text="no signal")])
    with pytest.raises(SystemExit) as stop:
        main(["reclassify", "--model", str(tmp_path / "own.model"), "--home", str(tmp_path)])
    assert stop.value.code == 2
    assert "answers: bills, network." in capsys.readouterr().err
