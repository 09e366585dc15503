"""The golden values: a copy kept here, and the shared file itself where it is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_COPY = Path(__file__).with_name("golden_values.json")


def golden_file() -> Path:
    """`../shared/golden/statistics.json` where it is beside the project, else the copy in this folder."""
    for folder in Path(__file__).resolve().parents:
        path = folder / "shared" / "golden" / "statistics.json"
        if path.exists():
            return path
    return _COPY


def all_golden() -> dict[str, Any]:
    """Every entry by name."""
    found: dict[str, Any] = json.loads(golden_file().read_text(encoding="utf-8"))
    return found


def golden(name: str) -> Any:
    """One entry."""
    return all_golden()[name]
