"""Taxonomies for tests: the worked example of the pages, and one for models with categories of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pipeline.domain.taxonomies.documents import taxonomy_of
from pipeline.domain.taxonomies.loading import load_taxonomy, shipped_taxonomy
from pipeline.domain.taxonomies.taxonomy import Taxonomy

TELECOM: Final = Path(__file__).parents[1] / "docs" / "examples" / "taxonomies" / "telecom.toml"
BECOMES: Final = {
    "product_quality": "network",
    "delivery": "equipment",
    "returns_refunds": "equipment",
    "billing_price": "bills",
    "advertising_information": "offers",
    "after_sales_service": "support",
    "staff_conduct": "support",
    "access_digital": "app_and_shops",
    "personal_data": "privacy",
    "safety": "safety",
    "other": "other",
}
"""What the example makes of each of our categories."""


def telecom() -> Taxonomy:
    return load_taxonomy(str(TELECOM))


def a_document(*ids: str, name: str = "own", head: str = "") -> str:
    """The text of a taxonomy with these ids, the last one its fallback, that takes nothing from our models."""
    tables = [
        f'[[category]]\nid = "{each}"\ndescription = "About {each}."\n'
        f'label = {{ en = "The {each}", uk = "Про {each}" }}\n'
        for each in ids
    ]
    return "\n".join([f'name = "{name}"\nversion = 1\nfallback = "{ids[-1]}"\n{head}', *tables])


def a_taxonomy(*ids: str, name: str = "own") -> Taxonomy:
    return taxonomy_of(f"{name}.toml", a_document(*ids, name=name).encode(), shipped_taxonomy().ids)
