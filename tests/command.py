"""Calling `vidhuk` as a user does, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIDHUK_")}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return kept | {"VIDHUK_HOME": str(home), "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "100"} | more


def vidhuk(
    *arguments: str, home: Path, check: bool = True, timeout: float = 300.0, extra: Mapping[str, str] | None = None
) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        env=environment(home, **(extra or {})),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    answer = Answer(done.returncode, done.stdout, done.stderr)
    if check:
        assert answer.code == 0, f"vidhuk {' '.join(arguments)} ended with {answer.code}\n{answer.out}\n{answer.err}"
    return answer


def rows(query: str, home: Path) -> list[dict[str, Any]]:
    """Rows of a query on the published warehouse."""
    answer: list[dict[str, Any]] = vidhuk("sql", query, "--json", home=home).json
    return answer
