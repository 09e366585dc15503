from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.identity import derived_case_id, event_key, event_keys, letter_key_of_record, letter_key_of_row

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


def test_event_key_has_a_known_value() -> None:
    assert event_key("channel/email", "e-1") == -5829630498074552667


@given(st.lists(st.tuples(names, names)))
def test_keys_of_a_batch_are_those_of_its_events(pairs: list[tuple[str, str]]) -> None:
    keys = event_keys([source for source, _ in pairs], [event_id for _, event_id in pairs])
    assert keys.dtype == np.int64
    assert keys.tolist() == [event_key(source, event_id) for source, event_id in pairs]


@given(names, names)
def test_event_key_fits_a_signed_64_bit_column(source: str, event_id: str) -> None:
    assert -(2**63) <= event_key(source, event_id) < 2**63


def test_the_border_between_source_and_id_matters() -> None:
    assert event_key("ab", "c") != event_key("a", "bc")


def test_a_derived_case_is_always_the_same_for_one_identity_and_differs_between_two() -> None:
    assert derived_case_id("s", "1") == derived_case_id("s", "1") != derived_case_id("s", "2")


def test_a_row_letter_is_the_same_only_for_the_same_row_of_the_same_file() -> None:
    key = letter_key_of_row("a.csv", 7, b"x")
    assert key == letter_key_of_row("a.csv", 7, b"x")
    assert (
        len(
            {
                key,
                letter_key_of_row("b.csv", 7, b"x"),
                letter_key_of_row("a.csv", 8, b"x"),
                letter_key_of_row("a.csv", 7, b"y"),
                letter_key_of_record("a.csv", 7, 0),
            }
        )
        == 5
    )
