"""The glossary speaks of names that exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`([A-Za-z_.]+)`", GLOSSARY)))
WORDS = re.findall(r"^\| ([^|]+) \|", GLOSSARY, re.MULTILINE)


@cache
def sources() -> str:
    folders = ("pipeline", "streams", "warehouse", "expectations")
    files = [path for folder in folders for kind in ("*.py", "*.sql") for path in (ROOT / folder).rglob(kind)]
    return "\n".join(f"{path.stem}\n{path.read_text(encoding='utf-8')}" for path in files)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_in_the_glossary_is_in_the_sources(name: str) -> None:
    said = "HOME" if name == "VIDHUK_HOME" else name  # settings read the variable as VIDHUK_<FIELD>
    assert re.search(rf"(?<![A-Za-z_]){re.escape(said)}(?![A-Za-z_])", sources(), re.IGNORECASE), name


def test_every_word_is_explained_once() -> None:
    words = [word for word in WORDS if word not in {"word", "---"}]
    assert len(words) == len(set(words)) > 40
