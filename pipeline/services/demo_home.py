"""A home for the demo: empty at each beginning, and never somebody's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from pipeline.domain.errors import DependencyError, UsageError

MARKER: Final = "demo.json"
"""The file that says: everything here was made by a demo, and may be made again."""
KEPT: Final = ("lake", "published", "state", "kafka", "keys")


def clear_demo_home(home: Path, *, broker_runs: bool) -> None:
    """Empty `home` of an earlier demo and mark it as the demo's.

    Raises `UsageError` when it holds anything else, or its broker is in use.
    """
    marker = home / MARKER
    held = [name for name in KEPT if (home / name).exists()]
    if held and not marker.exists():
        raise UsageError(
            f"{home} holds your own data ({', '.join(held)}), and a demo begins with an empty home; "
            "give it another: vidhuk demo --home DIR"
        )
    if broker_runs:
        raise UsageError(
            f"The broker of {home} is in use, and a demo begins with an empty one. "
            f"Stop what uses it (vidhuk broker down --home {home}), or give the demo another home."
        )
    try:
        for name in held:
            shutil.rmtree(home / name)
        home.mkdir(parents=True, exist_ok=True)
        marker.write_text("{}\n", encoding="utf-8")
    except OSError as error:
        raise DependencyError(f"The home {home} cannot be emptied ({error.strerror}).") from error


def keep_truth(home: Path, truth: bytes) -> None:
    """Put what was really simulated beside the marker, so that anybody can compare."""
    (home / MARKER).write_bytes(truth + b"\n")


def disown(home: Path) -> bool:
    """Make a demo's home somebody's own, because they put their data in; whether it was a demo's."""
    marker = home / MARKER
    was = marker.exists()
    marker.unlink(missing_ok=True)
    return was
