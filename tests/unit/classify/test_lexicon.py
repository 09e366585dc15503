from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.classify.lexicon import LexiconClassifier
from pipeline.ports import Classifier

CLASSIFIER = LexiconClassifier()


def said(text: str, stated: str | None = None) -> tuple[str | None, str | None, str | None, bool | None]:
    answer = CLASSIFIER.classify([text], [stated])
    return answer.record_class[0], answer.category[0], answer.sentiment[0], answer.safety[0]


def test_the_model_names_the_content_of_its_lexicons() -> None:
    port: Classifier = CLASSIFIER
    name, digest = port.model.split("+")
    assert name == "lexicon-1"
    assert len(digest) == 8
    assert int(digest, 16) >= 0


@pytest.mark.parametrize(
    ("text", "record_class", "category", "sentiment"),
    [
        ("My parcel never arrived and nobody answers.", "complaint", "delivery", "negative"),
        ("Посилка так і не прийшла, ніхто не відповідає", "complaint", "delivery", "negative"),
        ("Додаток не працює", "complaint", "access_digital", "negative"),
        ("Where is my parcel?", "inquiry", "delivery", "neutral"),
        ("Підкажіть, чи можна оплатити карткою?", "inquiry", "billing_price", "neutral"),
        ("Excellent quality, thank you!", "compliment", "product_quality", "positive"),
        ("Ввічливий персонал, дякую!", "compliment", "staff_conduct", "positive"),
        ("It would be great if the app had a dark mode", "suggestion", "access_digital", "neutral"),
    ],
)
def test_plain_cases_are_read_plainly(text: str, record_class: str, category: str, sentiment: str) -> None:
    assert said(text)[:3] == (record_class, category, sentiment)


@pytest.mark.parametrize("text", ["not good", "Isn’t good", "wasnt very good", "не дуже добре", "нічого доброго"])
def test_denied_praise_is_no_praise(text: str) -> None:
    assert said(text)[2] == "negative"


def test_a_negation_ends_with_its_clause() -> None:
    assert said("No, it is excellent")[2] == "positive"
    assert said("I would not change it. Excellent!")[2] == "positive"


def test_words_are_not_found_inside_other_words() -> None:
    assert said("chocolate plate") == ("opinion", "other", "neutral", False)


@pytest.mark.parametrize(
    "text",
    [
        "The kettle caught fire",
        "I got an electric shock from it",
        "my son had an allergic reaction",
        "Чайник загорівся і пішов дим",
        "мене вдарило струмом",
        "Дитина отруїлася йогуртом",
    ],
)
def test_danger_is_flagged_and_is_the_category(text: str) -> None:
    record_class, category, sentiment, safety = said(text)
    assert (record_class, category, sentiment, safety) == ("complaint", "safety", "negative", True)


@pytest.mark.parametrize("text", ["Great fire sale prices", "They fired the manager", "Сервіс просто вогонь!"])
def test_figures_of_speech_are_no_danger(text: str) -> None:
    assert said(text)[3] is False


def test_absent_and_blank_texts_get_no_answer() -> None:
    answer = CLASSIFIER.classify([None, "", "  "], [None, "uk", None])
    for column in (answer.language, answer.record_class, answer.category, answer.sentiment, answer.safety):
        assert column == [None, None, None]
    assert CLASSIFIER.classify([], []).language == []


def test_a_stated_language_is_believed_and_an_uncovered_one_is_not_guessed_at() -> None:
    answer = CLASSIFIER.classify(["terrible", "terrible", "terrible"], ["de", "UK-ua", None])
    assert answer.language == ["de", "UK-ua", "en"]
    assert answer.record_class == [None, "complaint", "complaint"]
    assert answer.safety == [None, False, False]


PIECES = ["not good", "не працює", "Thank you!", "fire", "?", "але", "but", ". ", "дим", "’", "late", "👍", "\n"]
any_text = st.one_of(st.none(), st.text(max_size=30), st.lists(st.sampled_from(PIECES)).map(" ".join))
texts = st.lists(any_text, max_size=25)


@given(texts)
@settings(max_examples=60)
def test_the_same_text_gets_the_same_answer_at_any_batch_size(batch: list[str | None]) -> None:
    together = CLASSIFIER.classify(batch, [None] * len(batch))
    for i, text in enumerate(batch):
        alone = CLASSIFIER.classify([text], [None])
        for column in ("language", "record_class", "category", "sentiment", "safety"):
            assert getattr(alone, column)[0] == getattr(together, column)[i]


def test_batches_beyond_one_slice_are_answered_alike() -> None:
    batch = ["My parcel never arrived", "Дякую, все чудово", None, "ok"] * 2_500
    answer = CLASSIFIER.classify(batch, [None] * len(batch))
    assert answer.record_class == ["complaint", "compliment", None, answer.record_class[3]] * 2_500


def test_the_documented_example_holds() -> None:
    answer = CLASSIFIER.classify(["The parcel never arrived.", "Чайник загорівся!"], [None, None])
    assert answer.record_class == ["complaint", "complaint"]
    assert answer.category == ["delivery", "safety"]
    assert answer.safety == [False, True]
