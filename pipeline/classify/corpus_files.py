"""The labelled corpus behind the default model: see docs/annotation.md for what its labels mean."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.domain.taxonomy import CONFIDENCE_HEADS

CORPUS: Final = Path(__file__).parent / "corpus"
LANGUAGES: Final = ("en", "uk")
TRAINING_PARTS: Final = ("train", "lexicon")
"""Files to learn from; `lexicon` is the half that the lexicon was extended with, and has no severity."""


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts in file order, and by head one label for each, None where it was not labelled."""

    texts: list[str]
    labels: dict[str, list[str | None]]

    def __len__(self) -> int:
        return len(self.texts)


def corpus_file(part: str, language: str) -> Path:
    """Where the texts of this part and language are."""
    return CORPUS / f"{part}_{language}.csv"


def held_out_file(name: str) -> Path | None:
    """The file that is called `held_out_en` or `held_out_uk`, None for any other name."""
    return {f"held_out_{language}": corpus_file("held_out", language) for language in LANGUAGES}.get(name)


def labelled_texts(*files: Path) -> LabelledTexts:
    """The rows of these files, one after another."""
    rows: list[dict[str, str]] = []
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return LabelledTexts(
        [row["text"] for row in rows], {head: [row.get(head) or None for row in rows] for head in CONFIDENCE_HEADS}
    )


def training_texts() -> LabelledTexts:
    """All texts to learn from, English first."""
    return labelled_texts(*(corpus_file(part, language) for language in LANGUAGES for part in TRAINING_PARTS))


def held_out_texts(language: str) -> LabelledTexts:
    """The texts of one language that nothing was learnt from or chosen by."""
    return labelled_texts(corpus_file("held_out", language))
