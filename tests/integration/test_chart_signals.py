"""The incident that the simulator injects is signalled by its category's chart and as a topic; little else is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest
from scipy import stats

from pipeline.simulator import Truth
from pipeline.simulator.truth import Incident
from pipeline.statistics.charts import BEYOND, Kind, control_chart, phase_one
from pipeline.statistics.emergence import FALSE_DISCOVERIES
from tests.simulated import simulated_warehouse

FALSE_ALARMS = 0.0055
"""Most a point in control signals: a Poisson count of 5, the fewest that are charted, above 3 sigma of itself."""

BASELINE = {"day": 42, "week": 8}


@pytest.fixture(scope="module", params=[(20_000, 1), (40_000, 6)], ids=["demo", "twice the demo"])
def charted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Incident, duckdb.DuckDBPyConnection]]:
    truth, _, path = simulated_warehouse(tmp_path_factory.mktemp("home"), *request.param)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield the_incident(truth), connection


def the_incident(truth: Truth) -> Incident:
    assert truth.incident is not None
    return truth.incident


Charted = tuple[Incident, duckdb.DuckDBPyConnection]


def test_the_incident_is_signalled_within_two_periods(charted: Charted) -> None:
    incident, connection = charted
    for grain in ("day", "week"):
        periods = connection.execute(
            "select signal and side = 'above' from agg_chart_point "
            "where chart = 'complaints_by_category' and grain = ? and segment = ? and period_end > ? "
            "and ucl is not null order by period_start limit 2",
            [grain, incident.category, incident.start.date()],
        ).fetchall()
        # a category with fewer than five complaints a day has no daily limits
        assert not periods or any(signal for (signal,) in periods), grain
        assert periods or grain == "day"


def test_no_other_category_signals_more_often_than_chance(charted: Charted) -> None:
    incident, connection = charted
    rows = connection.execute(
        "select grain, segment, count(*), count(*) filter (signal) from agg_chart_point "
        "where chart = 'complaints_by_category' and segment <> ? and ucl is not null group by all",
        [incident.category],
    ).fetchall()
    assert len(rows) >= 6
    for grain, segment, points, signals in rows:
        assert signals <= stats.binom.ppf(0.999, points, FALSE_ALARMS), (grain, segment)
    assert sum(row[3] for row in rows) <= stats.binom.ppf(0.99, sum(row[2] for row in rows), FALSE_ALARMS)


def test_what_texts_say_of_the_incident_is_a_topic_within_two_periods(charted: Charted) -> None:
    incident, connection = charted
    for grain in ("day", "week"):
        (first,) = connection.execute(
            "select min(period_start) from agg_emerging_topic where is_signal and grain = ? and period_end > ? "
            "and phrase in ('plus', 'плюс', 'charged', 'twice', 'двічі')",
            [grain, incident.start.date()],
        ).fetchall()[0]
        assert first is not None
        assert (first - incident.start.date()).days < {"day": 2, "week": 14}[grain], grain


def test_little_else_is_a_topic(charted: Charted) -> None:
    incident, connection = charted
    ((families, alarms),) = connection.execute(
        """
        select
            (select count(distinct (received_date, language)) * 8 / 7 from fct_feedback where text is not null),
            (select count(distinct (grain, period_start, language)) from agg_emerging_topic
             where is_signal and (period_end <= $1 or period_start > $2))
        """,
        [incident.start.date(), incident.end.date() + timedelta(days=28)],
    ).fetchall()
    assert families > 300
    assert alarms <= stats.binom.ppf(0.999, int(families), FALSE_DISCOVERIES)


def test_every_series_has_the_limits_that_python_gives(charted: Charted) -> None:
    _, connection = charted
    keys = connection.execute("select distinct chart, grain, segment, method from agg_chart_point").fetchall()
    assert len(keys) > 10
    for chart, grain, segment, method in keys:
        rows = connection.execute(
            "select numerator, denominator, value, centre, sigma_z, coalesce(lcl, -1), coalesce(ucl, -1), signal "
            "from agg_chart_point where chart = ? and grain = ? and segment = ? order by period_start",
            [chart, grain, segment],
        ).fetchnumpy()
        kind: Kind = "laney_p" if method.startswith("laney_p") else "laney_u"
        counts, sizes = rows["numerator"].astype(float), rows["denominator"]
        first = BASELINE[grain]
        baseline = phase_one(kind, counts[:first], sizes[:first])
        expected = control_chart(kind, counts, sizes, baseline=baseline, rules=(BEYOND,))
        assert rows["centre"] == pytest.approx(np.full(len(counts), baseline.centre))
        assert rows["sigma_z"] == pytest.approx(np.full(len(counts), baseline.sigma_z))
        limits = list(rows)[5:7]
        if (rows[limits[1]] >= 0).all():
            assert rows[limits[0]] == pytest.approx(expected.lcl, abs=1e-9)
            assert rows[limits[1]] == pytest.approx(expected.ucl, abs=1e-9)
            assert np.flatnonzero(rows["signal"]).tolist() == [signal.point for signal in expected.signals]
        else:
            assert not rows["signal"].any()


def test_no_chart_has_a_period_that_the_data_cover_in_part(charted: Charted) -> None:
    _, connection = charted
    first, last = connection.execute("select min(received_date), max(received_date) from fct_feedback").fetchall()[0]
    rows: Sequence[tuple[str, date, date]] = connection.execute(
        "select grain, min(period_start), max(period_end) from agg_chart_point group by grain order by grain"
    ).fetchall()
    (_, day_from, day_to), (_, week_from, week_to) = rows
    assert first < day_from
    assert day_to <= last
    assert week_from.isoweekday() == week_to.isoweekday() == 1
    assert first < week_from
    assert week_to <= last
