from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.dispositions import Dispositions, response_rate_1, response_rate_3

people = st.builds(Dispositions, *[st.integers(0, 10_000)] * 8)


def test_nobody_asked_has_no_response_rate() -> None:
    assert response_rate_1(Dispositions()).value is None
    assert response_rate_3(Dispositions()).value is None
    assert Dispositions().eligibility is None


@given(people)
def test_rr3_never_lies_below_rr1(asked: Dispositions) -> None:
    first, third = response_rate_1(asked), response_rate_3(asked)
    if first.value is not None and third.value is not None:
        assert third.value >= first.value - 1e-12
        assert third.lo is not None
        assert third.hi is not None
        assert 0 <= third.lo <= third.value <= third.hi <= 1


def test_rr3_with_everybody_eligible_is_rr1() -> None:
    asked = Dispositions(300, 20, 80, 350, 10, 200, 40, ineligible=90)
    assert response_rate_3(asked, eligibility=1.0).value == response_rate_1(asked).value


def test_the_known_ineligible_never_count_as_refusers() -> None:
    assert response_rate_1(Dispositions(complete=5, ineligible=100)).value == 1.0


def test_rr3_is_unknown_where_nobodys_eligibility_is_known() -> None:
    assert response_rate_3(Dispositions(unknown_other=5)).value is None


def test_impossible_dispositions_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Dispositions(complete=-1)
    with pytest.raises(ValueError, match=r"0\.\.1"):
        response_rate_3(Dispositions(complete=1), eligibility=1.5)
