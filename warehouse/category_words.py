"""The taxonomy in force as a relation, which dim_category is made from."""

from __future__ import annotations

import hashlib
from typing import Final

import duckdb
import msgspec

from pipeline.domain.taxonomies.loading import shipped_taxonomy
from pipeline.domain.taxonomies.taxonomy import Taxonomy

_COLUMNS: Final = (
    "id varchar, label_en varchar, label_uk varchar, description varchar, characteristic varchar, taxonomy varchar, "
    "position integer"
)


def attach_categories(connection: duckdb.DuckDBPyConnection, taxonomy: Taxonomy | None = None) -> None:
    """Make `category_definition` a temporary relation: one row per category of the taxonomy, ours if None."""
    connection.execute(f"create or replace temp table category_definition ({_COLUMNS})").fetchall()
    connection.executemany("insert into category_definition values (?, ?, ?, ?, ?, ?, ?)", _rows(taxonomy))


def categories_digest(taxonomy: Taxonomy) -> str:
    """SHA-256 of all that people read of a taxonomy: another label is another publication."""
    return hashlib.sha256(msgspec.json.encode(_rows(taxonomy))).hexdigest()


def _rows(taxonomy: Taxonomy | None) -> list[list[object]]:
    taken = shipped_taxonomy() if taxonomy is None else taxonomy
    return [
        [each.id, each.label_en, each.label_uk, each.description, each.characteristic, taken.title, place]
        for place, each in enumerate(taken.categories, start=1)
    ]
