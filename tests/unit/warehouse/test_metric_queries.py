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
from warehouse.metric_queries import Question, metric_rows
from warehouse.published import required


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    later = NOON + timedelta(days=40)
    answers = [(5, NOON, "email"), (1, later, "email"), (4, later, "email"), (2, later, "chat")]
    markets: list[dict[str, str]] = [{"market": "UA"}, {"market": "PL", "n": "odd", "unit": "u"}, {"market": "UA"}, {}]
    events = [
        an_answer(n, "csat", score, (1, 5), time=at, channel=via, attributes=stated)
        for n, ((score, at, via), stated) in enumerate(zip(answers, markets, strict=True))
    ]
    events += [an_event(10), an_event(11, record_class="inquiry"), an_event(12, record_class="inquiry", time=later)]
    land(home, "events", events)
    publish(Settings(home=str(home)))
    return required(home / "published")[1]


def test_a_coarser_grain_is_made_of_counts(file: Path) -> None:
    (whole,) = metric_rows(file, METRICS["csat"])
    expected = wilson(2, 4)
    assert (whole["numerator"], whole["denominator"], whole["n"], whole["value"]) == (2, 4, 4, 0.5)
    assert (whole["lo"], whole["hi"]) == pytest.approx((expected.lo, expected.hi))
    assert (whole["period_start"], whole["period_end"]) == ("2026-09-01", "2026-10-12")
    assert whole["method"] == "wilson, top 2 of 1-5"


def test_a_metric_is_split_by_dimension_and_calendar_period(file: Path) -> None:
    found = metric_rows(file, METRICS["csat"], Question(("channel", "month")))
    assert [(row["period_start"], row["period_end"], row["channel"], row["numerator"], row["n"]) for row in found] == [
        ("2026-09-01", "2026-10-01", "email", 1, 1),
        ("2026-10-01", "2026-11-01", "chat", 0, 1),
        ("2026-10-01", "2026-11-01", "email", 1, 2),
    ]


def test_from_is_the_first_day_and_to_the_day_after_the_last(file: Path) -> None:
    (row,) = metric_rows(file, METRICS["csat"], Question((), date(2026, 9, 1), date(2026, 9, 2)))
    assert row["n"] == 1
    assert metric_rows(file, METRICS["csat"], Question((), date(2026, 9, 2), date(2026, 10, 11))) == []


def test_shares_count_days_without_a_complaint(file: Path) -> None:
    (share,) = metric_rows(file, METRICS["complaint_share"])
    (count,) = metric_rows(file, METRICS["feedback_count"])
    assert (share["numerator"], share["n"]) == (1, 3)
    assert (count["value"], count["lo"]) == (3, None)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_can_be_split_by_all_it_names(file: Path, name: str) -> None:
    metric = METRICS[name]
    for row in metric_rows(file, metric, Question((*metric.dimensions, "week"))) + metric_rows(file, metric):
        assert row["metric"] == name
        assert row["definition_version"] == metric.definition_version


def test_a_custom_attribute_is_a_dimension_like_any_other(file: Path) -> None:
    found = metric_rows(file, METRICS["csat"], Question(("quarter", "market")))
    assert [(row["period_start"], row["market"], row["numerator"], row["n"]) for row in found] == [
        ("2026-07-01", "UA", 1, 1),
        ("2026-10-01", "PL", 0, 1),
        ("2026-10-01", "UA", 1, 1),
        ("2026-10-01", None, 0, 1),
    ]


def test_an_attribute_called_like_a_column_of_the_answer_is_reached_by_its_prefix(file: Path) -> None:
    found = metric_rows(file, METRICS["csat"], Question(("attributes.n",)))
    assert [(row["attributes.n"], row["n"]) for row in found] == [("odd", 1), (None, 3)]
    assert [row["unit"] for row in metric_rows(file, METRICS["csat"], Question(("unit",)))] == ["u", None]
    with pytest.raises(UsageError, match="cannot be split by `n`"):
        metric_rows(file, METRICS["csat"], Question(("n",)))


def test_only_what_has_the_values_asked_for_counts(file: Path) -> None:
    (mail,) = metric_rows(file, METRICS["csat"], Question(where=(("channel", "email"), ("market", "UA"))))
    assert (mail["numerator"], mail["n"]) == (2, 2)
    (unstated,) = metric_rows(file, METRICS["csat"], Question(where=(("market", None),)))
    assert unstated["n"] == 1


@pytest.mark.parametrize("by", [("weather",), ("market", "attributes.n"), ("channel", "channel")])
def test_what_it_cannot_be_split_by_is_refused(file: Path, by: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        metric_rows(file, METRICS["csat"], Question(by))


def test_a_figure_says_whether_it_is_below_the_floor_and_speaks_for_others(file: Path) -> None:
    (row,) = metric_rows(file, METRICS["csat"])
    assert (row["is_below_floor"], row["is_mature"], row["projectable"]) == (True, None, "if sampled")
