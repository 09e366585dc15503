"""Where everything about one local Kafka lives, and the small files through which commands and supervisor meet."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

RUNNING: Final = "running"
STOPPING: Final = "stopping"
FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths under `<home>/kafka`."""

    folder: Path

    @property
    def identity(self) -> Path:
        """Cluster id, number of nodes and ports: written once, kept for the life of the log."""
        return self.folder / "cluster.json"

    @property
    def plan(self) -> Path:
        """What the supervisor is to run."""
        return self.folder / "plan.json"

    @property
    def state(self) -> Path:
        """What the supervisor says of itself."""
        return self.folder / "state.json"

    @property
    def gate(self) -> Path:
        """Lock held while somebody joins, starts or decides to stop."""
        return self.folder / "gate.lock"

    @property
    def running(self) -> Path:
        """Lock held by the supervisor for as long as it lives."""
        return self.folder / "running.lock"

    @property
    def leases(self) -> Path:
        """One locked file a user."""
        return self.folder / "leases"

    @property
    def keep_up(self) -> Path:
        """While it exists the broker needs no user."""
        return self.folder / "keep-up"

    @property
    def stop_now(self) -> Path:
        """Asks the supervisor to stop whoever still uses the broker."""
        return self.folder / "stop-now"

    @property
    def supervisor_log(self) -> Path:
        """The supervisor's own output."""
        return self.folder / "supervisor.log"

    def node(self, number: int) -> Path:
        """The folder of node `number`, counted from 1."""
        return self.folder / f"node{number}"

    def alive(self, number: int) -> Path:
        """Lock held by node `number`'s own process, even when its supervisor is gone."""
        return self.node(number) / "alive.lock"


def read_json(path: Path) -> dict[str, Any]:
    """The object in `path`; an empty one when the file is missing or was cut short."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Replace `path` by `value` in one step, so that a reader sees the old or the new."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(value, indent=1), encoding="utf-8")
    part.replace(path)
