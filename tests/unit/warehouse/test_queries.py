from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.lakes import NOON, an_answer, an_event, land
from warehouse.published import required
from warehouse.queries import asking


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    later = NOON + timedelta(days=40)
    answers = [(5, NOON, "email"), (1, later, "email"), (4, later, "email"), (2, later, "chat")]
    events = [an_answer(n, "csat", score, (1, 5), time=at, channel=via) for n, (score, at, via) in enumerate(answers)]
    events += [an_event(10), an_event(11, record_class="inquiry"), an_event(12, record_class="inquiry", time=later)]
    land(home, "events", events)
    publish(Settings(home=str(home)))
    return required(home / "published")[1]


def rows(file: Path, query: str) -> list[dict[str, object]]:
    with asking(file, query) as answer:
        return [dict(zip(answer.columns, row, strict=True)) for batch in answer.batches for row in batch]


def test_values_come_as_json_has_them(file: Path) -> None:
    query = """select 1.50::decimal(5, 2) as d, 'nan'::double as x, date '2026-01-02' as day, [1, null] as l,
        timestamptz '2026-01-02 03:04:05+02' as at, '{"a": 1}'::json as j, 'inf'::float as y"""
    assert rows(file, query) == [
        {
            "d": 1.5,
            "x": None,
            "day": "2026-01-02",
            "l": [1, None],
            "at": "2026-01-02T01:04:05+00:00",
            "j": {"a": 1},
            "y": None,
        }
    ]


def test_a_name_that_comes_twice_is_told_apart(file: Path) -> None:
    assert rows(file, "select 1 as a, 2 as a, 3 as a") == [{"a": 1, "a_2": 2, "a_3": 3}]


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('/etc/passwd')",
        "copy fct_feedback to 'stolen.csv'",
        "attach 'other.duckdb'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "drop table fct_feedback",
        "insert into dim_metric select * from dim_metric",
        "select nothing from nowhere",
        "select 1; select 2",
        "",
    ],
)
def test_what_is_no_question_to_the_warehouse_is_refused_in_a_sentence(file: Path, query: str) -> None:
    with pytest.raises(UsageError) as raised:
        rows(file, query)
    assert "\n" not in str(raised.value)
