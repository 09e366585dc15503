from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.metrics.registry import METRICS
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from pipeline.statistics.proportions import wilson
from tests.lakes import NOON, an_answer, an_event, land
from warehouse.published import required
from warehouse.queries import asking, metric_rows


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


def test_a_coarser_grain_is_made_of_counts(file: Path) -> None:
    (whole,) = metric_rows(file, METRICS["csat"])
    expected = wilson(2, 4)
    assert (whole["numerator"], whole["denominator"], whole["n"], whole["value"]) == (2, 4, 4, 0.5)
    assert (whole["lo"], whole["hi"]) == pytest.approx((expected.lo, expected.hi))
    assert (whole["period_start"], whole["period_end"]) == ("2026-09-01", "2026-10-12")
    assert whole["method"] == "wilson, top 2 of 1-5"


def test_a_metric_is_split_by_dimension_and_calendar_period(file: Path) -> None:
    found = metric_rows(file, METRICS["csat"], ("channel", "month"))
    assert [(row["period_start"], row["period_end"], row["channel"], row["numerator"], row["n"]) for row in found] == [
        ("2026-09-01", "2026-10-01", "email", 1, 1),
        ("2026-10-01", "2026-11-01", "chat", 0, 1),
        ("2026-10-01", "2026-11-01", "email", 1, 2),
    ]


def test_from_is_the_first_day_and_to_the_day_after_the_last(file: Path) -> None:
    (row,) = metric_rows(file, METRICS["csat"], (), date(2026, 9, 1), date(2026, 9, 2))
    assert row["n"] == 1
    assert metric_rows(file, METRICS["csat"], (), date(2026, 9, 2), date(2026, 10, 11)) == []


def test_shares_count_days_without_a_complaint(file: Path) -> None:
    (share,) = metric_rows(file, METRICS["complaint_share"])
    (count,) = metric_rows(file, METRICS["feedback_count"])
    assert (share["numerator"], share["n"]) == (1, 3)
    assert (count["value"], count["lo"]) == (3, None)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_can_be_split_by_all_it_names(file: Path, name: str) -> None:
    metric = METRICS[name]
    for row in metric_rows(file, metric, (*metric.dimensions, "week")):
        assert row["metric"] == name
        assert row["definition_version"] == metric.definition_version
