from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.classify.corpus_files import held_out_texts
from pipeline.classify.text_classifier import TextClassifier
from pipeline.classify.training import TrainingOptions, train
from pipeline.domain.errors import UsageError
from pipeline.domain.taxonomy import CONFIDENCE_HEADS
from pipeline.ports import Classification


@pytest.fixture(scope="module")
def default() -> TextClassifier:
    return TextClassifier.default()


def rows(said: Classification) -> list[tuple[object, ...]]:
    columns = (said.language, said.record_class, said.category, said.sentiment, said.safety, said.severity)
    return list(zip(*columns, said.confidence, strict=True))


def test_plain_texts_are_read_in_both_languages(default: TextClassifier) -> None:
    texts = ["My parcel never arrived and nobody answers", "Дякую за швидку доставку, все чудово!"]
    said = default.classify(texts, [None, None])
    assert said.language == ["en", "uk"]
    assert said.record_class == ["complaint", "compliment"]
    assert said.sentiment == ["negative", "positive"]
    assert said.category == ["delivery", "delivery"]


def test_of_absent_and_blank_texts_nothing_is_said(default: TextClassifier) -> None:
    assert rows(default.classify([None, "", " \n"], ["en", None, "uk"])) == [(None,) * 7] * 3


def test_a_text_in_a_language_that_was_not_learnt_gets_its_language_only(default: TextClassifier) -> None:
    text = "Die Lieferung ist leider immer noch nicht da und der Kundenservice antwortet nicht"
    assert rows(default.classify([text], [None])) == [("de", *(None,) * 6)]
    (stated,) = rows(default.classify(["The parcel never came"], ["pl-PL"]))
    assert stated == ("pl-PL", *(None,) * 6)


def test_what_is_not_known_stays_unsaid_with_its_confidence(default: TextClassifier) -> None:
    said = default.classify(["zxq wvk"], ["en"])
    assert said.record_class == [None]
    (confidence,) = said.confidence
    assert confidence is not None
    percents = [int(percent) for percent in confidence.split(" ")]
    assert len(percents) == len(CONFIDENCE_HEADS)
    assert all(0 <= percent <= 100 for percent in percents)


def test_a_danger_that_is_named_is_never_left_unsaid(default: TextClassifier) -> None:
    texts = ["the qwxz caught fire", "кухоль вибухнув", "nothing caught fire"]
    assert default.classify(texts, ["en", "uk", "en"]).safety[:2] == [True, True]
    assert default.classify(texts, ["de"] * 3).safety == [None] * 3


def test_nothing_is_called_harmless_that_may_well_be_a_danger(default: TextClassifier) -> None:
    texts = held_out_texts("uk").texts + held_out_texts("en").texts
    said = default.classify(texts, ["uk"] * len(texts))
    harmless = [line for line, danger in zip(said.confidence, said.safety, strict=True) if danger is False and line]
    sure = [int(line.split(" ")[CONFIDENCE_HEADS.index("safety")]) for line in harmless]
    assert len(sure) > 500
    assert min(sure) >= 75


@given(st.lists(st.sampled_from(held_out_texts("uk").texts + held_out_texts("en").texts), max_size=12), st.data())
@settings(max_examples=25, deadline=None)
def test_the_batch_does_not_matter(texts: list[str], data: st.DataObject) -> None:
    default = TextClassifier.default()
    cut = data.draw(st.integers(0, len(texts)))
    whole = rows(default.classify(texts, [None] * len(texts)))
    parts = [rows(default.classify(part, [None] * len(part))) for part in (texts[:cut], texts[cut:])]
    assert whole == parts[0] + parts[1]


def test_a_model_may_answer_some_of_the_questions() -> None:
    texts = ["good thing", "bad thing", "good day", "bad day"] * 3
    model = train(texts, {"sentiment": ["positive", "negative"] * 6}, TrainingOptions(folds=2))
    said = TextClassifier(model).classify(["good thing"], [None])
    assert (said.sentiment, said.record_class, said.severity) == (["positive"], [None], [None])
    (confidence,) = said.confidence
    assert confidence is not None
    assert confidence.startswith("- - ")


def test_a_model_that_answers_none_of_the_questions_is_refused() -> None:
    texts = ["good thing", "bad thing", "good day", "bad day"] * 3
    model = train(texts, {"intent": ["positive", "negative"] * 6}, TrainingOptions(folds=2))
    with pytest.raises(UsageError, match=r"answers intent, and none of record_class"):
        TextClassifier(model)
