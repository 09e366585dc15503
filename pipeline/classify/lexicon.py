"""The lexicon classifier: weighted phrases in English and Ukrainian, with the Russian forms people mix in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.classify import phrases
from pipeline.classify.folding import QUESTION, Folded, Integers, fold, slices
from pipeline.classify.language import UNDECIDED, detect_folded
from pipeline.classify.phrase_sums import DANGER_AT_LEAST, PhraseReader
from pipeline.classify.phrases import CATEGORIES, CLASSES, COLUMNS
from pipeline.domain.taxonomy import Category, RecordClass, Sentiment
from pipeline.ports import Classification

T = TypeVar("T")
Flags = npt.NDArray[np.bool_]

VERSION = "lexicon-1"
COVERED = frozenset({"en", "uk", "ru", UNDECIDED})
"""Languages the phrases speak; a text in another one gets its language and nothing else."""

_QUESTION_WEIGHT = 4
_OPINION_AT_LEAST = 2
_TONE_AT_LEAST = 2
_TONE_OF_THE_REST_AT_LEAST = 10  # a question, wish or view is neutral unless a strong word colours it

_CLASS = {name: CLASSES.index(name) for name in CLASSES}
_POSITIVE, _NEGATIVE, _DANGER = (COLUMNS.index(name) for name in ("positive", "negative", "danger"))
_FIRST_CATEGORY = COLUMNS.index(CATEGORIES[0])
_CATEGORY_NAMES = [category.value for category in (*CATEGORIES, Category.OTHER)]
# equal scores go to the earlier one
_CLASS_ORDER = (
    RecordClass.COMPLAINT,
    RecordClass.SUGGESTION,
    RecordClass.INQUIRY,
    RecordClass.COMPLIMENT,
    RecordClass.OPINION,
)


class LexiconClassifier:
    """A `Classifier` that adds up what the phrases of a text weigh; see docs/classification.md for its figures."""

    def __init__(self, folder: Path | None = None) -> None:
        """The lexicons of this folder, ours if None."""
        self._reader = PhraseReader.shipped() if folder is None else PhraseReader(phrases.load(folder))

    @property
    def model(self) -> str:
        """`lexicon-1+<digest>`: the rules' version, and the first 8 hex digits of the lexicons' SHA-256."""
        return f"{VERSION}+{self._reader.digest}"

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories that it may answer."""
        return tuple(_CATEGORY_NAMES)

    def classify(self, texts: Sequence[str | None], stated_languages: Sequence[str | None]) -> Classification:
        """One answer per text, in order; None throughout where the text is absent or blank.

        A stated language is believed. In a language the lexicons do not cover, only the language is answered.
        """
        answer = Classification(self.model, [], [], [], [], [])
        for begin, end in slices(texts):
            self._classify_slice(texts[begin:end], stated_languages[begin:end], answer)
        return answer

    def _classify_slice(
        self, texts: Sequence[str | None], stated: Sequence[str | None], answer: Classification
    ) -> None:
        folded = fold(texts)
        languages = [said or found for said, found in zip(stated, detect_folded(folded), strict=True)]
        scores = self._reader.sums(self._reader.find(folded))
        classes = _classes(scores, _questions(folded))
        sentiments = _sentiments(scores, classes).tolist()
        categories = _categories(scores).tolist()
        dangers = (scores[:, _DANGER] >= DANGER_AT_LEAST).tolist()
        present = [bool(text and not text.isspace()) for text in texts]
        covered = [here and name[:2] in _COVERED_PREFIXES for here, name in zip(present, languages, strict=True)]
        answer.language.extend(_where(present, languages))
        answer.record_class.extend(_where(covered, [_CLASS_NAMES[i] for i in classes.tolist()]))
        answer.category.extend(_where(covered, [_CATEGORY_NAMES[i] for i in categories]))
        answer.sentiment.extend(_where(covered, [_SENTIMENT_NAMES[i] for i in sentiments]))
        answer.safety.extend(_where(covered, dangers))


_COVERED_PREFIXES = frozenset(
    first + second for name in COVERED for first in (name[0], name[0].upper()) for second in (name[1], name[1].upper())
)
"""How the names of covered languages begin, in either case: regions of a language are the language."""
_CLASS_NAMES = [name.value for name in _CLASS_ORDER]
_SENTIMENT_NAMES = [Sentiment.NEGATIVE.value, Sentiment.NEUTRAL.value, Sentiment.POSITIVE.value]


def _where(holds: Sequence[bool], values: Sequence[T]) -> list[T | None]:
    return [value if here else None for here, value in zip(holds, values, strict=True)]


def _questions(folded: Folded) -> Flags:
    """Which texts hold a question mark."""
    asked = np.zeros(len(folded), np.bool_)
    asked[np.searchsorted(folded.starts, np.flatnonzero(folded.codes == QUESTION), "right") - 1] = True
    return asked


def _classes(scores: npt.NDArray[np.int32], questions: Flags) -> Integers:
    """Index into `_CLASS_ORDER` for each text."""
    totals: Integers = scores[:, [_CLASS[name] for name in _CLASS_ORDER]].astype(np.int64)
    totals[:, 0] += scores[:, _NEGATIVE]
    totals[:, 2] += _QUESTION_WEIGHT * questions
    totals[:, 3] += scores[:, _POSITIVE]
    totals[:, 4] += _OPINION_AT_LEAST
    best: Integers = np.argmax(totals, axis=1)
    return best


def _sentiments(scores: npt.NDArray[np.int32], classes: Integers) -> Integers:
    """0 negative, 1 neutral, 2 positive, for texts whose index into `_CLASS_ORDER` is known."""
    complaint, compliment = scores[:, _CLASS[RecordClass.COMPLAINT]], scores[:, _CLASS[RecordClass.COMPLIMENT]]
    balance: Integers = 2 * scores[:, _POSITIVE] + compliment - 2 * scores[:, _NEGATIVE] - complaint
    toned = np.isin(classes, (_CLASS_ORDER.index(RecordClass.COMPLAINT), _CLASS_ORDER.index(RecordClass.COMPLIMENT)))
    enough = np.abs(balance) >= np.where(toned, _TONE_AT_LEAST, _TONE_OF_THE_REST_AT_LEAST)
    signs: Integers = np.sign(np.where(enough, balance, 0)).astype(np.int64)
    return signs + 1


def _categories(scores: npt.NDArray[np.int32]) -> Integers:
    """Index into `_CATEGORY_NAMES`; a danger is what its text is about."""
    totals: Integers = scores[:, _FIRST_CATEGORY:].astype(np.int64)
    best: Integers = np.argmax(totals, axis=1)
    best[totals[np.arange(len(best)), best] == 0] = len(CATEGORIES)
    best[scores[:, _DANGER] >= DANGER_AT_LEAST] = CATEGORIES.index(Category.SAFETY)
    return best
