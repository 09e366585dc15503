"""Reading our Markdown pages as programs: every fenced block with its language and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```\s*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: `language` is the first word after the fence, `marks` the others (`word` or `name=value`)."""

    path: Path
    line: int
    language: str
    marks: frozenset[str]
    body: str

    @property
    def where(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"

    @property
    def named(self) -> set[str]:
        """The marks without their values."""
        return {mark.partition("=")[0] for mark in self.marks}

    def value(self, name: str) -> str | None:
        """What stands behind `name=`, or None."""
        return next((mark.partition("=")[2] for mark in self.marks if mark.startswith(f"{name}=")), None)


def documents() -> list[Path]:
    """Every page that a user reads."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        language, *marks = match["info"].split() or [""]
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(path, line, language, frozenset(marks), match["body"]))
    return found
