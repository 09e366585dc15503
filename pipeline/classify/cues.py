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

from pipeline.classify.features import TextBuffers
from pipeline.classify.folding import fold_sentences, slices
from pipeline.classify.phrase_sums import Found, PhraseReader
from pipeline.classify.phrases import COLUMNS
from pipeline.classify.sentences import MARKS, PARTS, Flags

Floats = npt.NDArray[np.float32]

CUES_VERSION: Final = 3
"""Which definition of the cues this is; with the lexicons' digest it stands in every model that weighs them."""

_MOST_OF_A_SUM: Final = 16
"""A sum counts up to here in either direction: about three plain phrases."""
_SUM_SCALE: Final = np.float32(0.01875)
_SIGN_SCALE: Final = np.float32(0.1)
_POSITIVE, _NEGATIVE = COLUMNS.index("positive"), COLUMNS.index("negative")
_LIKED, _DISLIKED = COLUMNS.index("liked"), COLUMNS.index("disliked")
_BALANCE: Final = ("praises more", "blames more", "does both", "likes more", "dislikes more")
_PARTS: Final = ("", "first: ", "last: ")

CUES: Final = tuple(part + name for part in _PARTS for name in (*COLUMNS, *_BALANCE, *MARKS))
"""The names of the cues, in the order of their columns: of the whole text, of its first sentence and of its last."""


@dataclass(frozen=True, slots=True)
class CueReader:
    """Reads the cues of texts by the phrases of the lexicons."""

    phrases: PhraseReader

    @classmethod
    def shipped(cls) -> CueReader:
        """The reader of all phrases that Vidhuk ships."""
        return cls(PhraseReader.shipped())

    @property
    def id(self) -> str:
        """The definition's version and the lexicons' digest: under one id a text has always the same cues."""
        return f"cues-{CUES_VERSION}+{self.phrases.digest}"

    def read(self, texts: Sequence[str | None]) -> Floats:
        """One row per text, one column per name in `CUES`.

        A text of one sentence has neither a first nor a last one; of an absent text nothing is told but its shortness.
        """
        parts = [np.empty((0, len(CUES)), np.float32)]
        for begin, end in slices(texts):
            folded, marks = fold_sentences(texts[begin:end])
            parts.append(self.of(self.phrases.find(folded), marks))
        return np.concatenate(parts)

    def of(self, found: Found, marks: Flags) -> Floats:
        """The same for texts whose phrases and marks are known already."""
        # what is praised at first and blamed at last is another matter than the reverse
        sums = self.phrases.sums_of_parts(found)
        praise, blame = sums[:, :, _POSITIVE], sums[:, :, _NEGATIVE]
        liked, disliked = sums[:, :, _LIKED], sums[:, :, _DISLIKED]
        found_both = (praise > 0) & (blame > 0)
        balance = np.stack([praise > blame, blame > praise, found_both, liked > disliked, disliked > liked], axis=2)
        cues = np.empty((len(sums), PARTS, len(CUES) // PARTS), np.float32)
        signs = cues[:, :, len(COLUMNS) :]
        signs[:, :, : len(_BALANCE)], signs[:, :, len(_BALANCE) :] = balance, marks
        signs *= _SIGN_SCALE
        cues[:, :, : len(COLUMNS)] = np.clip(sums, -_MOST_OF_A_SUM, _MOST_OF_A_SUM)
        cues[:, :, : len(COLUMNS)] *= _SUM_SCALE
        return cues.reshape(len(sums), len(CUES))


def strings_of(texts: TextBuffers) -> list[str]:
    """The texts themselves, an absent one empty."""
    data, places = texts.data.tobytes(), texts.offsets.tolist()
    return [data[a:b].decode("utf-8", "replace") for a, b in pairwise(places)]
