"""The classifier that settings ask for answers in the taxonomy that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.bootstrap.classifiers import check_classification, classifier_of, model_of
from pipeline.classify.lexicon import LexiconClassifier
from pipeline.classify.text_classifier import TextClassifier
from pipeline.classify.training import TrainingOptions, train
from pipeline.domain.errors import UsageError
from pipeline.settings import Settings
from tests.taxonomies import TELECOM, telecom

TEXTS = ["no signal again", "no network here", "slow and no signal", "network is slow", "signal lost"]
TEXTS += ["the bill is wrong", "charged twice", "wrong charge on the bill", "bill too high", "charged for nothing"]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one's own with two categories of the example."""
    path = tmp_path_factory.mktemp("models") / "own.model"
    labels = {"category": ["network"] * 5 + ["bills"] * 5}
    train(TEXTS, labels, TrainingOptions(name="own", folds=2, lost_at_most=0.0)).save(path)
    return path


def test_without_a_taxonomy_ids_and_answers_are_as_they_were() -> None:
    found = classifier_of(Settings())
    assert found is not None
    assert found.model == TextClassifier.default().model
    assert isinstance(classifier_of(Settings(classifier="lexicon")), LexiconClassifier)


@pytest.mark.parametrize("name", ["default", "lexicon"])
def test_vidhuks_own_classifiers_answer_in_the_taxonomy_and_say_so(name: str) -> None:
    found = classifier_of(Settings(classifier=name, taxonomy=str(TELECOM)))
    plain = classifier_of(Settings(classifier=name))
    assert found is not None
    assert plain is not None
    said = found.classify(["My parcel never arrived and nobody answers"], [None])
    assert said.category == ["equipment"]
    assert said.model == found.model == f"{plain.model}+{telecom().id}"


def test_a_model_of_ones_own_needs_a_taxonomy_that_has_its_categories(own: Path) -> None:
    asked = model_of(Settings(taxonomy=str(TELECOM)), str(own))
    assert asked.heads == ("category",)
    assert asked.classifier.classify(["no signal"], [None]).category == ["network"]
    with pytest.raises(UsageError, match=r"taxonomy default-1 .* answers: bills, network\."):
        model_of(Settings(), str(own))
    with pytest.raises(UsageError, match="answers: bills, network"):
        check_classification(Settings(classifier=str(own)))


def test_a_taxonomy_that_cannot_be_read_is_refused_even_if_nothing_is_classified(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "bad"\n', encoding="utf-8")
    for classifier in ("off", "lexicon", "default"):
        with pytest.raises(UsageError, match=r"bad\.toml: `version` is missing"):
            check_classification(Settings(classifier=classifier, taxonomy=str(bad)))
    assert classifier_of(Settings(classifier="off")) is None
