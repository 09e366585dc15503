"""The parts of a difference add up to it, whatever came between."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.errors import UsageError
from pipeline.metrics.explanation import CAUSES, Totals, explained, figure, numerator
from pipeline.metrics.registry import METRICS

counts = st.integers(1, 10_000)
totals = st.tuples(counts, counts, counts, st.floats(0, 1e6), counts).map(
    lambda drawn: Totals(drawn[0], drawn[1], Fraction(drawn[3]), sum(drawn[:3]), Fraction(drawn[4]))
)
stages = st.lists(st.tuples(st.sampled_from(sorted(CAUSES)), st.integers(0, 99), totals), min_size=1, max_size=8)


@given(st.sampled_from(["csat", "nps", "ces_mean", "cases_closed", "time_to_resolve_p90"]), totals, stages)
def test_parts_add_up_exactly(name: str, published: Totals, between: list[tuple[str, int, Totals]]) -> None:
    metric = METRICS[name]
    found = explained(metric, published, between)
    last = between[-1][2]
    values = [part.value for part in found.parts if part.value is not None]
    assert len(values) == len(found.parts)
    assert found.published_value is not None
    assert found.published_value + sum(values) == found.now_value == figure(metric, last)
    assert published.n + sum(part.n for part in found.parts) == last.n
    assert numerator(metric, published) + sum(part.numerator for part in found.parts) == numerator(metric, last)


def test_nothing_observed_is_unknown_and_not_zero() -> None:
    nothing, some = Totals(0, 0, Fraction(0), 0), Totals(1, 0, Fraction(0), 2)
    found = explained(METRICS["csat"], nothing, [("recorded later", 2, some)])
    assert (found.published_value, found.now_value, found.parts[0].value) == (None, Fraction(1, 2), None)


def test_a_stock_is_not_made_of_contributions() -> None:
    with pytest.raises(UsageError):
        figure(METRICS["backlog"], Totals(1, 0, Fraction(0), 2))
