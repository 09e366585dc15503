from __future__ import annotations

import pytest

from pipeline.statistics.priorities import Lines, priorities

ASPECTS = {"speed": (0.4, 3.0), "price": (0.1, 3.0), "staff": (0.3, 4.5), "music": (0.0, 4.5)}


def test_each_quadrant_has_its_aspect_and_the_rule_is_recorded() -> None:
    result = priorities(ASPECTS)
    assert {each.name: each.quadrant for each in result.aspects} == {
        "speed": "concentrate here",
        "price": "low priority",
        "staff": "keep it up",
        "music": "possible overkill",
    }
    assert result.rule == "lines at the means"
    assert result.importance_line == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("lines", "rule"),
    [("median", "lines at the medians"), ((0.35, 4.0), "lines at importance 0.35 and performance 4")],
)
def test_other_lines_are_named(lines: Lines, rule: str) -> None:
    assert priorities(ASPECTS, lines).rule == rule


def test_a_value_on_the_line_counts_as_high() -> None:
    assert priorities({"only": (0.5, 4.0)}, (0.5, 4.0)).aspects[0].quadrant == "keep it up"


def test_no_aspects_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        priorities({})
