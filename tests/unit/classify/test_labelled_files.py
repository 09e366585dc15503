"""Labelled files come in many dialects; what cannot be read is said without quoting anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.classify.labelled_files import read_labelled
from pipeline.domain.errors import UsageError

ROWS = (("Where is it; or not?", "1"), ("Two, please", "2"), ("Ще\nраз", "1"))


def written(path: Path, delimiter: str, encoding: str = "utf-8") -> Path:
    lines = ["question", "kind"], *((f'"{text}"', kind) for text, kind in ROWS)
    path.write_text("\r\n".join(delimiter.join(line) for line in lines), encoding=encoding, newline="")
    return path


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "|")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_delimiter_is_the_one_that_parts_the_columns(
    tmp_path: Path, name: str, delimiter: str, encoding: str
) -> None:
    found = read_labelled(written(tmp_path / name, delimiter, encoding), "question", "kind")
    assert list(zip(found.texts, found.labels, strict=True)) == list(ROWS)


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no column `text` for --text; it has `question`, `kind`"):
        read_labelled(written(tmp_path / "a.csv", ","), "text", "kind")


def test_another_encoding_is_said_and_nothing_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"not UTF-8; save it as UTF-8") as said:
        read_labelled(written(tmp_path / "a.csv", ",", "cp1251"), "question", "kind")
    assert "please" not in str(said.value)
