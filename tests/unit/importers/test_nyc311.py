from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.errors import UsageError
from pipeline.importers.nyc311 import Nyc311Importer
from pipeline.ports import ImportChunk

_RECORD = {
    "unique_key": "61",
    "created_date": "2024-05-26T23:54:46.000",
    "agency": "NYPD",
    "complaint_type": "Noise",
    "open_data_channel_type": "ONLINE",
}


def _import(tmp_path: Path, content: str) -> ImportChunk:
    file = tmp_path / "nyc"
    file.write_text(content, encoding="utf-8")
    return next(Nyc311Importer()(str(file)))


def _json(tmp_path: Path, **members: object) -> ImportChunk:
    return _import(tmp_path, json.dumps([_RECORD | members]))


def _csv(tmp_path: Path, cells: dict[str, str]) -> ImportChunk:
    quoted = [",".join(f'"{cell}"' for cell in line) for line in (cells, cells.values())]
    return _import(tmp_path, "\n".join(quoted) + "\n")


def _events(chunk: ImportChunk) -> list[dict[str, Any]]:
    assert chunk.unmappable == []
    return [json.loads(value) for value in chunk.values]


def test_a_request_is_a_complaint_at_its_local_time(tmp_path: Path) -> None:
    (event,) = _events(_json(tmp_path, descriptor="Loud Music"))
    assert (event["id"], event["time"]) == ("61", "2024-05-27T03:54:46Z")
    assert event["data"] == {
        "channel": "online",
        "text": "Noise: Loud Music",
        "case_id": "nyc311-61",
        "product": "NYPD",
        "record_class": "complaint",
        "attributes": {"complaint_type": "Noise", "descriptor": "Loud Music"},
    }


def test_a_closing_date_gives_a_second_event_of_the_same_case(tmp_path: Path) -> None:
    chunk = _json(tmp_path, closed_date="2024-05-27T00:14:03.000", resolution_description="Looked into.")
    _, closed = _events(chunk)
    assert closed["type"] == "vidhuk.complaint.closed.v1"
    assert (closed["id"], closed["time"]) == ("61/closed", "2024-05-27T04:14:03Z")
    assert (closed["data"]["case_id"], closed["data"]["note"]) == ("nyc311-61", "Looked into.")
    assert chunk.keys == [b"nyc311-61"] * 2


def test_a_request_closed_before_it_was_created_is_set_aside_whole(tmp_path: Path) -> None:
    chunk = _json(tmp_path, closed_date="2024-05-26T23:54:45.000")
    assert chunk.values == []
    assert chunk.unmappable[0].sentence == 'Column "closed_date" lies before column "created_date".'


def test_a_closing_in_the_repeated_hour_is_not_taken_for_one_before_its_creation(tmp_path: Path) -> None:
    # created 01:50 EDT, closed 01:10 EST twenty minutes later
    _, closed = _events(_json(tmp_path, created_date="2024-11-03T01:50:00", closed_date="2024-11-03T01:10:00"))
    assert closed["time"] == "2024-11-03T06:10:00Z"


def test_spellings_of_csv_and_json_and_of_both_layouts_meet(tmp_path: Path) -> None:
    from_json = _json(
        tmp_path,
        incident_zip="07302",
        bbl="2054110210",
        latitude="40.70",
        x_coordinate_state_plane="1002186",
        due_date="2024-06-01T00:00:00.000",
        location={"latitude": "40.70"},
        landmark=None,
        **{":@computed_region_efsh_h5xi": "13091"},
    )
    api = _csv(
        tmp_path,
        {
            **_RECORD,
            "incident_zip": "7302.0",
            "bbl": "2054110210.0",
            "latitude": "40.7",
            "x_coordinate_state_plane": "1002186.0",
            "due_date": "2024-06-01T00:00:00.000",
            "location": "{'latitude': '40.70'}",
            "landmark": "",
            ":@computed_region_efsh_h5xi": "13091.0",
        },
    )
    portal = _csv(
        tmp_path,
        {
            "Unique Key": "61",
            "Created Date": "05/26/2024 11:54:46 PM",
            "Agency": "NYPD",
            "Problem (formerly Complaint Type)": "Noise",
            "Open Data Channel Type": "ONLINE",
            "Incident Zip": "07302",
            "BBL": "2054110210",
            "Latitude": "40.70",
            "X Coordinate (State Plane)": "1002186",
            "Due Date": "06/01/2024 12:00:00 AM",
            "Location": "(40.70, -73.9)",
        },
    )
    assert _events(from_json) == _events(api) == _events(portal)
    assert from_json.values == api.values == portal.values


@pytest.mark.parametrize(
    ("members", "column"),
    [
        ({"unique_key": ""}, "unique_key"),
        ({"created_date": "yesterday"}, "created_date"),
        ({"created_date": "0001-01-01T00:00:00"}, "created_date"),
        ({"closed_date": "1899-01-01T00:00:00"}, "closed_date"),
        ({"due_date": "soon"}, "due_date"),
        ({"agency": {"name": "NYPD"}}, "agency"),
        ({"descriptor": "a\0b"}, "descriptor"),
    ],
)
def test_a_record_that_cannot_be_mapped_names_the_column(tmp_path: Path, members: dict[str, Any], column: str) -> None:
    chunk = _json(tmp_path, **members)
    assert chunk.values == []
    (row,) = chunk.unmappable
    assert row.line == 1
    assert f'"{column}"' in row.sentence


@pytest.mark.parametrize("content", ["a,b\n1,2\n", '[{"a": 1}]', "{oops"])
def test_another_file_is_refused_once(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError):
        _import(tmp_path, content)


def test_a_request_closed_at_the_moment_of_its_creation_is_a_fact(tmp_path: Path) -> None:
    assert len(_events(_json(tmp_path, closed_date=_RECORD["created_date"]))) == 2
