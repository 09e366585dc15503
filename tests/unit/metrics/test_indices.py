from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.domain.errors import FatalError
from pipeline.metrics.indices import INDICES_FILE, Index, indices, series_breaks
from pipeline.metrics.instruments import instruments
from pipeline.metrics.registry import METRICS
from pipeline.statistics.surveys import acsi_style
from tests.unit.statistics.golden import golden

ACSI = next(index for index in indices() if index.name == "acsi_style")
ITEMS = tuple(ACSI.items)


def test_the_acsi_style_index_meets_the_golden_values_and_the_formula() -> None:
    for case in golden("acsi_style_equal_weights"):
        value = ACSI.value(dict(zip(ITEMS, case["items"], strict=True)))
        assert value == pytest.approx(case["value"], abs=5e-5)
        assert value == pytest.approx(acsi_style(case["items"]))
    assert ACSI.label == "ACSI-style"


def test_an_index_without_all_its_items_is_unknown() -> None:
    assert ACSI.value({ITEMS[0]: 8.0}) is None


def test_indices_are_made_of_direct_measures_alone() -> None:
    signs = {metric.name for metric in METRICS.values() if metric.nature == "indirect"}
    asked = {each.instrument for each in instruments()}
    assert signs
    for index in indices():
        assert set(index.items) <= asked
        assert not set(index.items) & signs


def versions(path: Path, *later: str) -> tuple[Index, ...]:
    path.write_text(INDICES_FILE.read_text(encoding="utf-8") + "\n".join(later), encoding="utf-8")
    return indices(path)


def another(version: int, day: str, items: str) -> str:
    return (
        f'[[index]]\nname = "acsi_style"\nlabel = "ACSI-style"\nversion = {version}\nfrom = {day}\nscale = [1, 10]\n'
        f'items = {items}\nrule = "r"\n'
    )


WEIGHED = "{ overall_satisfaction = 2, against_expectation = 1, against_ideal = 1 }"


def test_other_weights_are_a_new_version_and_break_the_series(tmp_path: Path) -> None:
    found = versions(tmp_path / "i.toml", another(2, "2026-07-01", WEIGHED))
    assert series_breaks("acsi_style", found) == (date(2026, 7, 1),)
    means = {"overall_satisfaction": 10.0, "against_expectation": 1.0, "against_ideal": 1.0}
    assert [index.value(means) for index in found] == [pytest.approx(100 / 3), pytest.approx(50)]
    assert series_breaks("acsi_style", indices()) == ()


@pytest.mark.parametrize(
    ("later", "sentence"),
    [
        (another(3, "2026-07-01", WEIGHED), "does not follow"),
        (another(2, "1900-01-01", WEIGHED), "does not follow"),
        (
            another(2, "2026-07-01", "{ overall_satisfaction = 3, against_expectation = 3, against_ideal = 3 }"),
            "mean the same",
        ),
        (another(2, "2026-07-01", "{ overall_satisfaction = 1, complaint_share = 1 }"), "complaint_share.*direct"),
        (another(2, "2026-07-01", "{ nps = 1 }"), "no instrument on 1-10"),
        (another(2, "2026-07-01", "{ overall_satisfaction = -1 }"), "negative"),
    ],
)
def test_a_registry_that_misleads_is_refused(tmp_path: Path, later: str, sentence: str) -> None:
    with pytest.raises(FatalError, match=sentence):
        versions(tmp_path / "i.toml", later)
