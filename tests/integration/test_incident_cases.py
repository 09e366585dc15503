"""The incident log through importer, intake and fold, against figures computed once with another engine."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipeline.classify.lexicon import LexiconClassifier
from pipeline.domain.cases.fold import CaseFold
from pipeline.domain.cases.policy import load_policies
from pipeline.domain.lake_tables import EVENTS
from pipeline.importers.formats import importer
from pipeline.ports import ImportChunk
from pipeline.services.intake import Intake
from pipeline.services.ledger_rows import event_rows
from tests.command import rows as warehouse_rows
from tests.command import vidhuk
from tests.log_builders import a_batch
from tests.shared_data import shared_data

pytestmark = pytest.mark.slow

_MAPPING = Path(__file__).resolve().parents[2] / "docs" / "examples" / "incidents.toml"


def _landed(chunks: Iterator[ImportChunk]) -> pa.Table:
    """Rows of `events`, as intake and ledger make them of an import; nothing of it is refused on the way."""
    intake, parts, offset = Intake(LexiconClassifier()), [EVENTS.empty_table()], 0
    for chunk in chunks:
        taken = intake.process(a_batch(chunk.values, offset, topic="feedback.inbox"))
        assert len(taken.rejected) == 0
        parts.append(event_rows(a_batch([value for value in taken.accepted.values if value is not None], offset)))
        offset += len(parts[-1])
    return pa.concat_tables(parts).combine_chunks()


@pytest.fixture(scope="module")
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """`events`, what the fold says of each step (`stg_transition`), and the times of each case (`life`)."""
    rows = _landed(importer("csv", _MAPPING)(str(shared_data("incidents/incident_event_log.zip"))))
    fold = CaseFold(load_policies())
    fold.unknown(rows)
    fold.restore(EVENTS.empty_table())  # steps that stand in the file before their receipt have no history either
    transitions = fold.fold(rows).transitions
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("events", rows)
    connection.register("transitions", transitions)
    connection.execute("""
        create table stg_transition as from transitions
        qualify row_number() over (partition by event_key order by known_at desc, "offset" desc) = 1
    """)
    connection.execute("""
        create table life as
        select
            case_id,
            min(time) filter (step = 'received') as received_at,
            max(time) filter (step = 'closed' and outcome = 'applied') as went_to_closed_at,
            max(time) filter (step = 'closed' and outcome <> 'refused') as closed_at,
            max(reopens) as reopens,
            arg_max(state_to, (time, sequence)) as state
        from stg_transition group by case_id
    """)
    yield connection
    connection.close()


def _ask(lake: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in lake.execute(query).fetchall()]


def test_every_incident_is_one_case_and_ends_as_the_log_does(lake: duckdb.DuckDBPyConnection) -> None:
    assert _ask(lake, "select count(*), count(distinct case_id) from events") == [(127_384, 20_769)]
    assert _ask(lake, "select state, count(*) from life group by all order by all") == [
        ("closed", 20_768),
        ("received", 1),
    ]
    assert _ask(lake, "select case_id from life where state <> 'closed'") == [("INC0029233",)]


def test_235_incidents_are_reopened_277_times(lake: duckdb.DuckDBPyConnection) -> None:
    assert _ask(lake, "select sum(reopens), count(*) from life where reopens > 0") == [(277, 235)]
    assert _ask(lake, "select count(*) from stg_transition where step = 'reopened' and outcome <> 'applied'") == [(0,)]


def test_what_changes_no_state_is_said_and_why(lake: duckdb.DuckDBPyConnection) -> None:
    assert _ask(lake, "select count(*) from events where type = 'vidhuk.complaint.updated.v1'") == [(46_061,)]
    kept = (
        "select step, outcome, reason, count(*) from stg_transition where outcome <> 'applied' group by all order by 1"
    )
    assert _ask(lake, kept) == [
        ("closed", "repeat", "already_closed", 49),
        ("investigation-started", "refused", "not_received", 2),
    ]
    early = "select case_id from stg_transition where outcome = 'refused' order by 1"
    assert _ask(lake, early) == [("INC0000131",), ("INC0000135",)]  # worked on before they were opened


@pytest.mark.parametrize(
    ("until", "median_hours", "with_the_open_one"),
    [("went_to_closed_at", 153.6333, 153.65), ("closed_at", 153.8583, 153.9167)],
)
def test_an_incident_is_open_for_153_hours_at_the_median(
    lake: duckdb.DuckDBPyConnection, until: str, median_hours: float, with_the_open_one: float
) -> None:
    # with the one that never closes as longer than all others, as Kaplan and Meier would count it
    hours = f"epoch({until} - received_at) / 3600"
    query = f"select median({hours}), quantile_disc(coalesce({hours}, 1e9), 0.5) from life"
    assert _ask(lake, query) == [(pytest.approx(median_hours, abs=1e-4), pytest.approx(with_the_open_one, abs=1e-4))]


def _cut(rows: int) -> list[list[str]]:
    """The header and so many rows of the file."""
    with zipfile.ZipFile(shared_data("incidents/incident_event_log.zip")) as archive:
        lines = csv.reader(io.TextIOWrapper(archive.open(archive.namelist()[0]), "utf-8"))
        return [next(lines) for _ in range(rows + 1)]


def _reopened(rows: Sequence[Sequence[str]]) -> int:
    """Reopenings by the plainest replay there is: number, state, version and time are columns 0, 1, 5 and 13."""
    ordered = sorted(rows, key=lambda row: (row[0], datetime.strptime(row[13], "%d/%m/%Y %H:%M"), int(row[5])))  # noqa: DTZ007 - all in one zone
    ended = {"Resolved", "Closed"}
    return sum(
        before[1] in ended and after[1] not in ended
        for _, versions in groupby(ordered, key=lambda row: row[0])
        for before, after in pairwise(versions)
    )


@pytest.mark.kafka
def test_incidents_go_through_the_whole_pipeline_in_any_order_of_their_rows(tmp_path: Path) -> None:
    header, *rows = _cut(6_000)
    path, home = tmp_path / "log.csv", tmp_path / "home"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *reversed(rows)])
    said = vidhuk("run", str(path), "--as", "csv", "--map", str(_MAPPING), "--json", home=home).json
    assert said["dead_letters"] == said["duplicates"] == 0
    assert said["read"] == said["accepted"] > len(rows)
    found = "select count(*) as cases, sum(reopens) as reopens from fct_case"
    assert warehouse_rows(found, home) == [{"cases": len({row[0] for row in rows}), "reopens": _reopened(rows)}]
    assert vidhuk("reconcile", home=home).code == 0
