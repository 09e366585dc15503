"""Tsvirkun, an invented online retailer: what it sells, how people reach it, what they write about, and how often."""

from __future__ import annotations

from typing import Final

from pipeline.domain.taxonomy import Category, RecordClass
from pipeline.simulator.chance import deck

CHANNELS: Final = deck({"email": 24, "web": 20, "app": 18, "chat": 16, "phone": 13, "social": 9})

SUBSCRIPTION: Final = "plus-subscription"
PARCEL_HOME: Final = "parcel-domestic"
PARCEL_ABROAD: Final = "parcel-abroad"
GOODS: Final = (
    "kettle",
    "headphones",
    "winter-jacket",
    "sneakers",
    "coffee-beans",
    "toy-blocks",
    "desk-lamp",
    "backpack",
    "face-cream",
    "phone-charger",
)
PRODUCTS: Final = (*GOODS, PARCEL_HOME, PARCEL_ABROAD, SUBSCRIPTION)

_GOODS_ONLY: Final = deck({product: 12 - rank for rank, product in enumerate(GOODS)})
_ANY: Final = deck({**dict.fromkeys(GOODS, 3), PARCEL_HOME: 8, PARCEL_ABROAD: 4, SUBSCRIPTION: 4})
_MONEY: Final = deck({**dict.fromkeys(GOODS, 4), PARCEL_HOME: 4, PARCEL_ABROAD: 6, SUBSCRIPTION: 8})
_PARCELS: Final = deck({**dict.fromkeys(GOODS, 1), PARCEL_HOME: 26, PARCEL_ABROAD: 14})

PRODUCTS_OF: Final = {
    Category.DELIVERY: _PARCELS,
    Category.RETURNS: _GOODS_ONLY,
    Category.PRODUCT_QUALITY: _GOODS_ONLY,
    Category.BILLING: _MONEY,
    Category.PERSONAL_DATA: _ANY,
    Category.INFORMATION: _GOODS_ONLY,
    Category.AFTER_SALES: _GOODS_ONLY,
    Category.STAFF: _ANY,
    Category.ACCESS: _ANY,
    Category.SAFETY: ("kettle", "toy-blocks", "desk-lamp", "face-cream", "phone-charger"),
    Category.OTHER: _ANY,
}

CLASSES: Final = deck(
    {
        RecordClass.COMPLAINT: 36,
        RecordClass.INQUIRY: 27,
        RecordClass.COMPLIMENT: 14,
        RecordClass.OPINION: 13,
        RecordClass.SUGGESTION: 10,
    }
)

CATEGORIES_OF: Final = {
    RecordClass.COMPLAINT: deck(
        {
            Category.DELIVERY: 30,
            Category.PRODUCT_QUALITY: 16,
            Category.RETURNS: 14,
            Category.BILLING: 10,
            Category.INFORMATION: 6,
            Category.AFTER_SALES: 6,
            Category.STAFF: 6,
            Category.ACCESS: 6,
            Category.PERSONAL_DATA: 3,
            Category.SAFETY: 1,
            Category.OTHER: 2,
        }
    ),
    RecordClass.INQUIRY: deck(
        {
            Category.DELIVERY: 30,
            Category.RETURNS: 18,
            Category.BILLING: 14,
            Category.INFORMATION: 13,
            Category.ACCESS: 7,
            Category.PRODUCT_QUALITY: 6,
            Category.AFTER_SALES: 6,
            Category.PERSONAL_DATA: 4,
            Category.OTHER: 2,
        }
    ),
    RecordClass.SUGGESTION: deck(
        {
            Category.ACCESS: 25,
            Category.DELIVERY: 20,
            Category.PRODUCT_QUALITY: 13,
            Category.INFORMATION: 12,
            Category.BILLING: 12,
            Category.RETURNS: 10,
            Category.AFTER_SALES: 5,
            Category.STAFF: 3,
        }
    ),
    RecordClass.COMPLIMENT: deck(
        {
            Category.STAFF: 28,
            Category.DELIVERY: 26,
            Category.PRODUCT_QUALITY: 24,
            Category.AFTER_SALES: 8,
            Category.RETURNS: 6,
            Category.ACCESS: 5,
            Category.BILLING: 3,
        }
    ),
    RecordClass.OPINION: deck(
        {
            Category.PRODUCT_QUALITY: 25,
            Category.DELIVERY: 20,
            Category.BILLING: 18,
            Category.ACCESS: 13,
            Category.INFORMATION: 10,
            Category.STAFF: 8,
            Category.AFTER_SALES: 6,
        }
    ),
}

REMEDIES: Final = deck(
    {"refund": 8, "replacement": 5, "repair": 2, "apology": 3, "explanation": 3, "compensation": 3, "cancellation": 1}
)

REGIONS: Final = deck(
    {
        "Kyiv": 22,
        "Lviv": 10,
        "Odesa": 9,
        "Kharkiv": 9,
        "Dnipro": 8,
        "Poltava": 5,
        "Vinnytsia": 5,
        "Zakarpattia": 3,
        "Chernihiv": 3,
        "abroad": 16,
    }
)

INCIDENT_CATEGORY: Final = Category.BILLING
INCIDENT_PRODUCT: Final = SUBSCRIPTION
INCIDENT_LIFT_PERCENT: Final = 60
"""While the incident lasts, so many more people than usual write in, all of them about it."""
