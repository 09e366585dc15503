from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.importers.cloudevents import CloudEventsImporter
from pipeline.importers.files import MAX_ROW_BYTES
from pipeline.ports import ImportChunk


def _import(tmp_path: Path, content: bytes) -> list[ImportChunk]:
    file = tmp_path / "events.jsonl"
    file.write_bytes(content)
    return list(CloudEventsImporter()(str(file)))


def test_lines_pass_byte_for_byte_and_blank_ones_are_passed_over(tmp_path: Path) -> None:
    (chunk,) = _import(tmp_path, b'\xef\xbb\xbf {"id":"1" , "x":1e3} \r\n\n   \n{"id":"2"}')
    assert chunk.values == [b' {"id":"1" , "x":1e3} ', b'{"id":"2"}']


def test_hostile_lines_go_to_the_inbox_for_the_intake_to_judge(tmp_path: Path) -> None:
    lines = [
        b"not json",
        b"\xff\xfe\x00",
        b'{"id":',
        b"[1]",
        b"null",
        b'{"id":7}',
        b"[" * 100_000,
        b'"' + b"x" * (1 << 20),
    ]
    (chunk,) = _import(tmp_path, b"\n".join(lines) + b"\n")
    assert chunk.values == lines
    assert chunk.unmappable == []
    assert chunk.keys == [None] * len(lines)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"id":"i","subject":"s","partitionkey":"p"}', b"p"),
        (b'{"id":"i","subject":"s"}', b"s"),
        (b'{"id":"i","data":{"subject":"deep"}}', b"i"),
        (b'{"id":"i","partitionkey":5}', None),
        (b'{"id":"' + b"x" * 5_000 + b'"}', None),
    ],
)
def test_the_key_is_read_where_it_is_cheap(tmp_path: Path, line: bytes, key: bytes | None) -> None:
    assert _import(tmp_path, line)[0].keys == [key]


def test_a_line_that_no_kafka_record_holds_is_one_unmappable(tmp_path: Path) -> None:
    (chunk,) = _import(tmp_path, b'{"id":"1"}\n' + b"x" * (MAX_ROW_BYTES + 1) + b'\n{"id":"3"}\n')
    assert chunk.values == [b'{"id":"1"}', b'{"id":"3"}']
    assert [(row.line, len(row.original)) for row in chunk.unmappable] == [(2, MAX_ROW_BYTES)]


def test_heavy_lines_come_in_chunks_of_bounded_weight(tmp_path: Path) -> None:
    chunks = _import(tmp_path, (b"x" * (1 << 20) + b"\n") * 40)
    assert sum(len(chunk) for chunk in chunks) == 40
    assert max(sum(map(len, chunk.values)) for chunk in chunks) < 18_000_000


def test_a_gzip_file_cut_short_counts_what_it_lost_as_one(tmp_path: Path) -> None:
    whole = b"".join(b'{"id":"%d"}\n' % n for n in range(100_000))
    chunks = _import(tmp_path, gzip.compress(whole)[:-5_000])
    unmappable = [row for chunk in chunks for row in chunk.unmappable]
    assert len(unmappable) == 1
    assert "damaged" in unmappable[0].sentence
    assert sum(len(chunk.values) for chunk in chunks) > 1_000


def test_an_empty_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="empty"):
        _import(tmp_path, b"")
