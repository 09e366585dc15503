from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.importers.files import MAX_ROW_BYTES, Line, opened, physical_lines


def _lines(path: Path) -> list[Line]:
    with opened(str(path)) as stream:
        return list(physical_lines(stream))


def test_plain_gzip_and_zip_hold_the_same_lines(tmp_path: Path) -> None:
    content = b"a,b\r\n1,2\n3,4"
    plain, packed, archive = tmp_path / "p", tmp_path / "g", tmp_path / "z"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("inner.csv", content)
    assert _lines(plain) == _lines(packed) == _lines(archive) == [Line(b"a,b\r\n"), Line(b"1,2\n"), Line(b"3,4")]


def test_a_line_beyond_the_limit_is_cut_and_the_next_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "long"
    file.write_bytes(b"x" * (MAX_ROW_BYTES + 3_000_000) + b"\nnext\n")
    long, following = _lines(file)
    assert len(long.raw) == MAX_ROW_BYTES
    assert long.problem is not None
    assert following == Line(b"next\n")


def test_a_line_of_exactly_the_limit_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "exact"
    file.write_bytes(b"x" * MAX_ROW_BYTES + b"\nnext\n")
    assert [line.problem for line in _lines(file)] == [None, None]


def test_compressed_data_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    file = tmp_path / "cut.gz"
    content = b"".join(b"line %d\n" % n for n in range(200_000))
    file.write_bytes(gzip.compress(content)[:-2_000])
    lines = _lines(file)
    assert lines[0] == Line(b"line 0\n")
    assert lines[-1].problem is not None
    assert "damaged" in lines[-1].problem
    assert all(line.problem is None for line in lines[:-1])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PAR1\x00\x00", "Parquet"),
        (b"%PDF-1.4\n", "PDF"),
        (b"PK\x03\x04 not really", "cannot be read"),
    ],
)
def test_what_cannot_be_rows_is_said_by_name(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "wrong"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=said), opened(str(file)):
        pass


def test_an_archive_of_two_files_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.csv", "a")
        file.writestr("b.csv", "b")
    with pytest.raises(UsageError, match="holds 2 files"), opened(str(archive)):
        pass


def test_an_excel_workbook_is_refused_with_advice(tmp_path: Path) -> None:
    archive = tmp_path / "book.xlsx"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("[Content_Types].xml", "<x/>")
    with pytest.raises(UsageError, match="save the sheet as CSV"), opened(str(archive)):
        pass


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    with pytest.raises(UsageError, match="cannot be read"), opened(path):
        pass
