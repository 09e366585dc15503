"""The importers on files that nobody here wrote, against figures computed once with another engine."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.decoding import decode_batch
from pipeline.domain.rejection import Rejection
from pipeline.importers.formats import importer
from pipeline.ports import ImportChunk
from tests.shared_data import shared_data

_EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
_CFPB = "cfpb/cfpb_full_schema_sample_2011_2026.csv"
_CFPB_OLD = "cfpb/cfpb_2013_disputed_3k.csv"
_INCIDENTS = "incidents/incident_event_log.zip"
_NYC_CSV, _NYC_JSON = "nyc311/nyc311_api_1000.csv", "nyc311/nyc311_api_1000.json"


def _chunks(format_name: str, relative: str, mapping: Path | None = None) -> list[ImportChunk]:
    return list(importer(format_name, mapping)(str(shared_data(relative))))


def _values(chunks: list[ImportChunk]) -> list[bytes]:
    return [value for chunk in chunks for value in chunk.values]


def _events(chunks: list[ImportChunk]) -> list[dict[str, Any]]:
    return [json.loads(value) for value in _values(chunks)]


def _attribute(events: list[dict[str, Any]], name: str) -> Counter[str | None]:
    return Counter(event["data"]["attributes"].get(name) for event in events)


def test_cfpb_gives_one_event_with_its_own_id_for_every_complaint() -> None:
    chunks = _chunks("cfpb", _CFPB)
    events = _events(chunks)
    assert len(events) == 5_000
    assert len({event["id"] for event in events}) == 5_000
    assert not [row for chunk in chunks for row in chunk.unmappable]


def test_cfpb_blank_means_unknown_and_is_left_out() -> None:
    events = _events(_chunks("cfpb", _CFPB))
    assert _attribute(events, "timely") == {"Yes": 4_959, "No": 41}
    assert _attribute(events, "consumer_disputed") == {"Yes": 48, "No": 198, None: 4_754}


def test_cfpb_narratives_are_the_text_and_the_rest_say_that_they_have_none() -> None:
    events = _events(_chunks("cfpb", _CFPB))
    assert _attribute(events, "narrative") == {"yes": 1_278, "no": 3_722}
    assert all(event["data"]["text"] for event in events)
    assert len({event["data"]["attributes"]["company"] for event in events}) == 328


def test_older_cfpb_files_without_ids_keep_equal_rows_apart() -> None:
    events = _events(_chunks("cfpb", _CFPB_OLD))
    assert len({event["id"] for event in events}) == len(events) == 3_186
    assert sum(event["id"].endswith("-2") for event in events) > 0
    assert _attribute(events, "timely") == {"Yes": 3_093, "No": 93}
    assert _attribute(events, "consumer_disputed") == {"Yes": 595, "No": 2_534, None: 57}


def test_complaints_sent_before_they_were_received_are_facts_and_stay() -> None:
    events = _events(_chunks("cfpb", _CFPB_OLD))
    early = [e for e in events if e["data"]["attributes"]["date_sent_to_company"] < e["time"][:10]]
    assert len(early) == 6


def test_nyc_csv_and_json_of_the_same_records_give_the_same_bytes() -> None:
    from_csv, from_json = _chunks("nyc311", _NYC_CSV), _chunks("nyc311", _NYC_JSON)
    assert _values(from_csv) == _values(from_json)
    assert [c.keys for c in from_csv] == [c.keys for c in from_json]
    types = Counter(event["type"] for event in _events(from_csv))
    assert types == {"vidhuk.feedback.submitted.v1": 1_000, "vidhuk.complaint.closed.v1": 677}


@pytest.mark.parametrize(("format_name", "relative"), [("cfpb", _CFPB), ("cfpb", _CFPB_OLD), ("nyc311", _NYC_JSON)])
def test_the_same_file_gives_the_same_bytes_again(format_name: str, relative: str) -> None:
    first, second = _chunks(format_name, relative), _chunks(format_name, relative)
    assert _values(first) == _values(second)
    assert [chunk.keys for chunk in first] == [chunk.keys for chunk in second]


def test_the_incident_log_becomes_cases_and_loses_no_row() -> None:
    chunks = _chunks("csv", _INCIDENTS, _EXAMPLES / "incidents.toml")
    events = _events(chunks)
    refused = [row for chunk in chunks for row in chunk.unmappable]
    assert [row.original.count(b",-100,") for row in refused] == [1, 1]
    rows = {event["id"].rpartition("#")[0] for event in events}
    assert len(rows) + len(refused) == 119_998
    assert len({event["id"] for event in events}) == len(events)
    received = [event["partitionkey"] for event in events if event["type"] == "vidhuk.feedback.submitted.v1"]
    assert len(received) == len(set(received)) == 20_769
    assert {event["data"]["case_id"] for event in events} == set(received)


def test_incidents_are_reopened_as_often_as_a_replay_by_another_engine_finds() -> None:
    events = _events(_chunks("csv", _INCIDENTS, _EXAMPLES / "incidents.toml"))
    reopened = [event["data"]["case_id"] for event in events if event["type"] == "vidhuk.complaint.reopened.v1"]
    assert (len(reopened), len(set(reopened))) == (277, 235)


def test_banking_texts_without_ids_or_dates_are_all_distinct_events() -> None:
    events = _events(_chunks("csv", "banking77/train.csv", _EXAMPLES / "texts.toml"))
    assert len(events) == len({event["id"] for event in events}) == 10_003
    assert len({event["data"]["attributes"]["intent"] for event in events}) == 77


@pytest.mark.parametrize(
    ("format_name", "relative", "mapping"),
    [
        ("cfpb", _CFPB, None),
        ("cfpb", _CFPB_OLD, None),
        ("nyc311", _NYC_CSV, None),
        ("csv", "banking77/train.csv", _EXAMPLES / "texts.toml"),
        ("csv", _INCIDENTS, _EXAMPLES / "incidents.toml"),
    ],
)
def test_the_intake_accepts_every_event_that_an_importer_makes(
    format_name: str, relative: str, mapping: Path | None
) -> None:
    values = _values(_chunks(format_name, relative, mapping))
    outcomes = decode_batch(values, [()] * len(values))
    assert len(outcomes) > 1_000
    assert [outcome for outcome in outcomes if isinstance(outcome, Rejection)] == []
