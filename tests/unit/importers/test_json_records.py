from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.errors import UsageError
from pipeline.importers.json_records import Record, json_records


def _records(content: bytes) -> list[Record]:
    return list(json_records("x.json", io.BytesIO(content)))


@pytest.mark.parametrize(
    "content", [b'[{"a":1},\n {"a":2}]', b'{"a":1}\n{"a":2}\n', b'\xef\xbb\xbf [ {"a":1} , {"a":2} ] ']
)
def test_an_array_and_objects_one_after_the_other_are_the_same(content: bytes) -> None:
    assert [(record.line, record.members) for record in _records(content)] == [(1, {"a": 1}), (2, {"a": 2})]


@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.none() | st.integers(), max_size=3), max_size=5), st.booleans()
)
def test_whatever_json_writes_is_read_back(values: list[dict[str, Any]], ascii_only: bool) -> None:
    written = json.dumps(values, ensure_ascii=ascii_only).encode("utf-8", "replace")
    if written.decode() == json.dumps(values, ensure_ascii=ascii_only):
        assert [record.members for record in _records(written) if record.problem is None] == values


def test_records_across_block_ends_are_whole() -> None:
    values = [{"n": n, "text": "я" * 4_001} for n in range(600)]  # about five blocks of one MiB
    records = _records(json.dumps(values, ensure_ascii=False).encode())
    assert [record.members for record in records] == values


def test_what_follows_a_break_is_one_record_with_a_problem() -> None:
    good, broken = _records(b'[{"a":1}, {"a": oops}, {"a":3}]')
    assert good.problem is None
    assert broken.line == 2
    assert broken.original.startswith(b'{"a": oops}')


def test_an_array_that_never_ends_is_noticed() -> None:
    assert [record.problem is None for record in _records(b'[{"a":1}')] == [True, False]


def test_elements_that_are_no_objects_and_broken_text_cost_one_record_each() -> None:
    records = _records(b'[5, {"a":"\\ud800"}, {"a":"\xff"}, {"a":"fine \\ud83d\\ude00"}]')
    assert [record.problem is None for record in records] == [False, False, False, True]
    assert records[2].original == b'{"a":"\xff"}'


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"[nonsense", b"   "])
def test_what_is_no_json_is_said_once(content: bytes) -> None:
    with pytest.raises(UsageError, match=r"x\.json"):
        _records(content)


def test_a_number_across_a_block_end_is_one_record() -> None:
    padding = b" " * ((1 << 20) - 3)
    assert [record.original for record in _records(b"[" + padding + b'12345, {"a":1}]')] == [b"12345", b'{"a":1}']


class _Counting(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(size)
        self.taken = getattr(self, "taken", 0) + len(block)
        return block


def test_a_break_is_given_up_on_before_the_whole_file_is_in_memory() -> None:
    stream = _Counting(b'[{"a":1}, {"a":"never closed ' + b"x" * 30_000_000)
    records = list(json_records("x.json", stream))
    assert [record.problem is None for record in records] == [True, False]
    assert stream.taken < 5_000_000


class _Damaged(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(size)
        if not block:
            raise EOFError
        return block


def test_compressed_objects_that_break_off_between_two_are_noticed() -> None:
    records = list(json_records("x.json", _Damaged(b'{"a":1}\n{"a":2}\n')))
    assert [record.problem is None for record in records] == [True, True, False]
