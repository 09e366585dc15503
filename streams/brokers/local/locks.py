"""File locks that end with their holder, however it ends: who uses a broker, and who runs it.

The kernel drops a `flock` when the last descriptor of it closes, so a command that is SIGKILLed lets go too. A
descriptor handed to a child keeps the lock for as long as the child lives.
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

POLL_SECONDS: Final = 0.05


def lock(path: Path) -> int:
    """A descriptor that holds the lock of `path`; waits for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def try_lock(path: Path) -> int | None:
    """The same without waiting; None when somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock of `path` now; a missing file is held by nobody."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def wait_until_free(path: Path, seconds: float) -> bool:
    """Whether the lock of `path` became free within so many seconds."""
    end = time.monotonic() + seconds
    while is_held(path):
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold the lock of `path` within the block."""
    descriptor = lock(path)
    try:
        yield
    finally:
        os.close(descriptor)


class Lease:
    """One user's claim on a running broker, held until released or until this process ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._descriptor: int | None = lock(self.path)

    def release(self) -> None:
        """Give it back; a second call does nothing."""
        if self._descriptor is not None:
            self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def held_leases(folder: Path) -> list[str]:
    """Names of the leases in force."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if is_held(path))


def sweep(folder: Path) -> None:
    """Remove leases whose holders are gone. The caller holds the gate, so that none is being taken meanwhile."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if not is_held(path):
            path.unlink(missing_ok=True)
