from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.importers.content_ids import ContentIds, Occurrences, content_hash


@given(st.lists(st.lists(st.integers(0, 20), max_size=30), max_size=12))
def test_occurrences_count_every_repetition_at_any_chunking(chunks: list[list[int]]) -> None:
    occurrences, expected = Occurrences(), Counter[int]()
    for chunk in chunks:
        numbers = occurrences.number(chunk)
        for value, number in zip(chunk, numbers, strict=True):
            expected[value] += 1
            assert number == expected[value]


def test_hashes_that_differ_only_above_64_bits_stay_distinct_ids() -> None:
    occurrences = Occurrences()
    assert occurrences.number([1, 1 + (1 << 64)]) == [1, 2]  # a collision costs a higher number, never an identity


def test_equal_rows_get_ids_of_their_own_and_a_rerun_gives_them_again() -> None:
    rows = [["a", "b"], ["a", "b"], ["ab", ""]]
    first = ContentIds().of(rows)
    assert len(set(first)) == 3
    again = ContentIds()
    assert [again.of([row])[0] for row in rows] == first


def test_cells_do_not_run_into_one_another() -> None:
    assert content_hash(["ab", "c"]) != content_hash(["a", "bc"])


def test_runs_are_merged_so_that_looking_up_stays_fast() -> None:
    occurrences = Occurrences()
    for chunk in range(256):
        occurrences.number(range(chunk * 10, chunk * 10 + 10))
    assert len(occurrences._runs) <= 9
    assert sum(map(len, occurrences._runs)) == 2_560
