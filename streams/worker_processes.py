"""Workers as child processes of a command that needs them for a while: started, watched, stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final

from pipeline.domain.errors import FatalError
from pipeline.settings import Settings, as_environment

ROLES: Final = ("intake", "ledger")
STOP_SECONDS: Final = 20.0
RESTARTS: Final = 5
"""How often one worker that a signal killed is started again before the command gives up."""


class WorkerProcesses:
    """One child a role; their output goes to `<home>/state/logs/worker-<role>.log`.

    Children end with this process however it ends: each holds the reading end of a pipe whose other end closes with it.
    """

    def __init__(self, settings: Settings, roles: Sequence[str] = ROLES) -> None:
        self._settings = settings
        self._roles = tuple(roles)
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._restarts = dict.fromkeys(self._roles, 0)

    def start(self) -> None:
        """Start a child for each role; returns at once."""
        for role in self._roles:
            self._children[role] = self._spawn(role)

    def check(self) -> None:
        """Restart a child that a signal killed; raise `FatalError` with its last words when one gave up by itself."""
        for role, child in self._children.items():
            code = child.poll()
            if code is None:
                continue
            if code < 0 and self._restarts[role] < RESTARTS:
                self._restarts[role] += 1
                self._children[role] = self._spawn(role)
                continue
            raise FatalError(
                f"The {role} worker stopped with exit code {code}: {self._last_words(role)} "
                f"(its log: {self.log_path(role)}). What it had not finished is still on the broker."
            )

    def stop(self) -> None:
        """Ask every child to leave, then insist."""
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        for child in self._children.values():
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            _close(child.stdin)
        self._children.clear()

    def pids(self) -> dict[str, int]:
        """Process id of each running child, by role."""
        return {role: child.pid for role, child in self._children.items() if child.poll() is None}

    def log_path(self, role: str) -> Path:
        """Where a role's output goes."""
        return self._settings.state_path / "logs" / f"worker-{role}.log"

    def _spawn(self, role: str) -> subprocess.Popen[bytes]:
        log = self.log_path(role)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            return subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "pipeline", "worker", "--role", role, "--attached"],
                env={**os.environ, **as_environment(self._settings)},
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C reaches the command, which then stops its children in order
            )

    def _last_words(self, role: str) -> str:
        try:
            lines = self.log_path(role).read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            return "it left no log"
        said = [line.strip() for line in lines if line.strip()]
        return said[-1][:500] if said else "it said nothing"


def stop_with_parent(stop: Callable[[], None]) -> None:
    """Call `stop` from a thread of its own once the parent's end of standard input closes."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        stop()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        pipe.close()
