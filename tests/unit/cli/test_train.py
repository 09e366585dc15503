"""`vidhuk train` and `vidhuk evaluate`: one JSON document, kind sentences, a page that needs nothing else."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.cli import main
from tests.command import Answer

FRAMES = ["please {} now", "can you {} for me", "i want to {}", "how do i {}", "{} today please", "help me {}"]
CLASSES = {
    "card": ["block my card", "order a card", "find my card", "renew the card"],
    "loan": ["get a loan", "repay the loan", "extend my loan", "cancel a loan"],
    "rate": ["see the exchange rate", "know today's rate", "compare rates", "fix an exchange rate"],
    "oos": ["bake bread", "walk the dog", "paint the fence", "tune a guitar"],
}
Row = tuple[str, str]


def rows(seed: int) -> list[Row]:
    everything = [(frame.format(want), label) for label, wants in CLASSES.items() for want in wants for frame in FRAMES]
    random.Random(seed).shuffle(everything)  # noqa: S311 - an order, not a secret
    return everything


def write_csv(path: Path, content: Sequence[Row], columns: Row = ("utterance", "intent")) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *content])
    return path


class Shell:
    """`vidhuk` in this process: scikit-learn takes seconds to import, and each command would do so again."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Answer:
        code: object = 0
        try:
            main(list(arguments))
        except SystemExit as stop:
            code = stop.code
        said = self._capsys.readouterr()
        assert isinstance(code, int)
        return Answer(code, said.out, said.err)


@pytest.fixture
def vidhuk(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    write_csv(folder / "train.csv", rows(1))
    main([
        "train", str(folder / "train.csv"), "--text", "utterance", "--label", "intent", "--out-of-scope", "oos",
        "--out", str(folder / "bank.model"),
    ])  # fmt: skip
    return folder / "bank.model"


def test_evaluate_prints_one_document_with_the_promised_figures(vidhuk: Shell, trained: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "test.csv", rows(2))
    found = vidhuk(
        "evaluate", str(trained), str(path), "--text", "utterance", "--label", "intent", "--out-of-scope", "oos",
        "--json",
    ).json  # fmt: skip
    assert found["model"].startswith("bank-1+")
    assert found["n"] == 72
    assert found["n_out_of_scope"] == 24
    assert 0.5 < found["accuracy"] <= 1
    assert 0.5 < found["macro_f1"] <= 1
    assert 0.5 < found["out_of_scope_recall"] <= 1
    assert found["documents_per_second"] > 0
    assert {one["label"] for one in found["classes"]} == {"card", "loan", "rate"}


def test_the_three_formats_give_the_same_figures(vidhuk: Shell, trained: Path, tmp_path: Path) -> None:
    content = rows(3)
    texts, labels = zip(*content, strict=True)
    write_csv(tmp_path / "a.csv", content)
    pq.write_table(pa.table({"utterance": texts, "intent": labels}), tmp_path / "b.parquet")
    lines = [json.dumps({"utterance": text, "intent": label}) for text, label in content]
    (tmp_path / "c.jsonl").write_text("\n".join(lines), encoding="utf-8")
    found = []
    for name in ("a.csv", "b.parquet", "c.jsonl"):
        columns = ("--text", "utterance", "--label", "intent")
        answer = vidhuk("evaluate", str(trained), str(tmp_path / name), *columns, "--json").json
        del answer["documents_per_second"]
        found.append(answer)
    assert found[0] == found[1] == found[2]


def test_train_tells_what_cross_validation_measured(vidhuk: Shell, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "train.csv", [row for row in rows(4) if row[1] != "oos"], ("text", "label"))
    arguments = ("train", str(path), "--out", str(tmp_path / "own.model"), "--json")
    found = vidhuk(*arguments).json
    assert found == vidhuk(*arguments).json
    assert found["model"].startswith("own-1+")
    assert found["heads"]["label"]["cross_validated"]["n"] == 72
    assert found["heads"]["label"]["cross_validated"]["out_of_scope_recall"] is None


def test_the_table_fits_eighty_columns(
    vidhuk: Shell, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_csv(tmp_path / "test.csv", [(text, f"{label}_{'x' * 60}") for text, label in rows(5)])
    arguments = ("evaluate", str(trained), str(path), "--text", "utterance", "--label", "intent")
    monkeypatch.setenv("COLUMNS", "80")
    answer = vidhuk(*arguments)
    assert max(map(len, answer.out.splitlines())) <= 80
    assert "documents per second" in answer.out


def test_the_shipped_model_is_asked_by_its_name(vidhuk: Shell, tmp_path: Path) -> None:
    found = vidhuk("evaluate", "default", "held_out_uk", "--label", "sentiment", "--json").json
    assert found["model"].startswith("default-")
    assert (found["head"], found["n"]) == ("sentiment", 360)
    path = write_csv(tmp_path / "mine.csv", [("The parcel never came", "complaint"), ("Thank you!", "compliment")])
    columns = ("--text", "utterance", "--label", "intent", "--head", "record_class")
    assert vidhuk("evaluate", "default", str(path), *columns, "--json").json["n"] == 2
    answer = vidhuk("evaluate", "default", str(path), "--text", "utterance", "--label", "intent")
    assert answer.code == 2
    assert "name one of `record_class`, `category`, `sentiment`, `severity`, `safety` with --head" in answer.err


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_page_stands_alone_and_says_what_its_tables_are(vidhuk: Shell, trained: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "test.csv", [*rows(6), ("<b>bold</b>", "<script>")])
    page = tmp_path / "page.html"
    columns = ("--text", "utterance", "--label", "intent")
    vidhuk("evaluate", str(trained), str(path), *columns, "--page", str(page))
    parser = _Tags()
    parser.feed(page.read_text(encoding="utf-8"))
    assert "script" not in parser.tags
    assert parser.links == []
    assert parser.tags.count("caption") == parser.tags.count("table") >= 3
    assert "bold" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--text", "body"), "has no column `body` for --text; it has `text`, `label`"),
        (("--label", "topic"), "has no column `topic` for --label"),
        ((), "needs at least two classes"),
    ],
)
def test_what_is_missing_is_named(vidhuk: Shell, tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    path = write_csv(tmp_path / "t.csv", [("hello", "same"), ("bye", "same")], ("text", "label"))
    answer = vidhuk("train", str(path), *arguments, "--out", str(tmp_path / "m"))
    assert answer.code == 2
    assert sentence in answer.err
    assert not (tmp_path / "m").exists()


def test_a_broken_row_is_named_without_its_text(vidhuk: Shell, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text,label\nfine,a\nmy secret,b,c\n", encoding="utf-8")
    answer = vidhuk("train", str(path), "--out", str(tmp_path / "m"))
    assert answer.code == 2
    assert "row 3 has 3 columns, the header 2" in answer.err
    assert "secret" not in answer.err


def test_other_formats_and_absent_files_are_refused(vidhuk: Shell, tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"")
    for name, sentence in (("t.xlsx", "only .csv"), ("none.csv", "there is no file")):
        answer = vidhuk("train", str(tmp_path / name), "--out", str(tmp_path / "m"))
        assert answer.code == 2
        assert sentence in answer.err
