"""Files as sources of events."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pipeline.domain.errors import UsageError
from pipeline.services.running import Source


def sources_of(files: Sequence[Path], format_name: str, mapping: Path | None = None) -> list[Source]:
    """One source a file, by its format's importer. Raises `UsageError` for a file or format that is not there."""
    from pipeline.importers.formats import importer

    read = importer(format_name, mapping)
    for file in files:
        if not file.is_file():
            raise UsageError(f"There is no file {file}.")
    return [Source(file.name, partial(read, str(file))) for file in files]
