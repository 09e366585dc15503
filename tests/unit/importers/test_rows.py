from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.importers.files import opened
from pipeline.importers.rows import Dialect, Row, Table


def _table(tmp_path: Path, content: bytes, dialect: Dialect | None = None) -> tuple[list[str], list[Row]]:
    file = tmp_path / "rows.csv"
    file.write_bytes(content)
    with opened(str(file)) as stream:
        table = Table(str(file), stream, dialect if dialect is not None else Dialect())
        return table.columns, list(table.rows())


def _rows(tmp_path: Path, content: bytes, dialect: Dialect | None = None) -> list[Row]:
    return _table(tmp_path, content, dialect)[1]


def test_a_row_stands_on_the_line_where_it_starts(tmp_path: Path) -> None:
    rows = _rows(tmp_path, b'a,b\r\n1,"two\nlines"\r\n\r\n3,4\r\n')
    assert [(row.line, row.cells) for row in rows] == [(2, ["1", "two\nlines"]), (5, ["3", "4"])]
    assert rows[0].original == b'1,"two\nlines"\r\n'


def test_an_unclosed_quote_costs_its_own_line_and_no_other(tmp_path: Path) -> None:
    rows = _rows(tmp_path, b'a,b\n1,"open\n2,good\n3,"fine, too"\n')
    assert [(row.line, row.problem is None) for row in rows] == [(2, False), (3, True), (4, True)]
    assert rows[0].original == b'1,"open\n'
    assert rows[2].cells == ["3", "fine, too"]


def test_an_unclosed_quote_in_the_last_row_keeps_the_lines_below_it(tmp_path: Path) -> None:
    rows = _rows(tmp_path, b'a,b\n1,"open\n2,good\n')
    assert [(row.line, row.problem) for row in rows] == [(2, "a quoted field is not closed"), (3, None)]


def test_an_unclosed_quote_above_a_long_file_is_found_in_bounded_memory(tmp_path: Path) -> None:
    rows = _rows(tmp_path, b'a,b\n1,"open\n' + b"2,good\n" * 60_000)
    assert rows[0].problem == "a quoted field is not closed"
    assert sum(row.problem is None for row in rows) == 60_000
    assert [rows[1].line, rows[-1].line] == [3, 60_002]


@pytest.mark.parametrize("row", [b"1\n", b"1,2,3\n"])
def test_a_ragged_row_says_how_many_cells_it_has(tmp_path: Path, row: bytes) -> None:
    (found,) = _rows(tmp_path, b"a,b\n" + row)
    assert found.problem == f"the row has {row.count(b',') + 1} of the 2 cells that the header names"


def test_a_nul_byte_and_a_wrong_encoding_each_cost_one_row(tmp_path: Path) -> None:
    rows = _rows(tmp_path, b"name,b\nx\0y,1\n\xff\xfe\xfd,2\ngood,3\n")
    assert [row.problem for row in rows] == ["the row holds a NUL byte", "the row is not valid utf-8", None]
    assert rows[1].original == b"\xff\xfe\xfd,2\n"


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path: Path) -> None:
    assert _table(tmp_path, b"\xef\xbb\xbfa,b\n1,2\n")[0] == ["a", "b"]


def test_utf_16_is_recognized_by_its_mark(tmp_path: Path) -> None:
    columns, rows = _table(tmp_path, "назва\tb\r\nтак\t2\r\n".encode("utf-16"), Dialect(delimiter="\t"))
    assert columns == ["назва", "b"]
    assert [row.cells for row in rows] == [["так", "2"]]


def test_other_encodings_delimiters_and_quotes_are_options(tmp_path: Path) -> None:
    dialect = Dialect(delimiter=";", quote="'", encoding="cp1251")
    assert _rows(tmp_path, "a;b\n'так; ні';2\n".encode("cp1251"), dialect)[0].cells == ["так; ні", "2"]


def test_a_file_without_quoting_keeps_its_quotes(tmp_path: Path) -> None:
    assert _rows(tmp_path, b'a,b\n5" pipe,"x\n', Dialect(quote=""))[0].cells == ['5" pipe', '"x']


def test_lines_above_the_header_are_passed_over_and_counted(tmp_path: Path) -> None:
    columns, rows = _table(tmp_path, b"Report of today\n\na,b\n1,2\n", Dialect(skip_rows=2))
    assert columns == ["a", "b"]
    assert rows[0].line == 4


def test_a_file_without_a_header_takes_the_names_it_is_given(tmp_path: Path) -> None:
    columns, rows = _table(tmp_path, b"1,2\n", Dialect(header=("a", "b")))
    assert (columns, rows[0].cells, rows[0].line) == (["a", "b"], ["1", "2"], 1)


def test_a_header_alone_gives_no_rows(tmp_path: Path) -> None:
    assert _rows(tmp_path, b"a,b\n") == []


@pytest.mark.parametrize(
    "content",
    [b"\n\n", bytes(range(256)) * 8, b"\x01\x02\x03,b\n1,2\n", b"a,\xff\n1,2\n", b"a\rb\r1\r2\r"],
)
def test_what_is_not_csv_is_said_once_for_the_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError, match=r"rows\.csv"):
        _rows(tmp_path, content)


def test_skipping_beyond_the_end_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ends within the 5 skipped lines"):
        _rows(tmp_path, b"a\n", Dialect(skip_rows=5))


def test_an_unknown_encoding_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cp99999"):
        _rows(tmp_path, b"a\n", Dialect(encoding="cp99999"))


def test_broken_utf_16_costs_its_row(tmp_path: Path) -> None:
    content = "a,b\n".encode("utf-16") + b"\x00\xd8" + "x,1\ngood,2\n".encode("utf-16-le")
    assert [row.problem is None for row in _rows(tmp_path, content)] == [False, True]
