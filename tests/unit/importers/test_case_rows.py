from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.errors import UsageError
from pipeline.importers import chunks
from pipeline.importers.case_rows import CaseReader, InStatedOrder, added_cells
from pipeline.importers.cells import CellCompiler
from pipeline.importers.mapped_csv import MappedCsvImporter
from pipeline.importers.mapping import load_mapping
from pipeline.importers.rows import Row
from pipeline.ports import ImportChunk

_STATED = '[case]\nid = "case"\ntime = "at"\nsequence = "version"\n'
_AS_IN_FILE = '[case]\nid = "case"\n'


def _event(name: str, verb: str, when: str) -> str:
    return (
        f'[[event]]\nname = "{name}"\ntype = "vidhuk.complaint.{verb}.v1"\nsource = "s"\nid = ["case", "version"]\n'
        f'{when}\ndata = {{ case_id = "case" }}\n'
    )


def _import(tmp_path: Path, mapping: str, rows: str, header: str = "case,state,version,at") -> ImportChunk:
    toml, csv = tmp_path / "map.toml", tmp_path / "rows.csv"
    toml.write_text(mapping, encoding="utf-8")
    csv.write_text(f"{header}\n{rows}", encoding="utf-8")
    whole = ImportChunk()
    for chunk in MappedCsvImporter(load_mapping(toml))(str(csv)):
        whole.keys += chunk.keys
        whole.values += chunk.values
        whole.unmappable += chunk.unmappable
    return whole


def _events(chunk: ImportChunk) -> list[dict[str, Any]]:
    return [json.loads(value) for value in chunk.values]


def _ids(chunk: ImportChunk) -> list[str]:
    return [event["id"] for event in _events(chunk)]


def _rows_where(tmp_path: Path, condition: str, rows: str, case: str = _STATED) -> list[int]:
    """Versions of the rows that meet a condition."""
    mapping = case + _event("x", "closed", f"when = {condition}") + _event("rest", "updated", "otherwise = true")
    met = [name.removesuffix("#x") for name in _ids(_import(tmp_path, mapping, rows)) if name.endswith("#x")]
    return [int(name.split("/")[1]) for name in met]


_LIFE = """a,new,0,2026-01-01
a,open,1,2026-01-02
a,open,2,2026-01-03
a,,3,2026-01-04
a,open,4,2026-01-05
a,done,5,2026-01-06
a,open,6,2026-01-07
"""


@pytest.mark.parametrize("case", [_STATED, _AS_IN_FILE])
@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ("{ first = true }", [0]),
        ("{ first = false }", [1, 2, 3, 4, 5, 6]),
        ('{ column = "state", changed = true }', [0, 1, 5, 6]),
        ('{ column = "state", changed = false }', [2, 4]),
        ('{ column = "state", was = "open" }', [2, 3, 4, 5]),
        ('{ column = "state", was = ["new", "done"] }', [1, 6]),
        ('{ column = "state", was_not = ["open", "new"] }', [0, 6]),
        ('[{ column = "state", was = "done" }, { column = "state", equals = "open" }]', [6]),
        ('[{ first = true }, { column = "state", changed = true }]', [0]),
    ],
)
def test_conditions_look_back_to_the_last_value_that_the_case_had(
    tmp_path: Path, case: str, condition: str, met: list[int]
) -> None:
    assert _rows_where(tmp_path, condition, _LIFE, case) == met


def test_cases_do_not_see_one_another_however_their_rows_are_mixed(tmp_path: Path) -> None:
    rows = "a,x,0,2026-01-01\nb,x,1,2026-01-01\na,x,2,2026-01-02\nb,y,3,2026-01-02\nc,y,4,2026-01-03\n"
    for case in (_STATED, _AS_IN_FILE):
        assert _rows_where(tmp_path, "{ first = true }", rows, case) == [0, 1, 4]
        assert _rows_where(tmp_path, '{ column = "state", changed = false }', rows, case) == [2]


def test_rows_are_put_in_order_by_time_then_sequence_as_a_number(tmp_path: Path) -> None:
    rows = "a,x,10,2026-01-01\na,x,9,2026-01-01\na,x,0,2026-01-02\na,y,11,2026-01-01\n"
    assert _rows_where(tmp_path, "{ first = true }", rows) == [9]
    assert _rows_where(tmp_path, '{ column = "state", was = "y" }', rows) == [0]


def test_without_time_the_sequence_alone_orders_and_without_sequence_the_file_breaks_ties(tmp_path: Path) -> None:
    rows = "a,x,2,2026-01-01\na,y,1,2026-01-01\n"
    assert _rows_where(tmp_path, "{ first = true }", rows, '[case]\nid = "case"\nsequence = "version"\n') == [1]
    assert _rows_where(tmp_path, "{ first = true }", rows, '[case]\nid = "case"\ntime = "at"\n') == [2]


def test_a_row_may_give_several_events_and_the_rest_is_left_to_otherwise(tmp_path: Path) -> None:
    mapping = (
        _STATED
        + _event("back", "reopened", 'when = { column = "state", was = "done" }')
        + _event("wait", "awaiting-complainant", 'when = { column = "state", equals = "wait" }')
        + _event("rest", "updated", 'otherwise = true\nwhen = { column = "state", not_in = ["odd"] }')
    )
    rows = "a,done,0,2026-01-01\na,wait,1,2026-01-02\na,wait,2,2026-01-03\na,open,3,2026-01-04\na,odd,4,2026-01-05\n"
    chunk = _import(tmp_path, mapping, rows)
    assert _ids(chunk) == ["a/0#rest", "a/1#back", "a/1#wait", "a/2#wait", "a/3#rest"]
    assert [row.line for row in chunk.unmappable] == [6]


@pytest.mark.parametrize("case", [_STATED, _AS_IN_FILE])
def test_a_row_without_a_case_is_a_dead_letter_and_moves_nothing_else(tmp_path: Path, case: str) -> None:
    mapping = case + _event("x", "closed", "when = { first = true }") + _event("r", "updated", "otherwise = true")
    rows = "a,x,0,2026-01-01\n,x,1,2026-01-01\nshort\na,x,2,2026-01-02\n"
    chunk = _import(tmp_path, mapping, rows)
    assert _ids(chunk) == ["a/0#x", "a/2#r"]
    assert [(row.line, row.sentence) for row in chunk.unmappable] == [
        (3, 'Column "case" is empty, and it says which case the row belongs to.'),
        (4, "The row has 1 of the 4 cells that the header names."),
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,x,0,", 'Column "at" is empty, and it says when it happened.'),
        ("a,x,0,someday", 'Column "at" is not a date as "iso".'),
        ("a,x,,2026-01-01", 'Column "version" is empty, and it says the order of events of one time.'),
        ("a,x,1.5,2026-01-01", 'Column "version" is not a whole number.'),
        ("a,x,-1,2026-01-01", 'Column "version" is not a sequence number: those are 0 to 92233720368547757.'),
        ("a,x,1e30,2026-01-01", 'Column "version" is not a sequence number: those are 0 to 92233720368547757.'),
    ],
)
def test_a_row_without_a_place_in_its_case_says_which_column_is_wrong(tmp_path: Path, row: str, said: str) -> None:
    mapping = _STATED + _event("x", "closed", "when = { first = true }")
    chunk = _import(tmp_path, mapping, f"{row}\na,x,1,2026-01-02\n")
    assert [found.sentence for found in chunk.unmappable] == [said]
    assert _ids(chunk) == ["a/1"]


def test_a_row_that_is_refused_for_its_other_cells_still_counts_as_a_row_of_its_case(tmp_path: Path) -> None:
    mapping = _STATED + _event("x", "closed", "when = { first = true }").replace(
        "case_id =", 'product = { column = "state", map = { good = "p" } }, case_id ='
    )
    mapping += _event("r", "updated", "otherwise = true")
    chunk = _import(tmp_path, mapping, "a,bad,0,2026-01-01\na,good,1,2026-01-02\n")
    assert _ids(chunk) == ["a/1#r"]
    assert [row.line for row in chunk.unmappable] == [2]


def test_events_carry_the_time_and_sequence_of_their_case_so_that_the_fold_has_the_same_order(tmp_path: Path) -> None:
    mapping = _STATED + _event("x", "closed", "")
    (event,) = _events(_import(tmp_path, mapping, "a,x,12345678901234567,2026-01-01T10:00:00+02:00\n"))
    assert event["time"] == "2026-01-01T08:00:00Z"
    assert event["sequence"] == "0012345678901234567"


def test_without_a_sequence_of_its_own_a_log_of_cases_takes_the_line(tmp_path: Path) -> None:
    rows = 'a,"two\nlines",0,2026-01-01\na,x,1,2026-01-01\n'
    for when in ("", "when = { first = false }"):
        events = _events(_import(tmp_path, '[case]\nid = "case"\ntime = "at"\n' + _event("x", "closed", when), rows))
        assert int(events[-1]["sequence"]) == 4


def test_events_of_one_row_happened_in_the_order_of_their_blocks(tmp_path: Path) -> None:
    mapping = _STATED + _event("back", "reopened", "") + _event("wait", "awaiting-complainant", "")
    events = _events(_import(tmp_path, mapping, "a,x,6,2026-01-01\na,x,7,2026-01-01\n"))
    in_order = sorted(events, key=lambda event: event["sequence"])
    assert in_order == events
    assert [int(event["sequence"]) for event in events] == [600, 601, 700, 701]


def test_an_event_may_have_a_sequence_and_a_time_of_its_own_and_a_file_without_cases_too(tmp_path: Path) -> None:
    own = 'sequence = "case"\ntime = { column = "state" }'
    for case in (_STATED, ""):
        mapping = case + _event("x", "closed", own)
        (event,) = _events(_import(tmp_path, mapping, "7,2025-05-05,1,2026-01-01\n"))
        assert (event["time"], int(event["sequence"])) == ("2025-05-05T00:00:00Z", 7)
    (plain,) = _events(_import(tmp_path, _event("x", "closed", ""), "7,x,1,2026-01-01\n"))
    assert "sequence" not in plain


def test_a_longer_export_gives_the_earlier_rows_the_same_events(tmp_path: Path) -> None:
    mapping = (
        _STATED
        + _event("first", "acknowledged", "when = { first = true }")
        + _event("x", "closed", 'when = { column = "state", changed = true }')
        + _event("rest", "updated", "otherwise = true")
    )
    short = _import(tmp_path, mapping, _LIFE)
    longer = _import(tmp_path, mapping, "b,x,0,2026-01-01\n" + _LIFE + "a,done,7,2026-01-08\n")
    assert set(short.values) < set(longer.values)


def test_identities_by_content_see_only_the_cells_of_the_file(tmp_path: Path) -> None:
    mapping = _STATED + _event("x", "closed", "when = { first = true }") + _event("r", "updated", "otherwise = true")
    mapping = mapping.replace('id = ["case", "version"]\n', "")
    alone = _ids(_import(tmp_path, mapping, "a,x,5,2026-01-05\n"))
    later = _ids(_import(tmp_path, mapping, "a,x,1,2026-01-01\na,x,5,2026-01-05\n"))
    assert later[1].partition("#")[0] == alone[0].partition("#")[0]


def test_a_case_larger_than_a_chunk_keeps_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 3)
    rows = "".join(f"a,{'x' if n < 50 else 'y'},{n},2026-01-01\n" for n in range(100))
    for case in (_STATED, _AS_IN_FILE):
        assert _rows_where(tmp_path, '{ column = "state", changed = true }', rows, case) == [0, 50]


def test_a_column_that_the_case_needs_is_missed_before_anything_is_read(tmp_path: Path) -> None:
    mapping = _STATED.replace('"version"', '"Version"') + _event("x", "closed", "when = { first = true }")
    toml, csv = tmp_path / "map.toml", tmp_path / "rows.csv"
    toml.write_text(mapping, encoding="utf-8")
    csv.write_text("case,state,version,at\n", encoding="utf-8")
    with pytest.raises(UsageError, match='no column "Version"'):
        next(iter(MappedCsvImporter(load_mapping(toml))(str(csv))))


def test_a_file_without_rows_gives_nothing(tmp_path: Path) -> None:
    for case in (_STATED, _AS_IN_FILE):
        chunk = _import(tmp_path, case + _event("x", "closed", "when = { first = true }"), "")
        assert (chunk.values, chunk.unmappable) == ([], [])


def test_a_file_that_grows_or_changes_between_its_two_readings_is_refused(tmp_path: Path) -> None:
    toml = tmp_path / "map.toml"
    toml.write_text(_STATED + _event("x", "closed", "when = { first = true }"), encoding="utf-8")
    mapping = load_mapping(toml)
    assert mapping.case is not None
    columns = ["case", "state", "version", "at"]
    reader = CaseReader(mapping, mapping.case, CellCompiler(mapping, columns, "log.csv", added_cells(mapping)))

    def rows(*cases: str) -> list[Row]:
        return [Row(2 + at, [case, "x", "0", "2026-01-01"], [], None) for at, case in enumerate(cases)]

    with pytest.raises(UsageError, match=r"log\.csv: the file has grown"):
        InStatedOrder(reader, rows("a"), "log.csv").complete(rows("a", "b"))
    with pytest.raises(UsageError, match=r"log\.csv: the file has changed"):
        InStatedOrder(reader, rows(""), "log.csv").complete(rows("a"))
