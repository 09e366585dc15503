from __future__ import annotations

from datetime import date

import pytest

from pipeline.domain.errors import UsageError
from pipeline.metrics.sides import days_of, side_of


@pytest.mark.parametrize(
    ("period", "first", "end"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 5)),
        ("2026-03-05", date(2026, 3, 5), date(2026, 3, 6)),
        ("2026-03-05..2026-03-07", date(2026, 3, 5), date(2026, 3, 7)),
    ],
)
def test_a_period_is_half_open(period: str, first: date, end: date) -> None:
    assert days_of(period) == (first, end)


@pytest.mark.parametrize("period", ["", "2026-Q5", "2026-13", "March", "2026-03-07..2026-03-07", "2026-W54"])
def test_another_form_lists_those_that_are_read(period: str) -> None:
    with pytest.raises(UsageError, match="2026-Q1"):
        days_of(period)


def test_a_side_names_values_and_what_is_not_stated() -> None:
    assert side_of("period=2026-03, survey=relation,market=") == (
        date(2026, 3, 1),
        date(2026, 4, 1),
        {"survey_id": "relation", "market": None},
    )
    assert side_of("") == (None, None, {})


def test_a_side_without_an_equals_sign_is_refused() -> None:
    with pytest.raises(UsageError, match="name=value"):
        side_of("email")
