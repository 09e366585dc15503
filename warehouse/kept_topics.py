"""Emerging phrases kept between publications, for as long as the texts that they were counted from are the same."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

import pipeline

_KEY: Final = b"counted_from"
_ENGINE: Final = ("topics", "statistics/emergence.py", "classify/features.py", "classify/letters.py")


def kept_phrases(path: Path, texts: str) -> pa.Table | None:
    """What was kept when the same engine counted the same `texts`, a digest of them; None when it has to count."""
    try:
        kept = pq.read_table(path)
    except (OSError, pa.ArrowException):  # none yet, or a file nobody can read: counting again costs time alone
        return None
    metadata = kept.schema.metadata or {}
    return kept.replace_schema_metadata(None) if metadata.get(_KEY) == _key(texts) else None


def keep_phrases(path: Path, texts: str, phrases: pa.Table) -> None:
    """Replace what is kept. A disk that refuses is no error: the next publication counts again."""
    partial = path.with_suffix(".partial")
    with suppress(OSError):
        pq.write_table(phrases.replace_schema_metadata({_KEY: _key(texts)}), partial)
        partial.replace(path)


def _key(texts: str) -> bytes:
    return f"{_engine_digest()} {texts}".encode()


@cache
def _engine_digest() -> str:
    """SHA-256 of the sources that say what a phrase is and when it departs."""
    root = Path(pipeline.__path__[0])
    digest = hashlib.sha256()
    for name in _ENGINE:
        part = root / name
        files = [part] if part.is_file() else sorted([*part.glob("*.py"), *part.glob("*.toml")])
        for file in files:
            digest.update(file.read_bytes())
    return digest.hexdigest()
