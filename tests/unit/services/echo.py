"""A classifier for tests of the intake."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.ports import Classification


class Echo:
    """A classifier whose answers show what it was asked."""

    model = "echo 1"

    def __init__(self) -> None:
        self.calls: list[list[str | None]] = []

    def classify(self, texts: Sequence[str | None], stated_languages: Sequence[str | None]) -> Classification:
        self.calls.append(list(texts))
        some = [text is not None for text in texts]
        return Classification(
            model=self.model,
            language=[language or "en" for language in stated_languages],
            record_class=["complaint" if one else None for one in some],
            category=["delivery" if one else None for one in some],
            sentiment=["negative" if one else None for one in some],
            safety=[one and "fire" in str(text) for one, text in zip(some, texts, strict=True)],
        )
