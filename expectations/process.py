"""Starting the checkpoint in a process of its own, and keeping what it says."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from expectations.overview import OVERVIEW

ASK_SECONDS: Final = 0.5
"""How often somebody is asked whether to go on."""


@dataclass(frozen=True, slots=True)
class Documented:
    """How a checkpoint ended: whether every rule held, where its pages are, and what it said if it did not run."""

    holds: bool
    index: Path
    said: str


def document(
    published: Path, out: Path, *, told: Callable[[], bool] = lambda: False, timeout_seconds: float = 600.0
) -> Documented | None:
    """Run the checkpoint on a published file and write data docs to `out`; blocks for 10 to 60 seconds.

    The pages are written aside and take the place of the last ones whole, so that they never pile up. None once `told`
    to stop: the last pages stay.
    """
    aside = out.with_name(f"{out.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    with subprocess.Popen(  # noqa: S603 - our own module, with paths as arguments
        [sys.executable, "-m", "expectations.checkpoint", "--published", str(published), "--out", str(aside)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches who waits for it
    ) as process:
        try:
            output, errors = _output(process, told, timeout_seconds)
        finally:
            process.kill()
    if told():
        return None
    ran = output.startswith("[")
    if ran:
        shutil.rmtree(out, ignore_errors=True)
        aside.rename(out)
    last = "" if ran else (errors.strip().splitlines() or ["it said nothing"])[-1]
    said = last or "The data docs name rules that do not hold; open them to see which."
    return Documented(process.returncode == 0, out / OVERVIEW, said)


def _output(process: subprocess.Popen[str], told: Callable[[], bool], timeout_seconds: float) -> tuple[str, str]:
    """What it printed, and its complaints; less than that once `told`, or when it took too long."""
    end = time.monotonic() + timeout_seconds
    while not told():
        if time.monotonic() >= end:
            return "", f"The checkpoint took longer than {timeout_seconds:.0f} s and was ended."
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=ASK_SECONDS)
    return "", ""
