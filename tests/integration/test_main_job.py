"""The main job on real files: read, land exactly once, publish, and give the known figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import rows, vidhuk
from tests.shared_data import shared_data

pytestmark = pytest.mark.kafka

CFPB = "cfpb/cfpb_full_schema_sample_2011_2026.csv"
TIMELY = "select attributes->>'timely' as timely, count(*) as n from fct_feedback group by all order by all"


@pytest.fixture(scope="module")
def cfpb_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which the CFPB sample was run once, on the local broker."""
    home = tmp_path_factory.mktemp("cfpb") / "home"
    summary = vidhuk("run", str(shared_data(CFPB)), "--as", "cfpb", "--json", home=home).json
    assert summary["read"] == summary["accepted"] + summary["duplicates"] + summary["dead_letters"]
    assert (summary["read"], summary["accepted"], summary["duplicates"], summary["dead_letters"]) == (5000, 5000, 0, 0)
    return home


def test_five_thousand_distinct_complaints_land(cfpb_home: Path) -> None:
    assert rows("select count(*) as n, count(distinct case_id) as cases from fct_feedback", cfpb_home) == [
        {"n": 5000, "cases": 5000}
    ]


def test_blank_timeliness_is_unknown_and_never_late(cfpb_home: Path) -> None:
    assert rows(TIMELY, cfpb_home) == [{"timely": "No", "n": 41}, {"timely": "Yes", "n": 4959}]


def test_running_the_same_file_again_lands_none(cfpb_home: Path) -> None:
    before = vidhuk("digest", "--json", home=cfpb_home).json
    summary = vidhuk("run", str(shared_data(CFPB)), "--as", "cfpb", "--json", home=cfpb_home).json
    assert (summary["read"], summary["accepted"], summary["duplicates"], summary["dead_letters"]) == (5000, 0, 5000, 0)
    assert vidhuk("digest", "--json", home=cfpb_home).json["digest"] == before["digest"]


def test_the_in_memory_broker_gives_the_same_content(cfpb_home: Path, tmp_path: Path) -> None:
    vidhuk("run", str(shared_data(CFPB)), "--as", "cfpb", home=tmp_path / "home", extra={"VIDHUK_KAFKA": "memory"})
    ours = vidhuk("digest", "--json", home=tmp_path / "home").json
    assert ours["digest"] == vidhuk("digest", "--json", home=cfpb_home).json["digest"]


def test_each_broker_in_memory_is_a_log_of_its_own_to_the_same_home(tmp_path: Path) -> None:
    summaries = [
        vidhuk("run", str(shared_data(CFPB)), "--as", "cfpb", "--json", home=tmp_path, extra={"VIDHUK_KAFKA": "memory"})
        for _ in range(3)
    ]
    counts = [(said.json["read"], said.json["accepted"], said.json["duplicates"]) for said in summaries]
    assert counts == [(5000, 5000, 0), (5000, 0, 5000), (5000, 0, 5000)]


def test_a_kafka_given_by_address_gives_the_same_content(cfpb_home: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "their-broker"
    vidhuk("broker", "up", home=theirs)
    try:
        address = vidhuk("broker", "status", "--json", home=theirs).json["bootstrap"]
        vidhuk("run", str(shared_data(CFPB)), "--as", "cfpb", home=tmp_path / "home", extra={"VIDHUK_KAFKA": address})
    finally:
        vidhuk("broker", "down", home=theirs)
    ours = vidhuk("digest", "--json", home=tmp_path / "home").json
    assert ours["digest"] == vidhuk("digest", "--json", home=cfpb_home).json["digest"]


def test_the_older_column_set_gives_its_known_figures(tmp_path: Path) -> None:
    file = str(shared_data("cfpb/cfpb_2013_disputed_3k.csv"))
    summary = vidhuk("run", file, "--as", "cfpb", "--json", home=tmp_path).json
    assert (summary["read"], summary["accepted"]) == (3186, 3186)
    assert rows(TIMELY, tmp_path) == [{"timely": "No", "n": 93}, {"timely": "Yes", "n": 3093}]


def test_csv_and_json_of_the_same_service_requests_give_the_same_rows(tmp_path: Path) -> None:
    homes = {kind: tmp_path / kind for kind in ("csv", "json")}
    for kind, home in homes.items():
        file = str(shared_data(f"nyc311/nyc311_api_1000.{kind}"))
        summary = vidhuk("run", file, "--as", "nyc311", "--json", home=home).json
        assert summary["read"] == summary["accepted"] + summary["duplicates"] + summary["dead_letters"]
    columns = "select * exclude (recorded_at) from fct_feedback order by event_id"
    described = {kind: rows(columns, home) for kind, home in homes.items()}
    assert len(described["csv"]) >= 990
    assert described["csv"] == described["json"]
