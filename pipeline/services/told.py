"""What alerts were told of, kept in the home's state as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from pipeline.domain.errors import DependencyError, FatalError

T = TypeVar("T")


def told_of(path: Path, kind: type[T]) -> T | None:
    """What the file holds; None when nothing was ever told. Raises `FatalError` on a file that cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, OSError) as error:
        raise FatalError(
            f"{path} cannot be read as a list of alerts: {error}. Remove it, and all signals are told again."
        ) from error


def keep_told(path: Path, told: object) -> None:
    """Write the file anew, whole or not at all. Raises `DependencyError` when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(told, order="sorted"))
        partial.replace(path)
    except OSError as error:
        raise DependencyError(
            f"{path} cannot be written: {error.strerror}. The next run tells the same again."
        ) from error
