"""A classifier in an organization's taxonomy: every category is an id or unknown, and nothing else changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify.in_taxonomy import InTaxonomy, in_taxonomy
from pipeline.classify.lexicon import LexiconClassifier
from pipeline.domain.errors import UsageError
from pipeline.domain.taxonomies.documents import taxonomy_of
from pipeline.domain.taxonomies.loading import shipped_taxonomy
from pipeline.ports import Classification
from tests.taxonomies import BECOMES, a_document, a_taxonomy, telecom

OURS = shipped_taxonomy().ids
LEXICON = LexiconClassifier()
TEXTS = ["My parcel never came", "Чайник загорівся!", "You charged me twice", None, "", "Nice shop", "Хамство на касі"]


class Says:
    """A classifier that answers each text with the category that is written in it."""

    model = "says-1"

    def classify(self, texts: Sequence[str | None], stated_languages: Sequence[str | None]) -> Classification:
        category = [text or None for text in texts]
        nothing: list[None] = [None] * len(texts)
        return Classification(
            self.model, list(stated_languages), [*nothing], category, [*nothing], [*nothing], [*nothing], [*nothing]
        )


answers = st.lists(st.sampled_from([*OURS, None]), max_size=30)


@given(answers)
def test_every_answer_is_an_id_of_the_taxonomy_and_the_unknown_stays_unknown(said: list[str | None]) -> None:
    found = in_taxonomy(Says(), OURS, telecom()).classify(said, [None] * len(said)).category
    assert found == [None if category is None else BECOMES[category] for category in said]
    assert set(found) <= {*telecom().ids, None}


@given(answers, st.integers(0, 30))
def test_batches_add_up_to_the_whole(said: list[str | None], cut: int) -> None:
    classifier = in_taxonomy(Says(), OURS, telecom())
    parts = [classifier.classify(part, [None] * len(part)).category for part in (said[:cut], said[cut:])]
    assert parts[0] + parts[1] == classifier.classify(said, [None] * len(said)).category


@given(answers)
def test_ours_changes_no_answer(said: list[str | None]) -> None:
    languages = [None] * len(said)
    plain = Says().classify(said, languages)
    assert replace(InTaxonomy(Says(), OURS, shipped_taxonomy()).classify(said, languages), model="says-1") == plain


def test_under_our_own_taxonomy_a_classifier_is_itself_with_its_own_id() -> None:
    assert in_taxonomy(LEXICON, LEXICON.categories, shipped_taxonomy()) is LEXICON


def test_a_classifier_without_categories_is_itself_under_any() -> None:
    assert in_taxonomy(LEXICON, (), telecom()) is LEXICON


def test_only_the_category_and_the_id_are_others() -> None:
    plain = LEXICON.classify(TEXTS, [None] * len(TEXTS))
    said = in_taxonomy(LEXICON, LEXICON.categories, telecom()).classify(TEXTS, [None] * len(TEXTS))
    assert said.model == f"{LEXICON.model}+{telecom().id}"
    assert replace(said, model=plain.model, category=plain.category) == plain
    assert said.category == [None if each is None else BECOMES[each] for each in plain.category]
    assert len(set(said.category)) > 3


def test_a_model_whose_categories_are_ids_passes_straight_through() -> None:
    classifier = in_taxonomy(Says(), ("bills", "network"), telecom())
    assert classifier.classify(["network", None, "bills"], [None] * 3).category == ["network", None, "bills"]
    assert classifier.model == f"says-1+{telecom().id}"


def test_categories_of_ones_own_model_are_put_together_by_from() -> None:
    text = a_document("sims", "other", head='model_categories = ["sim_lost", "sim_late"]\n')
    text = text.replace('id = "sims"\n', 'id = "sims"\nfrom = ["sim_lost", "sim_late"]\n')
    classifier = in_taxonomy(Says(), ("sim_lost", "sim_late"), taxonomy_of("own.toml", text.encode(), OURS))
    assert classifier.classify(["sim_late", None, "sim_lost"], [None] * 3).category == ["sims", None, "sims"]


def test_categories_that_the_taxonomy_does_not_know_are_listed_before_anything_is_answered() -> None:
    with pytest.raises(UsageError, match=r"taxonomy telecom-1 .* the model says-1 answers: sims, towers\. Give"):
        in_taxonomy(Says(), ("bills", "sims", "towers"), telecom())
    with pytest.raises(
        UsageError, match=r"answers: sims\..* the setting `taxonomy` names its file, and `vidhuk taxonomy show`"
    ):
        in_taxonomy(Says(), ("sims",), shipped_taxonomy())
    with pytest.raises(UsageError, match=r"answers: delivery, returns_refunds, "):
        in_taxonomy(LEXICON, LEXICON.categories, a_taxonomy("towers", "other"))
