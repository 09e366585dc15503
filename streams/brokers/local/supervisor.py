"""The process that owns the nodes: starts them, restarts one that died, stops all when nobody uses them.

Run as `python -m streams.brokers.local.supervisor FOLDER LOCK_DESCRIPTOR`. It outlives the command that started it and
needs no word from any: it looks at the locks that users hold, which end with them however they end. It imports only
the standard library, so it is up in a moment and stays small.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from streams.brokers.local.layout import FAILED, RUNNING, STOPPING, Layout, read_json, write_json
from streams.brokers.local.locks import held_leases, lock, sweep, try_lock

LOOK_SECONDS: Final = 0.2
STOP_SECONDS: Final = 30.0
RESTARTS: Final = 5
"""A node that dies more often than this …"""
RESTARTS_WITHIN_SECONDS: Final = 120.0
"""… within so long is given up, and the cluster with it."""
SETTLED_SECONDS: Final = 20.0
"""A node that ends by itself sooner has something to say rather than bad luck."""
PR_SET_PDEATHSIG: Final = 1

_CAUSES: Final = (
    ("No space left on device", "the disk is full; free some space and start it again"),
    ("Disk quota exceeded", "the disk quota is used up; free some space and start it again"),
    ("Read-only file system", "its folder is read-only"),
    ("Permission denied", "its folder cannot be written to"),
    ("Address already in use", "another program took one of its ports; start it again to choose others"),
    ("UnsupportedClassVersionError", "this Java is too old; Kafka 4 needs 17 or newer"),
    ("Could not find or load main class", "the jars are not those of a Kafka"),
    ("OutOfMemoryError", "it ran out of memory"),
)


@dataclass(slots=True)
class Node:
    """One Kafka process and its history."""

    number: int
    run: list[str]
    format: list[str]
    formatted: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: list[float] = field(default_factory=list)


class Supervisor:
    """Runs the plan in a folder until nobody needs it."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        plan: dict[str, Any] = read_json(layout.plan)
        self._env: dict[str, str] = plan["env"]
        self._nodes = [
            Node(number, node["run"], node["format"], Path(node["formatted"]))
            for number, node in enumerate(plan["nodes"], start=1)
        ]
        self._asked_to_stop = False
        self._libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def run(self) -> None:
        """Return when all nodes have stopped."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        self._layout.stop_now.unlink(missing_ok=True)
        sentence = self._format() or self._watch()
        if sentence:
            self._say(FAILED, sentence)
        self._stop()
        if not sentence:
            self._layout.state.unlink(missing_ok=True)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked_to_stop = True

    def _format(self) -> str | None:
        """Give every new node its storage; a sentence when one could not be given."""
        formatting = [(node, self._spawn(node, node.format)) for node in self._nodes if not node.formatted.exists()]
        failed = [node for node, process in formatting if process.wait() != 0]
        return self._sentence(failed[0]) if failed else None

    def _watch(self) -> str | None:
        """Run until nobody needs the nodes; a sentence when they cannot be kept running."""
        for node in self._nodes:
            self._start(node)
        self._say(RUNNING)
        while True:
            time.sleep(LOOK_SECONDS)
            if self._asked_to_stop or self._layout.stop_now.exists() or self._is_unneeded():
                self._say(STOPPING)
                return None
            for node in self._nodes:
                code = node.process.poll() if node.process else None
                if code is not None:
                    if self._is_hopeless(node, code):
                        return self._sentence(node)
                    self._start(node)
                    self._say(RUNNING)

    def _is_unneeded(self) -> bool:
        """Whether nobody uses the broker, decided while nobody can join."""
        if self._layout.keep_up.exists() or held_leases(self._layout.leases):
            return False
        gate = try_lock(self._layout.gate)
        if gate is None:
            return False
        try:
            sweep(self._layout.leases)
            unneeded = not self._layout.keep_up.exists() and not held_leases(self._layout.leases)
            if unneeded:
                self._say(STOPPING)  # said within the gate: whoever joins next waits for our end
            return unneeded
        finally:
            os.close(gate)

    @staticmethod
    def _is_hopeless(node: Node, code: int) -> bool:
        now = time.monotonic()
        node.deaths = [death for death in node.deaths if now - death < RESTARTS_WITHIN_SECONDS] + [now]
        return len(node.deaths) > RESTARTS or (code >= 0 and now - node.started < SETTLED_SECONDS)

    def _start(self, node: Node) -> None:
        node.started = time.monotonic()
        node.process = self._spawn(node, node.run)

    def _spawn(self, node: Node, command: list[str]) -> subprocess.Popen[bytes]:
        """Start `command` holding the node's own lock, so that it is known to live even if we do not."""
        alive = lock(self._layout.alive(node.number))
        try:
            with (self._layout.node(node.number) / "out").open("ab") as out:
                return subprocess.Popen(  # noqa: S603 - the plan's command
                    command,
                    env=self._env,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    pass_fds=[alive],
                    preexec_fn=self._end_with_us if self._libc is not None else None,  # noqa: PLW1509 - one thread here
                )
        finally:
            os.close(alive)

    def _end_with_us(self) -> None:
        """On Linux a node is told to stop when we are SIGKILLed; elsewhere the next start ends the orphan."""
        if self._libc is not None:
            self._libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def _stop(self) -> None:
        processes = [node.process for node in self._nodes if node.process is not None]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        end = time.monotonic() + STOP_SECONDS
        for process in processes:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _say(self, phase: str, sentence: str = "") -> None:
        pids = [node.process.pid for node in self._nodes if node.process is not None]
        write_json(self._layout.state, {"phase": phase, "pid": os.getpid(), "nodes": pids, "sentence": sentence})

    def _sentence(self, node: Node) -> str:
        folder = self._layout.node(node.number)
        said = _tail(folder / "out") + _tail(folder / "kafka.log")
        cause = next((meaning for mark, meaning in _CAUSES if mark in said), "its log says why")
        return f"The local Kafka stopped by itself: {cause}. Its log is {folder / 'kafka.log'}."


def _tail(path: Path, size: int = 20_000) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - size))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def main() -> None:
    """Detach from the command that started us, then supervise."""
    if os.fork():
        os._exit(0)  # the command waits for this one only; nobody has to reap the other
    os.setsid()
    Supervisor(Layout(Path(sys.argv[1]))).run()
    # the descriptor in argv[2] holds the lock "running" until this very end of the process


if __name__ == "__main__":
    main()
