from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.redaction import excerpt, redacted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "My name is Olena Petrenko, call +380 44 123 45 67 or olena@x.example. It failed.",
            "My name is [name], call [number] or [email]. It failed.",
        ),
        ("Мене звати Олена. Живу на вул. Хрещатик, буд. 22, кв. 5.", "Мене звати [name]. Живу на [address]."),
        ("Card 4111 1111 1111 1111, order TS-123456", "Card [number], order [number]"),
        ("See https://shop.example/a?b=1 now", "See [link] now"),
        ("my name is olena and I wait", "my name is [name] and I wait"),
        ("I live at 12 Baker Street, please", "I live at [address], please"),
    ],
)
def test_what_names_or_reaches_a_person_is_gone(text: str, said: str) -> None:
    assert redacted(text) == said


def test_the_words_of_the_topic_stay() -> None:
    assert redacted("They charged Plus twice", {"plus"}) == "They charged Plus twice"


@given(st.text(alphabet=st.sampled_from("aBcЇї .,!?@1234()[]+-/\n'’"), max_size=60))
def test_no_digit_is_left(text: str) -> None:
    assert not any(character.isdigit() for character in redacted(text))


def test_an_excerpt_ends_with_a_whole_word() -> None:
    assert excerpt("late " * 100, longest=20) == "late late late …"
