"""Why a figure changed, told of real lakes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.metrics.explanation import Explanation
from pipeline.metrics.registry import METRICS
from pipeline.services.explaining import explain, publication_of
from pipeline.services.measuring import measure
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.lakes import NOON, an_answer, an_event, land
from tests.unit.services.test_measuring_cases import Ledger, events
from warehouse.metric_queries import Question


def touched(explanation: Explanation) -> Mapping[str, int]:
    return {part.cause: part.units for part in explanation.parts if part.units}


def test_answers_recorded_later_are_the_whole_difference(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    land(tmp_path, "events", [an_answer(n, "csat", 5 if n < 6 else 1, (1, 5)) for n in range(10)])
    publish(settings)
    late = NOON + timedelta(days=3)
    land(tmp_path, "events", [an_answer(n, "csat", 1, (1, 5), recordedtime=late) for n in range(10, 15)], position=10)
    publish(settings)
    found, caveat = explain(settings, METRICS["csat"], Question(), publication_of(settings))
    assert caveat is None
    assert touched(found) == {"recorded later": 5}
    assert (found.published_value, found.now_value) == (Fraction(3, 5), Fraction(2, 5))
    by_email, _ = explain(settings, METRICS["csat"], Question(where=(("channel", "chat"),)), publication_of(settings))
    assert (by_email.published_value, touched(by_email)) == (None, {})


def test_two_scales_are_explained_one_by_one(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    land(tmp_path, "events", [an_answer(0, "csat", 5, (1, 5)), an_answer(1, "csat", 5, (1, 7))])
    publish(settings)
    with pytest.raises(UsageError, match="1-5, 1-7"):
        explain(settings, METRICS["csat"], Question(), publication_of(settings))
    found, _ = explain(settings, METRICS["csat"], Question(where=(("scale", "1-7"),)), publication_of(settings))
    assert found.now_value == 0


def test_a_repetition_of_what_was_counted_adds_nothing(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    land(tmp_path, "events", [an_event(n) for n in range(5)])
    publish(settings)
    again = [an_event(n + 5, id=f"e-{n}", recordedtime=NOON + timedelta(days=40)) for n in range(5)]
    land(tmp_path, "events", [*again, an_event(10, recordedtime=NOON + timedelta(days=41))], position=5)
    publish(settings)
    found, _ = explain(settings, METRICS["complaint_count"], Question(), publication_of(settings))
    assert touched(found) == {"recorded later": 1}


def test_parts_of_every_case_metric_lead_from_what_was_published_to_what_is_known(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    ledger = Ledger(tmp_path)
    ledger.land(events(5, 0, 500, NOON, late=False))
    first = publish(settings).published
    assert first.as_known_at is not None
    ledger.land(events(6, 500, 300, first.as_known_at + timedelta(hours=1), late=True, cases=90))
    publish(settings)
    causes: set[str] = set()
    for name in ("uphold_rate", "reopen_rate", "cases_received", "time_to_resolve_p50"):
        metric = METRICS[name]
        question = Question((), None, (NOON + timedelta(days=2)).date())
        found, _ = explain(settings, metric, question, publication_of(settings, version=1))
        then, now = measure(settings, metric, question, first.as_known_at), measure(settings, metric, question)
        assert float(found.published_value or 0) == then[0]["value"]
        assert float(found.now_value or 0) == now[0]["value"]
        assert (found.published_value or 0) + sum(part.value or 0 for part in found.parts) == found.now_value
        causes |= touched(found).keys()
    assert {"recorded later", "late steps", "reclassified"} <= causes


def test_a_publication_is_found_by_version_or_by_moment(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    land(tmp_path, "events", [an_event(0)])
    first = publish(settings).published
    land(tmp_path, "events", [an_event(1)], position=1)
    publish(settings)
    assert publication_of(settings, moment=first.as_known_at).version == 1
    assert publication_of(settings, version=2).version == 2
    with pytest.raises(UsageError, match="version 9"):
        publication_of(settings, version=9)
