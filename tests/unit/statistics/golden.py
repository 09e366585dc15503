"""The shared golden values, where they are at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest


def golden(name: str) -> Any:
    """One entry of `../shared/golden/statistics.json`; skips naming the path when absent, fails where `CI` is set."""
    for folder in Path(__file__).resolve().parents:
        path = folder / "shared" / "golden" / "statistics.json"
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))[name]
    if os.environ.get("CI"):
        pytest.fail("../shared/golden/statistics.json is absent")
    pytest.skip("../shared/golden/statistics.json is absent")
