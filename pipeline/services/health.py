"""Checks of what Vidhuk depends on: each says in one sentence what is so, or what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from pipeline.domain.errors import DependencyError, VidhukError
from pipeline.settings import Settings

SECRET_WORDS: Final = ("password", "secret", "token", "key", "jaas", "passphrase")
MASK: Final = "••••••"
LOW_DISK_BYTES: Final = 1_000_000_000
PACKAGES: Final = ("faust-streaming", "aiokafka", "kafka-python", "confluent-kafka", "duckdb", "pyarrow", "deltalake")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `ok` None means that it could not be looked at, which is not a failure."""

    name: str
    ok: bool | None
    sentence: str


Check = Callable[[], str]
"""Returns a sentence about what is so; raises a `VidhukError` that says what is wrong."""


def examine(checks: Iterable[tuple[str, Check]]) -> list[Finding]:
    """One finding a check, in order; a check that fails does not keep the others from running."""
    findings = []
    for name, check in checks:
        try:
            findings.append(Finding(name, ok=True, sentence=check()))
        except VidhukError as error:
            findings.append(Finding(name, ok=False, sentence=str(error)))
    return findings


def effective(settings: Settings) -> dict[str, str]:
    """Every setting as text, secrets masked: safe to print and to paste into a bug report."""
    shown = {name: str(getattr(settings, name)) for name in settings.__struct_fields__ if name != "kafka_options"}
    shown["home"] = str(settings.home_path)
    for option, value in sorted(settings.kafka_options.items()):
        shown[f"kafka_options.{option}"] = MASK if _is_secret(option) else value
    return shown


def check_python() -> str:
    """The interpreter and the versions of the packages that matter."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    return f"Python {sys.version.split()[0]} with {versions}"


def check_home(home: Path) -> str:
    """The home can be written to and has room.

    Raises `VidhukError` naming the folder.
    """
    writable_home(home)
    free = shutil.disk_usage(home).free
    if free < LOW_DISK_BYTES:
        raise VidhukError(f"{home} has {free / 1e6:.0f} MB left; free some space before running anything")
    return f"{home} is writable, {free / 1e9:.1f} GB free"


def writable_home(home: Path) -> None:
    """Make the home if need be and prove that a file can be written and synced there.

    Raises `DependencyError` naming the folder and the system's reason.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise DependencyError(
            f"The home {home} cannot be written to ({error.strerror}); choose another with --home or VIDHUK_HOME"
        ) from error


def _is_secret(option: str) -> bool:
    return any(word in option.lower() for word in SECRET_WORDS)
