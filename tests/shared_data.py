"""Where the shared real-data folder is: beside the project, or beside a folder that holds it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def shared_data(relative: str) -> Path:
    """Path of one file or folder under `../shared/data`.

    Skips the test, naming the path, when it is absent; fails it instead where `CI` is set, because there the real
    files must be tested.
    """
    for folder in _ROOT.parents:
        path = folder / "shared" / "data" / relative
        if path.exists():
            return path
    missing = f"../shared/data/{relative} is absent"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
