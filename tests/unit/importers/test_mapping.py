from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.importers.mapping import CsvMapping, load_mapping

_HEAD = '[[event]]\ntype = "vidhuk.feedback.submitted.v1"\nsource = "s"\n'
_GOOD = _HEAD + 'data = { channel = "Via", text = "Text" }\n'


def _load(tmp_path: Path, text: str) -> CsvMapping:
    file = tmp_path / "map.toml"
    file.write_text(text, encoding="utf-8")
    return load_mapping(file)


def test_nested_tables_and_quoted_dotted_keys_are_the_same_target(tmp_path: Path) -> None:
    nested = _load(tmp_path, _HEAD + '[event.data]\nchannel = "Via"\ntext = "Text"\ncustomer.email = "Mail"\n')
    quoted = _load(tmp_path, _HEAD + '[event.data]\nchannel = "Via"\ntext = "Text"\n"customer.email" = "Mail"\n')
    assert nested.events[0].data == quoted.events[0].data


def test_several_events_of_a_row_have_ids_that_differ(tmp_path: Path) -> None:
    closed = '[[event]]\ntype = "vidhuk.complaint.closed.v1"\nsource = "s"\ndata = { case_id = "Id" }\n'
    mapping = _load(tmp_path, _GOOD + closed)
    assert [event.id_suffix for event in mapping.events] == ["#feedback.submitted", "#complaint.closed"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml", "not a valid TOML"),
        ("", "event"),
        ("event = []", "no [[event]]"),
        (_GOOD * 101, "can give at most 100 events"),
        (_GOOD + "[fille]\n", "fille"),
        (_GOOD + "[file]\ndelimitter = ','\n", "delimitter"),
        (_GOOD + "[file]\ndelimiter = '::'\n", "file.delimiter"),
        (_GOOD + "[file]\ntimezone = 'Kyiv'\n", "Kyiv"),
        (_GOOD.replace("submitted", "sent"), "vidhuk.feedback.sent.v1"),
        (_GOOD.replace('"s"', '"two words"'), "source"),
        (_GOOD.replace("text =", "txt ="), "data.txt is not a field of vidhuk.feedback.submitted.v1"),
        (_GOOD.replace('"Text"', '{ colum = "Text" }'), "colum"),
        (_GOOD.replace('"Text"', '{ column = "Text", value = "x" }'), "exactly one of column"),
        (_GOOD.replace('"Text"', '{ column = "Text", keep = true }'), "belong beside a `map`"),
        (_GOOD.replace('"Text"', '{ column = "T", map = { a = "b" }, keep = true, other = "c" }'), "contradict"),
        (_GOOD.replace('"Text"', '{ column = "T", format = "iso", timezone = "Mars/Base" }'), "Mars/Base"),
        (_GOOD.replace('channel = "Via", ', ""), "needs data.channel"),
        (_GOOD.replace('"Text"', '"Text", customer = "Name"'), "data.customer holds fields"),
        (_HEAD + 'when = { column = "a" }\ndata = { channel = "c" }\n', "exactly one of present"),
        (_HEAD + 'when = { first = true, column = "a" }\ndata = { channel = "c" }\n', "exactly one of present"),
        (_HEAD + 'when = { was = "x" }\ndata = { channel = "c" }\n', "exactly one of present"),
        (_HEAD + 'when = { column = "a", was = "x", equals = "y" }\ndata = { channel = "c" }\n', "exactly one of"),
        (_HEAD + 'when = { first = true }\ndata = { channel = "c" }\n', "say in [case] which column is its `id`"),
        (_HEAD + "otherwise = true\ndata = { channel = 'c' }\n", "blocks above it, and there are none"),
        ("[case]\ntime = 'a'\n" + _GOOD, "id"),
        ("[case]\nid = 'a'\norder = 'b'\n" + _GOOD, "order"),
        ("[case]\nid = 'a'\ntime = { value = '2026-01-01' }\n" + _GOOD, "case.time has to stand in each row"),
        (_GOOD + _GOOD, "give each of them a `name`"),
        (_GOOD.replace('"vidhuk.feedback.submitted.v1"', '{ column = "t" }'), "needs a `map`"),
    ],
)
def test_a_wrong_mapping_is_refused_by_key_and_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        _load(tmp_path, text)
    assert "map.toml" in str(caught.value)
    assert said in str(caught.value)


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml: the mapping cannot be read"):
        load_mapping(tmp_path / "nowhere.toml")
