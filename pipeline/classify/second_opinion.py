"""What py3langid says of texts in which no language leads by letters and frequent words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# How confident it must be. Below, single words, names and transliterated Ukrainian (which looks Polish to it) would be
# given a language. Chosen on the corpus' training texts and every other line of tests/unit/classify/data/languages.csv.
_AT_LEAST = {"en": 0.4, "uk": 0.5, "ru": 0.6, "pl": 0.9, "de": 0.7, "fr": 0.9, "es": 0.9, "it": 0.9}


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_AT_LEAST)
    return identifier


def likeliest(texts: Iterable[str]) -> list[str | None]:
    """The likeliest of the eight languages for each text, None where none is likely enough.

    Naive Bayes over runs of bytes (Lui and Baldwin, 2012, `langid.py: An Off-the-shelf Language Identification Tool`).
    Texts are looked at one by one, so their company cannot matter. The model, 4 MB and part of the package, is loaded
    at the first text.
    """
    found: list[str | None] = []
    for text in texts:
        language, confidence = _identifier().classify(text)
        found.append(language if confidence >= _AT_LEAST[language] else None)
    return found
