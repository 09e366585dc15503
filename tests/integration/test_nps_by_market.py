"""A plain CSV of answers 0-10 gives NPS by quarter and market through its mapping alone, without a broker here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.bootstrap.sources import sources_of
from pipeline.classify.lexicon import LexiconClassifier
from pipeline.metrics.registry import METRICS
from pipeline.services.intake import Intake
from pipeline.services.ledger import Ledger
from pipeline.services.measuring import measure
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from pipeline.statistics.surveys import PromoterCounts, nps
from tests.log_builders import EVENTS_TOPIC
from tests.simulated import columns
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows
from warehouse.metric_queries import Question

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
MARKETS = {"UA": [9, 10, 10, 3, 8], "PL": [10, 10, 9]}


def run_without_a_broker(home: Path, file: Path, mapping: Path) -> Settings:
    """What `vidhuk run FILE --as csv --map MAPPING` does, but for Kafka."""
    lake = DeltaLake(home / "lake")
    intake, ledger = Intake(LexiconClassifier()), Ledger(lake, LakeRows(lake))
    read = kept = 0
    (source,) = sources_of([file], "csv", mapping)
    for chunk in source.chunks():
        none: list[Any] = [()] * len(chunk.values)
        accepted = intake.process(columns("feedback.inbox", read, chunk.keys, [*chunk.values], none)).accepted
        ledger.land([columns(EVENTS_TOPIC, kept, accepted.keys, accepted.values, [()] * len(accepted))])
        read, kept = read + len(chunk.values), kept + len(accepted)
    settings = Settings(home=str(home))
    publish(settings)
    return settings


def test_the_example_needs_nothing_but_its_mapping(tmp_path: Path) -> None:
    settings = run_without_a_broker(tmp_path, EXAMPLES / "nps.csv", EXAMPLES / "nps.toml")
    rows = measure(settings, METRICS["nps"], Question(("quarter", "market")))
    assert [(row["period_start"], row["market"], row["value"], row["n"]) for row in rows] == [
        ("2026-01-01", "PL", 100.0, 1),
        ("2026-01-01", "UA", 0.0, 2),
    ]
    assert all(row["lo"] is not None and row["hi"] is not None for row in rows)


def test_each_market_and_quarter_has_the_score_and_interval_of_its_answers(tmp_path: Path) -> None:
    lines = ["Response;Date;Market;Score;Via;Why"]
    for month, part in (("02", 0), ("05", 1)):
        for market, scores in MARKETS.items():
            lines += [
                f"{month}-{market}-{n};10.{month}.2026;{market};{score};-;" for n, score in enumerate(scores[part:])
            ]
    file = tmp_path / "answers.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    settings = run_without_a_broker(tmp_path, file, EXAMPLES / "nps.toml")
    for row in measure(settings, METRICS["nps"], Question(("quarter", "market"))):
        scores = MARKETS[str(row["market"])][0 if row["period_start"] == "2026-01-01" else 1 :]
        expected = nps(PromoterCounts.of(scores))
        assert (row["n"], row["value"]) == (len(scores), pytest.approx(expected.value))
        assert (row["lo"], row["hi"]) == (pytest.approx(expected.lo), pytest.approx(expected.hi))
