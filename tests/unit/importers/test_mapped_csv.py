from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.errors import UsageError
from pipeline.importers.mapped_csv import MappedCsvImporter
from pipeline.importers.mapping import load_mapping
from pipeline.ports import ImportChunk

_FEEDBACK = '[[event]]\ntype = "vidhuk.feedback.submitted.v1"\nsource = "s"\n'


def _import(tmp_path: Path, mapping: str, rows: str) -> ImportChunk:
    toml, csv = tmp_path / "map.toml", tmp_path / "rows.csv"
    toml.write_text(mapping, encoding="utf-8")
    csv.write_text(rows, encoding="utf-8")
    whole = ImportChunk()
    for chunk in MappedCsvImporter(load_mapping(toml))(str(csv)):
        whole.keys += chunk.keys
        whole.values += chunk.values
        whole.unmappable += chunk.unmappable
    return whole


def _events(chunk: ImportChunk) -> list[dict[str, Any]]:
    return [json.loads(value) for value in chunk.values]


def _sentence(chunk: ImportChunk) -> str:
    assert chunk.values == []
    (row,) = chunk.unmappable
    return row.sentence


def _feedback(tmp_path: Path, rules: str, rows: str, *, head: str = "") -> ImportChunk:
    return _import(tmp_path, f"{head}{_FEEDBACK}[event.data]\nchannel = {{ value = 'web' }}\n{rules}\n", rows)


def _data(tmp_path: Path, rules: str, rows: str, *, head: str = "") -> dict[str, Any]:
    (event,) = _events(_feedback(tmp_path, rules, rows, head=head))
    data: dict[str, Any] = event["data"]
    return data


def test_columns_and_constants_fill_their_fields(tmp_path: Path) -> None:
    data = _data(
        tmp_path, 'text = "t"\nrating = 4\nattributes."a.b" = "x"\ncustomer.name = "n"', "t,x,n\n Hello ,1,Ann\n"
    )
    assert data == {
        "channel": "web",
        "text": "Hello",
        "rating": 4.0,
        "customer": {"name": "Ann"},
        "attributes": {"a.b": "1"},
    }


def test_empty_cells_and_named_tokens_leave_the_field_out(tmp_path: Path) -> None:
    data = _data(
        tmp_path, 'text = "t"\nproduct = "p"\nattributes.q = "q"', "t,p,q\nx,?,\n", head='[file]\nempty = ["?"]\n'
    )
    assert data == {"channel": "web", "text": "x"}


def test_concat_skips_empty_cells_and_template_needs_all_of_them(tmp_path: Path) -> None:
    rules = 'text = { concat = ["a", "b", "c"], separator = ": " }\nproduct = { template = "{a} ({b})" }'
    assert _data(tmp_path, rules, "a,b,c\nx,,z\n") == {"channel": "web", "text": "x: z"}
    assert _data(tmp_path, rules, "a,b,c\nx,y,\n") == {"channel": "web", "text": "x: y", "product": "x (y)"}


def test_first_takes_the_first_cell_that_says_something(tmp_path: Path) -> None:
    assert _data(tmp_path, 'text = { first = ["a", "b"], default = "none" }', "a,b\n,y\n")["text"] == "y"
    assert (
        _data(tmp_path, 'text = { first = ["a", "b"], default = "none" }', "a,b\n,?\n", head='[file]\nempty=["?"]\n')[
            "text"
        ]
        == "none"
    )


@pytest.mark.parametrize(
    ("extra", "cell", "product"),
    [
        ("", "A", "alpha"),
        (', other = "rest"', "B", "rest"),
        (", keep = true", "B", "B"),
        (', default = "none"', "", "none"),
    ],
)
def test_value_maps_say_what_becomes_of_other_cells(tmp_path: Path, extra: str, cell: str, product: str) -> None:
    rules = f'text = "t"\nproduct = {{ column = "p", map = {{ A = "alpha" }}{extra} }}'
    assert _data(tmp_path, rules, f"t,p\nx,{cell}\n")["product"] == product


def test_a_cell_that_a_map_does_not_name_refuses_the_row_without_showing_it(tmp_path: Path) -> None:
    rules = 'text = "t"\nproduct = { column = "p", map = { A = "alpha" } }'
    sentence = _sentence(_feedback(tmp_path, rules, "t,p\nx,SECRET\n"))
    assert '"p"' in sentence
    assert "SECRET" not in sentence


@pytest.mark.parametrize(
    ("head", "cell", "rating"),
    [
        ("", "4.5", 4.5),
        ("", " 1e2 ", 100.0),
        ('[file]\ndecimal = ","\n', '"4,5"', 4.5),
        ('[file]\ndecimal = ","\nthousands = "."\n', '"1.234,5"', 1234.5),
        ('[file]\nthousands = ","\n', '"1,234.5"', 1234.5),
    ],
)
def test_numbers_are_read_as_the_file_writes_them(tmp_path: Path, head: str, cell: str, rating: float) -> None:
    assert _data(tmp_path, 'rating = "r"', f"r\n{cell}\n", head=head)["rating"] == rating


@pytest.mark.parametrize("cell", ["nan", "inf", "1e999", "1_000", "four", "٤", "4.5.6"])
def test_what_is_no_number_refuses_the_row_by_column(tmp_path: Path, cell: str) -> None:
    assert _sentence(_feedback(tmp_path, 'rating = "r"', f"r\n{cell}\n")) == 'Column "r" is not a number.'


def test_a_decimal_point_in_a_file_of_decimal_commas_is_not_guessed_at(tmp_path: Path) -> None:
    chunk = _feedback(tmp_path, 'rating = "r"', "r\n1.234\n", head='[file]\ndecimal = ","\n')
    assert "not a number" in _sentence(chunk)


def test_time_is_local_by_format_and_zone(tmp_path: Path) -> None:
    mapping = (
        f'[file]\ndates = "%d.%m.%Y %H:%M"\ntimezone = "Europe/Kyiv"\n{_FEEDBACK}time = "when"\n'
        '[event.data]\nchannel = "c"\ntext = "c"\n'
        'attributes.due = { column = "due", format = "%Y%m%d", timezone = "UTC" }'
    )
    (event,) = _events(_import(tmp_path, mapping, "when,c,due\n01.07.2026 10:00,x,20260705\n"))
    assert event["time"] == "2026-07-01T07:00:00Z"
    assert event["data"]["attributes"]["due"] == "2026-07-05T00:00:00Z"


def test_a_constant_time_is_read_like_any_other(tmp_path: Path) -> None:
    mapping = (
        f'[file]\ntimezone = "Europe/Kyiv"\n{_FEEDBACK}time = {{ value = "2026-07-01" }}\n'
        'data = { channel = "c", text = "c" }'
    )
    assert _events(_import(tmp_path, mapping, "c\nx\n"))[0]["time"] == "2026-06-30T21:00:00Z"
    with pytest.raises(UsageError, match="time"):
        _import(tmp_path, mapping.replace("2026-07-01", "July"), "c\nx\n")


@pytest.mark.parametrize("cell", ["", "31.02.2026", "01.01.9999"])
def test_a_time_that_is_empty_or_wrong_refuses_the_row_by_column(tmp_path: Path, cell: str) -> None:
    mapping = f'[file]\ndates = "%d.%m.%Y"\n{_FEEDBACK}time = "when"\ndata = {{ channel = "c", text = "c" }}'
    assert '"when"' in _sentence(_import(tmp_path, mapping, f"when,c\n{cell},x\n"))


def test_without_a_time_rule_the_event_has_no_time(tmp_path: Path) -> None:
    assert "time" not in _events(_feedback(tmp_path, 'text = "t"', "t\nx\n"))[0]


def test_identity_comes_from_columns_and_never_runs_together(tmp_path: Path) -> None:
    mapping = f'{_FEEDBACK}id = ["a", "b"]\ndata = {{ channel = "a", text = "a" }}'
    events = _events(_import(tmp_path, mapping, "a,b\n1/2,3\n1,2/3\n1,2\n1%2F2,3\n"))
    assert [event["id"] for event in events] == ["1%2F2/3", "1/2%2F3", "1/2", "1%252F2/3"]
    assert '"b"' in _sentence(_import(tmp_path, mapping, "a,b\n1,\n"))


def test_without_an_id_rule_equal_rows_are_two_events_at_every_run(tmp_path: Path) -> None:
    first = _feedback(tmp_path, 'text = "t"', "t\nx\nx\ny\n")
    again = _feedback(tmp_path, 'text = "t"', 't\r\n"x"\r\nx\r\ny\r\n')
    ids = [event["id"] for event in _events(first)]
    assert len(set(ids)) == 3
    assert first.values == again.values


def test_two_events_of_a_row_without_an_id_rule_are_told_apart_by_name(tmp_path: Path) -> None:
    block = f'{_FEEDBACK}name = "{{}}"\ndata = {{{{ channel = "t", text = "t" }}}}\n'
    events = _events(_import(tmp_path, block.format("one") + block.format("two"), "t\nx\n"))
    assert [event["id"].partition("#")[2] for event in events] == ["one", "two"]


def test_a_row_gives_as_many_events_as_its_conditions_allow(tmp_path: Path) -> None:
    mapping = (
        f'{_FEEDBACK}id = "i"\ntime = "received"\ndata = {{ channel = "i", text = "i", case_id = "i" }}\n'
        '[[event]]\ntype = "vidhuk.complaint.closed.v1"\nsource = "s"\nid = "i"\ntime = "closed"\n'
        'when = { column = "closed", present = true }\ndata = { case_id = "i" }'
    )
    chunk = _import(tmp_path, mapping, "i,received,closed\n1,2026-01-01,2026-01-05\n2,2026-01-02,\n")
    events = _events(chunk)
    assert [(e["id"], e["time"][:10]) for e in events] == [
        ("1#feedback.submitted", "2026-01-01"),
        ("1#complaint.closed", "2026-01-05"),
        ("2#feedback.submitted", "2026-01-02"),
    ]
    assert chunk.keys == [b"1", b"1", b"2"]
    assert [event["partitionkey"] for event in events] == ["1", "1", "2"]


def test_one_wrong_event_of_a_row_refuses_the_whole_row_once(tmp_path: Path) -> None:
    mapping = (
        f'{_FEEDBACK}id = "i"\ndata = {{ channel = "i", text = "i" }}\n'
        '[[event]]\ntype = "vidhuk.complaint.closed.v1"\nsource = "s"\nid = "i"\ntime = "closed"\n'
        'data = { case_id = "i" }'
    )
    assert _sentence(_import(tmp_path, mapping, "i,closed\n1,someday\n")) == 'Column "closed" is not a date as "iso".'


def test_a_column_may_choose_the_type(tmp_path: Path) -> None:
    mapping = (
        '[[event]]\nsource = "s"\nid = "i"\ntype = { column = "what", map = '
        '{ done = "vidhuk.complaint.closed.v1", again = "vidhuk.complaint.reopened.v1" } }\n'
        'when = [{ column = "what", not_in = ["noise"] }, { column = "i", present = true }]\ndata = { case_id = "i" }'
    )
    chunk = _import(tmp_path, mapping, "i,what\n1,done\n2,again\n3,noise\n4,odd\n5,\n")
    assert [event["type"].split(".")[2] for event in _events(chunk)] == ["closed", "reopened"]
    assert [row.line for row in chunk.unmappable] == [4, 5, 6]
    assert "`when`" in chunk.unmappable[0].sentence


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ('equals = "a"', [True, False, False]),
        ('in = ["a", "b"]', [True, True, False]),
        ('not_in = ["a"]', [False, True, True]),
        ("present = false", [False, False, True]),
    ],
)
def test_conditions_hold_where_they_say(tmp_path: Path, test: str, holds: list[bool]) -> None:
    mapping = f'{_FEEDBACK}id = "i"\nwhen = {{ column = "w", {test} }}\ndata = {{ channel = "i", text = "i" }}'
    ids = {event["id"] for event in _events(_import(tmp_path, mapping, "i,w\n0,a\n1,b\n2,\n"))}
    assert [str(n) in ids for n in range(3)] == holds


def test_an_answer_off_its_scale_names_both_ends(tmp_path: Path) -> None:
    mapping = (
        '[[event]]\ntype = "vidhuk.survey.responded.v1"\nsource = "s"\n[event.data]\nsurvey_id = { value = "x" }\n'
        'instrument = { value = "nps" }\nchannel = { value = "web" }\nscore = "n"\nscale_min = 0\nscale_max = 10\n'
    )
    chunk = _import(tmp_path, mapping, "n\n0\n10\n11\n-1\n\n")
    assert [event["data"]["score"] for event in _events(chunk)] == [0, 10]
    assert [row.line for row in chunk.unmappable] == [4, 5]
    assert all("`score` must lie between" in row.sentence for row in chunk.unmappable)


def test_a_value_that_the_contract_forbids_names_its_column_and_not_itself(tmp_path: Path) -> None:
    chunk = _feedback(
        tmp_path, 'text = "t"\nrecord_class = "k"\nlanguage = "l"', "t,k,l\nx,SECRET,en\ny,complaint,SECRET\n"
    )
    sentences = [row.sentence for row in chunk.unmappable]
    assert len(sentences) == 2
    assert 'column "k"' in sentences[0]
    assert 'column "l"' in sentences[1]
    assert "SECRET" not in "".join(sentences)


def test_a_required_field_from_an_empty_cell_names_the_column(tmp_path: Path) -> None:
    chunk = _import(tmp_path, f'{_FEEDBACK}data = {{ channel = "c", text = "t" }}', "c,t\n,x\n")
    assert _sentence(chunk) == '`data.channel` from column "c" is empty, and the event needs it.'


def test_an_event_beyond_the_weight_limit_is_refused(tmp_path: Path) -> None:
    assert "65536" in _sentence(_feedback(tmp_path, 'text = "t"', f"t\n{'я' * 40_000}\n"))


@pytest.mark.parametrize("attribute", ["id", "subject", "partitionkey"])
def test_an_attribute_longer_than_the_envelope_takes_is_refused(tmp_path: Path, attribute: str) -> None:
    mapping = f'{_FEEDBACK}{attribute} = "t"\ndata = {{ channel = {{ value = "web" }}, text = "t" }}'
    assert f"`{attribute}`" in _sentence(_import(tmp_path, mapping, f"t\n{'x' * 1_025}\n"))
    assert len(_import(tmp_path, mapping, f"t\n{'x' * 1_024}\n").values) == 1


def test_a_column_that_the_file_lacks_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r'rows\.csv: there is no column "Txt".*did you mean "Text"'):
        _feedback(tmp_path, 'text = "Txt"', "Text\nx\n")


def test_a_wrong_delimiter_is_suspected(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"file\.delimiter"):
        _feedback(tmp_path, 'text = "b"', "a;b\n1;2\n")


def test_a_column_that_stands_twice_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stands 2 times"):
        _feedback(tmp_path, 'text = "a"', "a,a\n1,2\n")


def test_an_unmappable_row_keeps_its_bytes_and_its_line(tmp_path: Path) -> None:
    chunk = _feedback(tmp_path, 'rating = "r"', 'r,t\n1,"two\nlines"\nbad,"more\nlines"\n')
    (row,) = chunk.unmappable
    assert (row.line, row.original, row.reason) == (4, b'bad,"more\nlines"\n', "unmappable_row")
