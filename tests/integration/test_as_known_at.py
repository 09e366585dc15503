"""What was published can be asked again after 600 late events, and every difference has its parts: by the commands."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.simulator import simulate
from tests.command import vidhuk

pytestmark = pytest.mark.kafka

MEMORY = {"VIDHUK_KAFKA": "memory"}
LATE = 600


def two_files(folder: Path) -> tuple[Path, Path]:
    """A simulated run without some of its records, and those: receipts and steps among them."""
    values = [value for chunk in simulate(4000, seed=9) for value in chunk.values if b"\n" not in value]
    held_back = set(random.Random(1).sample(range(len(values)), LATE))  # noqa: S311 - any numbers, the same each time
    paths = folder / "first.jsonl", folder / "late.jsonl"
    for path, is_late in zip(paths, (False, True), strict=True):
        chosen = [value for place, value in enumerate(values) if (place in held_back) is is_late]
        path.write_bytes(b"\n".join(chosen) + b"\n")
    return paths


def test_a_figure_asked_as_known_then_is_the_one_that_was_published(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first, late = two_files(tmp_path)
    question = ("metric", "uphold_rate", "--by", "month", "--json")
    vidhuk("run", str(first), "--as", "cloudevents", home=home, extra=MEMORY)
    published = vidhuk(*question, home=home).json
    vidhuk("run", str(late), "--as", "cloudevents", home=home, extra=MEMORY)
    assert vidhuk(*question, home=home).json != published
    assert vidhuk(*question, "--as-known-at", published[0]["as_known_at"], home=home).json == published

    found = vidhuk("explain-diff", "uphold_rate", "--period", "2026", "--json", home=home).json
    parts = sum(Fraction(part["exact_value"]) for part in found["parts"])
    ((k, n),) = [(row["numerator"], row["n"]) for row in vidhuk("metric", "uphold_rate", "--json", home=home).json]
    assert found["now"] == k / n
    before = Fraction(k, n) - parts
    assert float(before) == found["published"]
    assert before.denominator <= sum(row["n"] for row in published), "the fraction that was published, exactly"
    assert {part["cause"] for part in found["parts"] if part["units"]} >= {"recorded later", "late steps"}
