"""What was published and when: one line a publication, kept after its file is gone."""

from __future__ import annotations

import contextlib
import os
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from warehouse.known import Known, Stand
from warehouse.published import Published, current

HISTORY: Final = "history.jsonl"


class Publication(msgspec.Struct, frozen=True, omit_defaults=True):
    """One published version. `definitions` are the versions of metrics that were not in their first one."""

    version: int
    created: datetime
    as_known_at: datetime | None
    models_digest: str
    stands: list[Stand] = []
    definitions: dict[str, int] = {}


def remember(folder: Path, published: Published, definitions: dict[str, int]) -> None:
    """Add a version to the history, once, durably. With the publishing lock held."""
    if any(each.version == published.version for each in _written(folder)):
        return
    line = Publication(
        version=published.version,
        created=published.created,
        as_known_at=published.as_known_at,
        models_digest=published.models_digest,
        stands=published.stands,
        definitions=definitions,
    )
    descriptor = os.open(folder / HISTORY, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, msgspec.json.encode(line) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publications(folder: Path) -> list[Publication]:
    """Every version that was ever published here, oldest first; a line that a crash cut short is passed over.

    The current version is among them even where a crash came between its pointer and its line.
    """
    found = _written(folder)
    newest = current(folder)
    if newest is not None and not any(each.version == newest.version for each in found):
        found.append(
            Publication(newest.version, newest.created, newest.as_known_at, newest.models_digest, newest.stands)
        )
    return found


def known_at(folder: Path, moment: datetime) -> Known:
    """What counts at `moment`: with the stands of the publication that printed this very moment, if one did."""
    for publication in reversed(publications(folder)):
        if publication.as_known_at == moment and publication.stands:
            return Known(moment, tuple(publication.stands))
    return Known(moment)


def _written(folder: Path) -> list[Publication]:
    found = []
    file = folder / HISTORY
    for line in file.read_bytes().splitlines() if file.exists() else ():
        with contextlib.suppress(msgspec.DecodeError):
            found.append(msgspec.json.decode(line, type=Publication))
    return found
