"""The vocabulary that classification answers in."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

CONFIDENCE_HEADS: Final = ("record_class", "category", "sentiment", "severity", "safety")
"""The questions that classifiers answer of a text, in the order in which confidences are written."""


class RecordClass(StrEnum):
    """What kind of feedback a record is. Complaints and inquiries are never counted together."""

    COMPLAINT = "complaint"
    INQUIRY = "inquiry"
    SUGGESTION = "suggestion"
    COMPLIMENT = "compliment"
    OPINION = "opinion"


class Sentiment(StrEnum):
    """The attitude a text expresses."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Category(StrEnum):
    """Names of what feedback is about, for the lexicon and the simulator.

    `taxonomies/default.toml` says which categories there are and what they mean; a test holds these names to it. What
    an organization calls its own is not known here.
    """

    DELIVERY = "delivery"
    RETURNS = "returns_refunds"
    PRODUCT_QUALITY = "product_quality"
    BILLING = "billing_price"
    PERSONAL_DATA = "personal_data"
    INFORMATION = "advertising_information"
    AFTER_SALES = "after_sales_service"
    STAFF = "staff_conduct"
    ACCESS = "access_digital"
    SAFETY = "safety"
    OTHER = "other"
