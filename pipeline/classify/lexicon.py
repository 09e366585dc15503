"""The lexicon classifier: weighted phrases in English and Ukrainian, with the Russian forms people mix in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.classify import phrases
from pipeline.classify.folding import BOUNDARY, COMMA, QUESTION, Folded, Integers, fold, slices
from pipeline.classify.language import UNDECIDED, detect_folded
from pipeline.classify.phrases import CATEGORIES, CLASSES, COLUMNS, Phrases
from pipeline.domain.taxonomy import Category, RecordClass, Sentiment
from pipeline.ports import Classification

T = TypeVar("T")
Flags = npt.NDArray[np.bool_]

VERSION = "lexicon-1"
COVERED = frozenset({"en", "uk", "ru", UNDECIDED})
"""Languages the phrases speak; a text in another one gets its language and nothing else."""

_NEGATION_REACH_WORDS = 3
_AFTER_CONTRAST = 2  # what follows a "but" is what the writer means
_QUESTION_WEIGHT = 4
_LONGEST = 1 << 10  # no phrase is as long
_OPINION_AT_LEAST = 2
_TONE_AT_LEAST = 2
_TONE_OF_THE_REST_AT_LEAST = 10  # a question, wish or view is neutral unless a strong word colours it
_DANGER_AT_LEAST = 4

_CLASS = {name: CLASSES.index(name) for name in CLASSES}
_POSITIVE, _NEGATIVE, _DANGER = (COLUMNS.index(name) for name in ("positive", "negative", "danger"))
_CATEGORY_NAMES = [category.value for category in (*CATEGORIES, Category.OTHER)]
# equal scores go to the earlier one
_CLASS_ORDER = (
    RecordClass.COMPLAINT,
    RecordClass.SUGGESTION,
    RecordClass.INQUIRY,
    RecordClass.COMPLIMENT,
    RecordClass.OPINION,
)


@dataclass(frozen=True, slots=True)
class _Hits:
    """Phrases found in a batch, in text order, those inside a longer one left out."""

    phrase: Integers
    text: Integers
    word: Integers
    clause: Integers


class LexiconClassifier:
    """A `Classifier` that adds up what the phrases of a text weigh; see docs/classification.md for its figures."""

    def __init__(self, folder: Path | None = None, sections: Collection[str] | None = None) -> None:
        """Only phrases of these sections of the lexicons count, all if None."""
        self._phrases: Phrases = phrases.load(sections=sections) if folder is None else phrases.load(folder, sections)
        self._weights = np.concatenate((self._phrases.plain, self._phrases.denied))

    @property
    def model(self) -> str:
        """`lexicon-1+<digest>`: the rules' version, and the first 8 hex digits of the lexicons' SHA-256."""
        return f"{VERSION}+{self.digest}"

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories that it may answer."""
        return tuple(_CATEGORY_NAMES)

    @property
    def digest(self) -> str:
        """The first 8 hex digits of the lexicons' SHA-256."""
        return self._phrases.digest

    def classify(self, texts: Sequence[str | None], stated_languages: Sequence[str | None]) -> Classification:
        """One answer per text, in order; None throughout where the text is absent or blank.

        A stated language is believed. In a language the lexicons do not cover, only the language is answered.
        """
        answer = Classification(self.model, [], [], [], [], [])
        for begin, end in slices(texts):
            self._classify_slice(texts[begin:end], stated_languages[begin:end], answer)
        return answer

    def dangers(self, texts: Sequence[str | None]) -> list[bool]:
        """Which texts report a danger in so many words, in whatever language."""
        found: list[bool] = []
        for begin, end in slices(texts):
            scores = self._scores(fold(texts[begin:end]))
            found += (scores[:, _DANGER] >= _DANGER_AT_LEAST).tolist()
        return found

    def sums(self, texts: Sequence[str | None]) -> npt.NDArray[np.int32]:
        """What the phrases of each text add up to: one row per text, one column per `COLUMNS`."""
        parts = [self._scores(fold(texts[begin:end])) for begin, end in slices(texts)]
        return np.concatenate([np.zeros((0, len(COLUMNS)), np.int32), *parts])

    def _classify_slice(
        self, texts: Sequence[str | None], stated: Sequence[str | None], answer: Classification
    ) -> None:
        folded = fold(texts)
        languages = [said or found for said, found in zip(stated, detect_folded(folded), strict=True)]
        scores = self._scores(folded)
        classes = _classes(scores, _questions(folded))
        sentiments = _sentiments(scores, classes).tolist()
        categories = _categories(scores).tolist()
        dangers = (scores[:, _DANGER] >= _DANGER_AT_LEAST).tolist()
        present = [bool(text and not text.isspace()) for text in texts]
        covered = [here and name[:2] in _COVERED_PREFIXES for here, name in zip(present, languages, strict=True)]
        answer.language.extend(_where(present, languages))
        answer.record_class.extend(_where(covered, [_CLASS_NAMES[i] for i in classes.tolist()]))
        answer.category.extend(_where(covered, [_CATEGORY_NAMES[i] for i in categories]))
        answer.sentiment.extend(_where(covered, [_SENTIMENT_NAMES[i] for i in sentiments]))
        answer.safety.extend(_where(covered, dangers))

    def _hits(self, folded: Folded) -> _Hits:
        found = self._phrases.automaton.find_matches_as_indexes(folded.letters, overlapping=True)
        flat = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
        phrase, start = flat[:, 0], flat[:, 1]
        end = flat[:, 2] - self._phrases.tail[phrase]
        # by start, the longest first; hits arrive in order of their ends, nearly so already, which a stable sort likes
        order = np.argsort(start * _LONGEST - (end - start), kind="stable")
        phrase, start, end = phrase[order], start[order], end[order]
        reach = np.maximum.accumulate(end)
        alone = np.ones(len(end), np.bool_)
        alone[1:] = end[1:] > reach[:-1]
        phrase, start = phrase[alone], start[alone]
        codes = folded.codes
        return _Hits(
            phrase=phrase,
            text=np.searchsorted(folded.starts, start, "right") - 1,
            word=np.searchsorted(np.flatnonzero(codes < BOUNDARY), start),
            # the mark before the phrase opens its clause
            clause=np.searchsorted(np.flatnonzero((codes >= COMMA) & (codes < BOUNDARY)), start, "right"),
        )

    def _scores(self, folded: Folded) -> npt.NDArray[np.int32]:
        """Summed weights: one row per text, one column per `COLUMNS`."""
        scores = np.zeros((len(folded), len(COLUMNS)), np.int32)
        hits = self._hits(folded)
        if not len(hits.phrase):
            return scores
        weights = self._weights.take(hits.phrase + len(self._phrases) * self._denied(hits), axis=0)
        weights[np.flatnonzero(self._after_contrast(hits)), : _NEGATIVE + 1] *= _AFTER_CONTRAST
        begins = np.flatnonzero(np.diff(hits.text, prepend=-1))
        scores[hits.text[begins]] = np.add.reduceat(weights, begins)
        return scores

    def _denied(self, hits: _Hits) -> Flags:
        """Which hits stand within a few words after a negation in the same clause."""
        at = np.arange(len(hits.phrase))
        last = _before(np.maximum.accumulate(np.where(self._phrases.negates[hits.phrase], at, -1)))
        near = (last >= 0) & (hits.word - hits.word[last] <= _NEGATION_REACH_WORDS)
        denied: Flags = near & (hits.clause == hits.clause[last]) & (hits.text == hits.text[last])
        return denied

    def _after_contrast(self, hits: _Hits) -> Flags:
        """Which hits follow a "but" in their text."""
        at = np.arange(len(hits.phrase))
        last = _before(np.maximum.accumulate(np.where(self._phrases.contrasts[hits.phrase], at, -1)))
        after: Flags = (last >= 0) & (hits.text == hits.text[last])
        return after


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


def _before(last: Integers) -> Integers:
    """Shift by one: the latest marker strictly before each hit, -1 where there is none."""
    return np.concatenate((np.array([-1], np.int64), last[:-1]))


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
    totals: Integers = scores[:, _DANGER + 1 :].astype(np.int64)
    best: Integers = np.argmax(totals, axis=1)
    best[totals[np.arange(len(best)), best] == 0] = len(CATEGORIES)
    best[scores[:, _DANGER] >= _DANGER_AT_LEAST] = CATEGORIES.index(Category.SAFETY)
    return best
