"""Which judgement of an event is the newest: in columns and in SQL, whatever the clocks of brokers did."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import Ask, a_life, day
from tests.lakes import a_table
from warehouse.case_truth import newest_transitions

Build = Callable[..., Ask]
JUDGED = a_life("L", ("received", 0))[0]


def a_judgement(known: float, log: str, offset: int, key: int = 1) -> dict[str, object]:
    """One of several rows about an event, told apart by its number of reopenings, which is its offset."""
    return JUDGED | {"event_key": key, "known_at": day(known), "log": log, "offset": offset, "reopens": offset}


CASES = {
    "a clock that stepped back": ([a_judgement(5, "a", 10), a_judgement(4, "a", 20), a_judgement(3, "a", 30)], 30),
    "another log afterwards": ([a_judgement(5, "b", 10), a_judgement(6, "a", 3)], 3),
    "a clock that stepped back in the log that was left": (
        [a_judgement(5, "b", 10), a_judgement(2, "b", 11), a_judgement(4, "a", 7)],
        11,
    ),
    "a clock that stepped back in the log that came": (
        [a_judgement(5, "b", 10), a_judgement(7, "a", 7), a_judgement(4, "a", 8)],
        8,
    ),
    "one moment in two logs": ([a_judgement(5, "b", 1), a_judgement(5, "a", 9)], 1),
}


def test_within_a_log_the_place_decides_and_between_logs_the_moment(built: Build) -> None:
    for name, (rows, expected) in CASES.items():
        for ordered in (rows, rows[::-1]):
            newest = newest_transitions(a_table("transitions", ordered))
            assert [row["offset"] for row, is_it in zip(ordered, newest, strict=True) if is_it] == [expected], name
            ask = built(transitions=ordered)
            assert ask("select reopens from stg_transition") == [(expected,)], name


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 99)), unique_by=lambda row: row[2], max_size=12
    )
)
@settings(deadline=None)
def test_in_one_log_each_event_has_the_row_of_its_greatest_offset(drawn: list[tuple[int, int, int]]) -> None:
    rows = [a_judgement(known, "a", offset, key) for key, known, offset in drawn]
    newest = newest_transitions(a_table("transitions", rows))
    chosen = {key: offset for (key, _, offset), is_it in zip(drawn, newest, strict=True) if is_it}
    assert chosen == {key: max(at for other, _, at in drawn if other == key) for key, _, _ in drawn}
    assert int(newest.sum()) == len(chosen)
