"""The taxonomy in force: the one that Vidhuk ships, or the file that a setting names."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from pipeline.domain.taxonomies.documents import TaxonomyError, taxonomy_of
from pipeline.domain.taxonomies.taxonomy import Taxonomy

SHIPPED: Final = "default.toml"
"""The document in force where nothing is configured."""


@cache
def shipped_taxonomy() -> Taxonomy:
    """Vidhuk's own taxonomy, whose ids are what its models answer in."""
    return taxonomy_of(SHIPPED, (resources.files(__package__) / SHIPPED).read_bytes())


def load_taxonomy(where: str | None = None) -> Taxonomy:
    """The taxonomy of a setting: a TOML file, or None for the one that Vidhuk ships.

    Raises `TaxonomyError` with all that is wrong with the file, or that it cannot be read.
    """
    if where is None:
        return shipped_taxonomy()
    path = Path(where).expanduser()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TaxonomyError([f"{path}: the taxonomy cannot be read: {error.strerror}."]) from error
    return taxonomy_of(str(path), content, shipped_taxonomy().ids)


def is_shipped(taxonomy: Taxonomy) -> bool:
    """Whether a taxonomy decides as Vidhuk's own does, and is called so."""
    return taxonomy.digest == shipped_taxonomy().digest
