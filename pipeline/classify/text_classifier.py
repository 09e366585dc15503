"""The default classifier: one trained model answers every question of a batch in one pass; language comes first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.classify.cues import CUES, Floats
from pipeline.classify.folding import fold_sentences, slices
from pipeline.classify.heads import DONT_KNOW, Answers
from pipeline.classify.language import languages_of
from pipeline.classify.model import TextModel
from pipeline.classify.phrase_sums import DangerReader, PhraseReader
from pipeline.domain.errors import UsageError
from pipeline.domain.taxonomy import CONFIDENCE_HEADS
from pipeline.ports import Classification

DEFAULT_MODEL: Final = Path(__file__).parent / "models" / "default.model"

DEFAULT_NAME: Final = "default"
"""What a user calls the model that Vidhuk ships."""

DEFAULT_LANGUAGES: Final = frozenset({"en", "uk", "ru", "und"})
"""Languages that the default model has learnt; a text in another one gets its language and nothing else."""

_PERCENTS: Final = tuple(str(percent) for percent in range(101))
_NOT_ASKED: Final = "-"
_DANGEROUS: Final = "true"
_LIKELIER_THAN_NOT: Final = 0.5
_DANGER_AT_LEAST: Final = 0.35
"""The default model flags dangers likelier than this. Chosen by cross-validation over the trades of the training texts:
of the harmless ones four in a hundred may be flagged, those with a phrase included."""


class _Reading(NamedTuple):
    """What is told of texts without a model: languages, None for blank ones; cues, None where none are weighed."""

    languages: list[str | None]
    cues: Floats | None
    dangers: npt.NDArray[np.bool_]


class TextClassifier:
    """A `Classifier` over a model whose heads are named as `CONFIDENCE_HEADS`; it need not have all of them.

    Of what a head does not know enough about, nothing is said; its confidence is said all the same, so that a person
    can look the text up. Dangers are the exception: where the model leans to one, or a phrase names one, there is one,
    because a danger overlooked costs more than a false alarm.
    """

    def __init__(
        self,
        model: TextModel,
        languages: Collection[str] | None = None,
        *,
        dangers: bool = False,
        danger_at_least: float = _LIKELIER_THAN_NOT,
    ) -> None:
        """Only texts in `languages` are answered, all if None; with `dangers` the lexicons' phrases flag them too.

        A danger is flagged that is likelier than `danger_at_least`, which is at most a half.

        Raises `UsageError` when no head is of use.
        """
        self._model = model
        self._phrases = model.cues.phrases if model.cues else PhraseReader.shipped() if dangers else None
        self._dangers = DangerReader(self._phrases.phrases) if dangers and self._phrases else None
        self._languages = languages
        self._danger_at_least = danger_at_least
        self._heads = {head.name for head in model.heads}
        if not self._heads & set(CONFIDENCE_HEADS):
            raise UsageError(
                f"the model {model.id} answers {', '.join(sorted(self._heads))}, and none of "
                f"{', '.join(CONFIDENCE_HEADS)}; train it with `--label` naming a column of that name"
            )

    @classmethod
    def default(cls) -> TextClassifier:
        """The classifier that Vidhuk ships."""
        return cls(TextModel.load(DEFAULT_MODEL), DEFAULT_LANGUAGES, dangers=True, danger_at_least=_DANGER_AT_LEAST)

    @property
    def heads(self) -> tuple[str, ...]:
        """Which of `CONFIDENCE_HEADS` its model answers."""
        return tuple(name for name in CONFIDENCE_HEADS if name in self._heads)

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories that its model may answer; none where it was not taught any."""
        return next((head.classes for head in self._model.heads if head.name == "category"), ())

    @property
    def model(self) -> str:
        """The model's id (name, version, digest of its bytes), then the digest of the phrases that flag dangers."""
        return self._model.id if self._dangers is None else f"{self._model.id}+{self._dangers.digest}"

    def classify(self, texts: Sequence[str | None], stated_languages: Sequence[str | None]) -> Classification:
        """One answer per text, in order; None throughout where the text is absent or blank.

        A stated language is believed.
        """
        read = self._read(texts)
        # what is blank has no language
        language = [
            None if guess is None else said or guess
            for said, guess in zip(stated_languages, read.languages, strict=True)
        ]
        present = np.fromiter(map(self._speaks, language), np.bool_, len(language))
        answers = self._model.predict(texts, read.cues)
        severity = _labels(answers.get("severity"), present)
        return Classification(
            model=self.model,
            language=language,
            record_class=_labels(answers.get("record_class"), present),
            category=_labels(answers.get("category"), present),
            sentiment=_labels(answers.get("sentiment"), present),
            safety=_dangerous(answers.get("safety"), self._danger_at_least, read.dangers, present),
            severity=[None if level is None else int(level) for level in severity],
            confidence=_confidences(answers, present),
        )

    def _read(self, texts: Sequence[str | None]) -> _Reading:
        """What is told of the texts without the model, which is not weighed by itself: each is folded once."""
        languages: list[str | None] = []
        dangers = np.zeros(len(texts), np.bool_)
        cues = None if self._model.cues is None else np.empty((len(texts), len(CUES)), np.float32)
        for begin, end in slices(texts):
            folded, marks = fold_sentences(texts[begin:end])
            languages += languages_of(texts[begin:end], folded)
            if self._phrases is None:
                continue
            found = self._phrases.find(folded)
            if cues is not None and self._model.cues is not None:
                cues[begin:end] = self._model.cues.of(found, marks)
            if self._dangers is not None:
                dangers[begin:end] = self._dangers.reported(found)
        return _Reading(languages, cues, dangers)

    def _speaks(self, language: str | None) -> bool:
        """Whether a text in this language is answered; regions of a language are the language."""
        if language is None:
            return False
        return self._languages is None or language.partition("-")[0].lower() in self._languages


def _dangerous(
    head: Answers | None, at_least: float, named: npt.NDArray[np.bool_], present: npt.NDArray[np.bool_]
) -> list[bool | None]:
    """Of each text whether it reports a danger, which a phrase may name; None where that is unknown."""
    leaning: list[bool | None] = [None] * len(named)
    if head is not None:
        dangerous = np.array([name == _DANGEROUS for name in head.head.classes])[head.best]
        if len(head.head.classes) == 2 and _DANGEROUS in head.head.classes:
            dangerous |= head.confidence < 1 - at_least
        said = head.answer != DONT_KNOW
        leaning = [
            True if leans else False if known else None
            for leans, known in zip(dangerous.tolist(), said.tolist(), strict=True)
        ]
    return [
        (named_here or leans) if here else None
        for named_here, leans, here in zip(named.tolist(), leaning, present.tolist(), strict=True)
    ]


def _labels(answers: Answers | None, present: npt.NDArray[np.bool_]) -> list[str | None]:
    if answers is None:
        return [None] * len(present)
    names = (*answers.head.classes, None)
    return [names[i] for i in np.where(present, answers.answer, -1).tolist()]


def _confidences(answers: dict[str, Answers], present: npt.NDArray[np.bool_]) -> list[str | None]:
    """Of each text the heads' confidences in whole percent, in the order of `CONFIDENCE_HEADS`, between spaces."""
    columns = []
    for name in CONFIDENCE_HEADS:
        head = answers.get(name)
        if head is None:
            columns.append([_NOT_ASKED] * len(present))
        else:
            # rounded down: what is not certain is never called 100
            percents = np.floor(head.confidence * 100).astype(np.int64)
            columns.append([_PERCENTS[percent] for percent in percents.tolist()])
    joined = map(" ".join, zip(*columns, strict=True))
    return [said if here else None for said, here in zip(joined, present.tolist(), strict=True)]
