from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.cases.lifecycle import Priority
from pipeline.domain.cases.priority import Assessment, PriorityRule, priority_table, weigh

LOW, NORMAL, HIGH, CRITICAL = Priority
MATRIX = (
    (LOW, LOW, LOW, NORMAL, NORMAL),
    (LOW, LOW, NORMAL, NORMAL, HIGH),
    (NORMAL, NORMAL, NORMAL, HIGH, HIGH),
    (NORMAL, HIGH, HIGH, HIGH, CRITICAL),
    (HIGH, HIGH, CRITICAL, CRITICAL, CRITICAL),
)
RULE = PriorityRule(MATRIX, 4, HIGH, CRITICAL)


@pytest.mark.parametrize(
    ("assessed", "priority"),
    [
        (Assessment(1, 1), LOW),
        (Assessment(1, 5), NORMAL),
        (Assessment(5, 1), HIGH),
        (Assessment(3), NORMAL),
        (Assessment(4), HIGH),
        (Assessment(1, 1, 3), LOW),
        (Assessment(1, 1, 4), NORMAL),
        (Assessment(5, 5, 5), CRITICAL),
        (Assessment(1, 1, immediate_action_needed=True), CRITICAL),
        (Assessment(1, 1, immediate_action_needed=True, immediate_action_possible=False), HIGH),
        (Assessment(1, 1, immediate_action_possible=True), LOW),
        (Assessment(1, 1, safety=True), CRITICAL),
    ],
)
def test_an_assessment_is_weighed_by_the_matrix_and_the_floors(assessed: Assessment, priority: Priority) -> None:
    assert weigh(RULE, assessed) is priority


@given(
    matrix=st.tuples(*[st.tuples(*[st.sampled_from(Priority)] * 5)] * 5),
    complex_from=st.none() | st.integers(1, 5),
    severity=st.integers(1, 5),
)
def test_safety_is_critical_whatever_the_matrix_says(
    matrix: tuple[tuple[Priority, ...], ...], complex_from: int | None, severity: int
) -> None:
    assert weigh(PriorityRule(matrix, complex_from), Assessment(severity, safety=True)) is CRITICAL


def test_the_table_says_what_weighing_does() -> None:
    table, ranks = priority_table(RULE), list(Priority)
    for severity, impact, complexity, needed, possible in product(range(1, 6), range(6), range(6), (0, 1), (0, 1)):
        assessed = Assessment(
            severity,
            impact or None,
            complexity or None,
            immediate_action_needed=bool(needed),
            immediate_action_possible=bool(possible),
        )
        assert ranks[table[severity, impact, complexity, needed, possible]] is weigh(RULE, assessed)
