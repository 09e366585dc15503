"""Every row of a file is accounted for exactly once, whatever stands in it."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.domain.decoding import decode
from pipeline.domain.rejection import Rejection
from pipeline.importers.cloudevents import CloudEventsImporter
from pipeline.importers.files import opened
from pipeline.importers.mapped_csv import MappedCsvImporter
from pipeline.importers.mapping import load_mapping
from pipeline.importers.nyc311 import Nyc311Importer
from pipeline.importers.rows import Dialect, Row, Table
from pipeline.ports import ImportChunk, Importer

_MAPPING = """
[[event]]
type = "vidhuk.feedback.submitted.v1"
source = "s"
time = "time"
[event.data]
channel = { value = "web" }
text = "text"
rating = "rating"
language = "language"
"""
_cells = st.text(max_size=20) | st.sampled_from(["", "2026-01-01", "5", "en", '"', "\n", "a\r\nb", "\0", "9999-12-31"])
_lines = st.binary(max_size=30) | st.sampled_from([b'1,"open', b'"a', b"1,2", b'"x","y"', b'""', b"\xff,\0", b'a"b,c'])


@contextmanager
def _file(content: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        path.write_bytes(content)
        yield str(path)


def _whole(importer: Importer, content: bytes) -> ImportChunk:
    whole = ImportChunk()
    with _file(content) as path:
        for chunk in importer(path):
            assert len(chunk.keys) == len(chunk.values)
            whole.keys += chunk.keys
            whole.values += chunk.values
            whole.unmappable += chunk.unmappable
    return whole


def _importer(mapping: str) -> MappedCsvImporter:
    with _file(mapping.encode()) as path:
        return MappedCsvImporter(load_mapping(Path(path)))


@given(st.lists(st.lists(_cells, min_size=4, max_size=5), max_size=8))
def test_every_row_that_a_csv_writer_writes_is_one_event_or_one_refusal(rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["time", "text", "rating", "language"])
    writer.writerows(rows)
    content = text.getvalue().encode("utf-8", "replace")
    chunk = _whole(_importer(_MAPPING), content)
    assert len(chunk.values) + len(chunk.unmappable) == len(rows)
    assert not [value for value in chunk.values if isinstance(decode(value), Rejection)]
    assert _whole(_importer(_MAPPING), content).values == chunk.values


@given(st.lists(_lines, max_size=12))
@example([b'1,"open', b'2,"', b"3,4"])
def test_lines_of_any_bytes_belong_to_exactly_one_row_each(lines: list[bytes]) -> None:
    body = b"\n".join(lines)
    rows: list[Row] = []
    with _file(b"a,b\n" + body) as path, opened(path) as stream:
        rows = list(Table(path, stream, Dialect()).rows())
    found: dict[int, bytes] = {}
    for row in rows:
        for at, part in enumerate(row.parts, row.line):
            assert at not in found
            found[at] = part.raw
    for at, raw in enumerate(io.BytesIO(body).readlines(), 2):
        assert found.get(at) == raw or (at not in found and not raw.strip(b"\r\n"))


@given(st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), min_size=1, max_size=10))
def test_every_line_of_a_cloudevents_file_counts_once(lines: list[bytes]) -> None:
    chunk = _whole(CloudEventsImporter(), b'{"id":"first"}\n' + b"\n".join(lines))
    assert chunk.values == [b'{"id":"first"}', *(line.rstrip(b"\r") for line in lines if line.strip())]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "unique_key": st.sampled_from(["", "1", "2"]),
                "created_date": st.sampled_from(["2024-05-26T23:54:46.000", "x", ""]),
                "agency": st.just("NYPD") | st.text(max_size=5),
                "complaint_type": st.just("Noise") | st.text(max_size=5),
            },
            optional={"closed_date": st.sampled_from(["2024-05-27T00:00:00", "2020-01-01T00:00:00", "", None])},
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_311_record_is_its_events_or_one_refusal(records: list[dict[str, str | None]]) -> None:
    chunk = _whole(Nyc311Importer(), json.dumps(records).encode())
    submitted = [value for value in chunk.values if b"vidhuk.feedback.submitted.v1" in value]
    assert len(submitted) + len(chunk.unmappable) == len(records)
    assert not [value for value in chunk.values if isinstance(decode(value), Rejection)]


_LOG_MAPPING = """
[case]
id = "case"
time = "at"
sequence = "n"
[[event]]
name = "received"
type = "vidhuk.feedback.submitted.v1"
source = "log"
id = ["case", "at", "n", "state"]
when = { first = true }
data = { case_id = "case", channel = { value = "web" }, text = { value = "-" }, record_class = { value = "complaint" } }
[[event]]
name = "reopened"
type = "vidhuk.complaint.reopened.v1"
source = "log"
id = ["case", "at", "n", "state"]
when = [{ column = "state", was = "done" }, { column = "state", in = ["new", "open"] }]
data = { case_id = "case" }
[[event]]
name = "closed"
type = "vidhuk.complaint.closed.v1"
source = "log"
id = ["case", "at", "n", "state"]
when = [{ column = "state", changed = true }, { column = "state", equals = "done" }]
data = { case_id = "case" }
[[event]]
name = "updated"
type = "vidhuk.complaint.updated.v1"
source = "log"
id = ["case", "at", "n", "state"]
otherwise = true
data = { case_id = "case" }
"""


class _LogRow(NamedTuple):
    case: str
    state: str
    n: int
    day: int


_log_rows = st.builds(
    _LogRow,
    st.sampled_from(["a", "b", "", "ü/1"]),
    st.sampled_from(["new", "open", "done", ""]),
    st.integers(0, 30),
    st.integers(1, 3),
)


def _log(rows: Sequence[_LogRow]) -> bytes:
    return b"case,state,n,at\n" + b"".join(f"{r.case},{r.state},{r.n},2026-01-0{r.day}\n".encode() for r in rows)


def _replayed(rows: Sequence[_LogRow]) -> list[str]:
    """Names of the events that the rows should give, by the plainest reading of the mapping."""
    names: list[str] = []
    for case in {row.case for row in rows if row.case}:
        last, known = "", False
        for row in sorted((row for row in rows if row.case == case), key=lambda row: (row.day, row.n)):
            found = [
                name
                for name, holds in (
                    ("received", not known),
                    ("reopened", last == "done" and row.state in {"new", "open"}),
                    ("closed", row.state == "done" and last != "done"),
                )
                if holds
            ] or ["updated"]
            if row.state:  # an empty one refuses the row, as it is part of the identity
                names += [f"{case}/{row.n}/{name}" for name in found]
            last, known = row.state or last, True
    return sorted(names)


@given(st.lists(_log_rows, max_size=25, unique_by=lambda row: (row.case, row.day, row.n)), st.randoms())
def test_rows_of_a_log_give_the_same_events_in_any_order_and_none_is_lost(rows: list[_LogRow], random: Random) -> None:
    importer = _importer(_LOG_MAPPING)
    shuffled = random.sample(rows, len(rows))
    first, second = _whole(importer, _log(rows)), _whole(importer, _log(shuffled))
    assert sorted(first.values) == sorted(second.values)
    assert len(first.unmappable) == sum(not row.case or not row.state for row in rows)
    found = [json.loads(value) for value in first.values]
    names = [f"{e['data']['case_id']}/{int(e['sequence']) // 100}/{e['id'].rpartition('#')[2]}" for e in found]
    assert sorted(names) == _replayed(rows)
    assert not [value for value in first.values if isinstance(decode(value), Rejection)]


@given(st.lists(_log_rows, max_size=25, unique_by=lambda row: (row.case, row.day, row.n)))
def test_a_log_that_stands_in_order_gives_the_same_steps_by_its_file_order(rows: list[_LogRow]) -> None:
    content = _log(sorted(rows, key=lambda row: (row.day, row.n)))
    stated = _whole(_importer(_LOG_MAPPING), content)
    in_file = _whole(_importer(_LOG_MAPPING.replace('time = "at"\nsequence = "n"\n', "")), content)
    assert [json.loads(value)["id"] for value in stated.values] == [json.loads(v)["id"] for v in in_file.values]
    assert stated.unmappable == in_file.unmappable
