"""Starting the checkpoint in a process of its own, and keeping what it says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from expectations.overview import OVERVIEW


@dataclass(frozen=True, slots=True)
class Documented:
    """How a checkpoint ended: whether every rule held, where its pages are, and what it said if it did not run."""

    holds: bool
    index: Path
    said: str


def document(published: Path, out: Path, *, timeout_seconds: float = 600.0) -> Documented:
    """Run the checkpoint on a published file and write data docs to `out`; blocks for 10 to 60 seconds.

    The pages are written aside and take the place of the last ones whole, so that they never pile up.
    """
    aside = out.with_name(f"{out.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    done = subprocess.run(  # noqa: S603 - our own module, with paths as arguments
        [sys.executable, "-m", "expectations.checkpoint", "--published", str(published), "--out", str(aside)],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_seconds,
    )
    ran = done.stdout.startswith("[")
    if ran:
        shutil.rmtree(out, ignore_errors=True)
        aside.rename(out)
    last = "" if ran else (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    said = last or "The data docs name rules that do not hold; open them to see which."
    return Documented(done.returncode == 0, out / OVERVIEW, said)
