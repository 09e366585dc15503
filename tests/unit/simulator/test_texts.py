"""What customers write: varied, of the right length and language, and never about a real person."""

from __future__ import annotations

import re
from statistics import mean

import pytest

from pipeline.domain.taxonomy import RecordClass
from pipeline.simulator import Label, simulate
from pipeline.simulator.chance import stream
from pipeline.simulator.company import CATEGORIES_OF, PRODUCTS
from pipeline.simulator.phrases import phrases, spelt_out
from pipeline.simulator.slips import apostrophes, surzhyk
from pipeline.simulator.texts import Topic, Writer

LANGUAGES = ("en", "uk")
TOPICS = [
    (record_class, category) for record_class, categories in CATEGORIES_OF.items() for category in set(categories)
]


@pytest.fixture(scope="module")
def labels() -> list[Label]:
    labels: list[Label] = []
    for _ in simulate(30_000, 4, labels=labels.append):
        pass
    return labels


def test_a_rule_spells_out_every_choice_and_tidies_empty_ones() -> None:
    assert spelt_out("(please |)call (me|us )(, today|).") == (
        "Please call me, today.",
        "Please call me.",
        "Please call us, today.",
        "Please call us.",
        "Call me, today.",
        "Call me.",
        "Call us, today.",
        "Call us.",
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("record_class", "category"), sorted(TOPICS))
def test_every_topic_has_hundreds_of_texts(language: str, record_class: RecordClass, category: str) -> None:
    writer = Writer(stream(1, 1))
    topics = [Topic(language, record_class, category, product, "email") for product in PRODUCTS]  # type: ignore[arg-type] # sorted() made the enum a string to pytest's parametrize only
    texts = {writer.feedback(topic) for topic in topics for _ in range(30)}
    assert len(texts) > 300
    assert not [text for text in texts if set(text) & set("{}|()")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_thousands_of_sentences_before_any_slot_is_filled(language: str) -> None:
    banks = phrases(language)
    assert sum(len(rule) for bank in banks.core.values() for rule in bank) > 2000


def test_texts_are_about_two_hundred_characters_and_vary(labels: list[Label]) -> None:
    lengths = [len(label.text) for label in labels if label.text]
    assert 150 < mean(lengths) < 250
    assert min(lengths) < 60
    assert max(lengths) > 400


def test_hardly_any_text_comes_twice(labels: list[Label]) -> None:
    texts = [label.text for label in labels if label.text]
    assert len(set(texts)) > 0.95 * len(texts)


def test_six_in_ten_write_ukrainian(labels: list[Label]) -> None:
    share = mean(label.language == "uk" for label in labels)
    assert 0.55 < share < 0.65


def test_ukrainian_texts_are_cyrillic_and_english_ones_are_not(labels: list[Label]) -> None:
    for label in labels:
        letters = [letter for letter in label.text or "" if letter.isalpha()]
        if len(letters) > 60:
            cyrillic = mean("Ѐ" <= letter <= "ӿ" for letter in letters)
            assert cyrillic > 0.5 if label.language == "uk" else cyrillic < 0.5


def test_hurried_hands_leave_typos_emoji_and_other_apostrophes(labels: list[Label]) -> None:
    texts = [label.text for label in labels if label.text]
    assert 0.05 < mean(any(ord(sign) > 0x1F000 for sign in text) for text in texts) < 0.3
    assert 0.02 < mean(text == text.lower() for text in texts) < 0.2
    assert {sign for text in texts for sign in text} >= set("'’ʼ`")


def test_neighbours_words_replace_standard_ones() -> None:
    assert surzhyk("Дуже чекаю") == "Очень жду"


def test_apostrophes_change_and_nothing_else_does() -> None:
    chance = stream(2, 2)
    seen = {apostrophes(chance, "кур'єр") for _ in range(100)}
    assert seen == {"кур'єр", "кур’єр", "курʼєр", "кур`єр", "кур*єр", "курєр"}
    assert apostrophes(chance, "посилка") == "посилка"


def test_texts_hold_no_address_and_no_telephone_number(labels: list[Label]) -> None:
    contact = re.compile(r"@|https?:|\+?\d{7,}")
    assert not [label.text for label in labels if label.text and contact.search(label.text)]
