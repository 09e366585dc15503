"""Keys, offsets and days as columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.keyset import ABSENT, DAY_US, KeySet, days_of

HORIZON = 3


def int64s(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


def int32s(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(values, np.int32)


def test_a_key_answers_with_where_it_was_taken() -> None:
    keys = KeySet(HORIZON)
    keys.add(int64s(5, -7), int64s(50, 70), int32s(0, 0))
    assert keys.lookup(int64s(-7, 6, 5), int32s(0, 0, 0)).tolist() == [70, ABSENT, 50]


@pytest.mark.parametrize(("day", "answer"), [(0, 50), (3, 50), (4, ABSENT)])
def test_a_key_answers_up_to_the_horizon(day: int, answer: int) -> None:
    keys = KeySet(HORIZON)
    keys.add(int64s(5), int64s(50), int32s(0))
    assert keys.lookup(int64s(5), int32s(day)).tolist() == [answer]


def test_expired_keys_leave_memory() -> None:
    keys = KeySet(HORIZON)
    for day in range(100):
        keys.add(np.arange(day * 100, day * 100 + 100), np.arange(100), np.full(100, day, np.int32))
    assert len(keys) < 100 * 100 / 3
    assert keys.nbytes == 20 * len(keys)


def test_days_before_1970_round_down() -> None:
    assert days_of(int64s(-1, 0, DAY_US - 1, -DAY_US)).tolist() == [-1, 0, 0, -1]


@given(st.lists(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), max_size=9), max_size=9))
def test_it_agrees_with_a_plain_dictionary_in_any_batches(batches: list[list[tuple[int, int]]]) -> None:
    keys, plain, day, offset = KeySet(HORIZON), dict[int, tuple[int, int]](), 0, 0
    for batch in batches:
        rows = []
        for key, passed in batch:
            day += passed
            offset += 1
            rows.append((key, offset, day))
        columns = np.array(rows, np.int64).reshape(-1, 3)
        wanted, days = columns[:, 0], columns[:, 2].astype(np.int32)
        new, answers = keys.origins(wanted, columns[:, 1], days)
        expected = []
        for key, at, on in rows:
            taken = plain.get(key)
            if taken is None or on - taken[1] > HORIZON:
                plain[key] = taken = (at, on)
            expected.append(taken[0])
        assert answers.tolist() == expected
        assert new.tolist() == [origin == at for origin, (_, at, _) in zip(expected, rows, strict=True)]
        keys.add(wanted[new], columns[new, 1], days[new])
