from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.metrics.comparison import Comparison
from pipeline.metrics.registry import METRICS
from pipeline.services.comparing import compare_sides
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.lakes import ANSWER, NOON, an_answer, an_event, land

LONG_AGO = NOON - timedelta(days=400)
WAVE = "vidhuk.survey.wave-reported.v1"
CSAT = {"survey_id": "csat-survey", "instrument": "csat", "score": 5, "scale_min": 1, "scale_max": 5}
OPT_IN = {"survey_id": "csat-survey", "instrument": "csat", "sampling": "opt_in", "population": "visitors"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("compared")
    rows: list[dict[str, Any]] = []

    def answer(instrument: str, score: int, times: int, scale: tuple[int, int] = (0, 10), **more: Any) -> None:
        rows.extend([an_answer(len(rows) + n, instrument, score, scale, **more) for n in range(times)])

    for wave, counts in (("7", (500, 300, 200)), ("8", (460, 300, 240))):
        for score, times in zip((10, 7, 2), counts, strict=True):
            answer("nps", score, times, wave=wave, attributes={"market": "UA"})
    answer("csat", 5, 40, (1, 5), time=NOON - timedelta(days=60))
    answer("csat", 7, 40, (1, 7))
    answer("ces", 6, 10, (1, 7), channel="phone")
    answer("ces", 3, 10, (1, 7), time=NOON - timedelta(days=60))
    for wave, more in (
        ("worded", {"wording": "How satisfied are you?"}),
        ("reworded", {"wording": "How happy are you?"}),
        ("open-1", {}),
        ("open-2", {}),
    ):
        answered = CSAT | more | {"wave": wave}
        rows.extend(
            [an_event(len(rows) + n, type=ANSWER, record_class=None, time=LONG_AGO, data=answered) for n in range(40)]
        )
        if wave.startswith("open"):
            rows.append(an_event(len(rows), type=WAVE, channel=None, record_class=None, data=OPT_IN | {"wave": wave}))
    rows.extend([an_event(len(rows) + n, rating=5.0, rating_scale="1-5") for n in range(5)])
    land(home, "events", rows)
    settings = Settings(home=str(home))
    publish(settings)
    return settings


def judged(settings: Settings, name: str, a: str, b: str) -> Comparison:
    return compare_sides(settings, METRICS[name], a, b)[0]


def broken(comparison: Comparison) -> set[str]:
    return {check.check for check in comparison.checks if check.standing == "broken"}


def test_two_waves_of_one_survey_are_compared_with_z_and_p(settings: Settings) -> None:
    comparison = judged(settings, "nps", "survey=nps-survey,wave=7", "survey=nps-survey,wave=8")
    assert comparison.comparable
    found = comparison.difference
    assert found is not None
    assert (round(found.value, 3), round(found.standard_error, 4), round(found.z or 0, 3)) == (8.0, 3.5519, 2.252)


@pytest.mark.parametrize(
    ("name", "a", "b", "why"),
    [
        ("csat", "period=2026-07", "period=2026-09", {"scale"}),
        ("ces_agree", "period=2026-07", "period=2026-09", {"mode"}),
        ("csat", "wave=worded", "wave=reworded", {"instrument"}),
        ("csat", "wave=open-1", "wave=open-2", {"projectable"}),
        ("nps", "wave=7", "wave=7", {"population"}),
        ("nps", "wave=7", "", {"population"}),
        ("nps", "wave=7", "market=UA", {"population"}),
        ("nps", "wave=7", "wave=9", {"observations"}),
        ("feedback_count", "channel=email", "channel=phone", {"kind", "observations"}),
        ("time_to_resolve_p50", "channel=email", "channel=phone", {"kind", "observations"}),
        ("rating_top_two_box", "period=2026-09", "period=2026-08", {"projectable", "observations"}),
    ],
)
def test_what_cannot_be_compared_says_why_and_gives_no_difference(
    settings: Settings, name: str, a: str, b: str, why: set[str]
) -> None:
    comparison = judged(settings, name, a, b)
    assert why <= broken(comparison)
    assert comparison.difference is None


def test_answers_of_another_survey_may_be_worded_otherwise(settings: Settings) -> None:
    comparison = judged(settings, "ces_agree", "survey=ces-survey", "survey=other")
    assert "wording" in broken(comparison)
