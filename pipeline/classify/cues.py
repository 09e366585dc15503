"""What a text says outright: its lexicon sums, their balance, its marks and its length, as numbers a model weighs.

Hashed features learn which words go with which class; phrases know what a negation or a *but* does to them. All cues
are whole numbers before they are scaled, so a text has the same cues in any batch and on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.classify.features import MAX_LETTERS, TextBuffers
from pipeline.classify.lexicon import LexiconClassifier
from pipeline.classify.phrases import COLUMNS

Floats = npt.NDArray[np.float32]

CUES_VERSION: Final = 1
"""Which definition of the cues this is; with the lexicons' digest it stands in every model that weighs them."""

_MOST_OF_A_SUM: Final = 16
"""A sum counts up to here in either direction: about three plain phrases."""
_SUM_SCALE: Final = np.float32(0.0375)
_SIGN_SCALE: Final = np.float32(0.2)
_SHORT, _LONG = 40, 150
_POSITIVE, _NEGATIVE = COLUMNS.index("positive"), COLUMNS.index("negative")
_SIGNS: Final = ("praises more", "blames more", "does both", "!", "! twice", "?", "ends with ?", "…", "short", "long")

CUES: Final = (*COLUMNS, *_SIGNS)
"""The names of the cues, in the order of their columns."""


@dataclass(frozen=True, slots=True)
class CueReader:
    """Reads the cues of texts by the phrases of a lexicon."""

    lexicon: LexiconClassifier

    @classmethod
    def shipped(cls) -> CueReader:
        """The reader of all phrases that Vidhuk ships."""
        return cls(LexiconClassifier())

    @property
    def id(self) -> str:
        """The definition's version and the lexicons' digest: under one id a text has always the same cues."""
        return f"cues-{CUES_VERSION}+{self.lexicon.digest}"

    def read(self, texts: Sequence[str | None]) -> Floats:
        """One row per text, one column per name in `CUES`; nothing but "short" speaks of an absent text."""
        sums = self.lexicon.sums(texts)
        cues = np.empty((len(texts), len(CUES)), np.float32)
        cues[:, : len(COLUMNS)] = np.clip(sums, -_MOST_OF_A_SUM, _MOST_OF_A_SUM)
        cues[:, : len(COLUMNS)] *= _SUM_SCALE
        cues[:, len(COLUMNS) :] = _signs(texts, sums)
        cues[:, len(COLUMNS) :] *= _SIGN_SCALE
        return cues


def _signs(texts: Sequence[str | None], sums: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Which of `_SIGNS` each text shows."""
    praise, blame = sums[:, _POSITIVE], sums[:, _NEGATIVE]
    signs = np.empty((len(texts), len(_SIGNS)), np.bool_)
    signs[:, 0], signs[:, 1], signs[:, 2] = praise > blame, blame > praise, (praise > 0) & (blame > 0)
    signs[:, 3:] = np.array([_marks(text or "") for text in texts], np.bool_).reshape(-1, len(_SIGNS) - 3)
    return signs


def _marks(text: str) -> tuple[bool, ...]:
    text = text[:MAX_LETTERS]
    loud = text.count("!")
    asks = "?" in text
    length = len(text)
    return (
        loud > 0,
        loud > 1,
        asks,
        asks and text.rstrip().endswith("?"),
        "…" in text or "..." in text,
        length < _SHORT,
        length > _LONG,
    )


def strings_of(texts: TextBuffers) -> list[str]:
    """The texts themselves, an absent one empty."""
    data, places = texts.data.tobytes(), texts.offsets.tolist()
    return [data[a:b].decode("utf-8", "replace") for a, b in pairwise(places)]
