"""What a channel says when somebody gives feedback."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pipeline.domain.privacy import (
    Contact,
    FreeText,
    Identifier,
    Plain,
    PlainNumber,
    Privacy,
    QuasiIdentifier,
    QuasiIdentifiers,
    private,
)
from pipeline.domain.taxonomy import RecordClass

Language = Annotated[str, private(Privacy.PLAIN, pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Customer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who gave the feedback, as the channel knows them."""

    name: Identifier | None = None
    email: Contact | None = None
    phone: Contact | None = None
    address: Contact | None = None


class FeedbackSubmitted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Data of `vidhuk.feedback.submitted.v1`: one piece of feedback. One of `text` and `rating` is required."""

    channel: Plain
    text: FreeText | None = None
    rating: PlainNumber | None = None
    rating_scale: Annotated[str, private(Privacy.PLAIN, pattern="^-?[0-9]{1,9}-[0-9]{1,9}$")] | None = None
    """Lowest and highest possible rating, as `1-5`."""
    case_id: QuasiIdentifier | None = None
    product: Plain | None = None
    record_class: Annotated[RecordClass, private(Privacy.PLAIN)] | None = None
    """Believed when the channel states it; classified otherwise."""
    category: Plain | None = None
    remedy_sought: Plain | None = None
    customer: Customer | None = None
    language: Language | None = None
    attributes: QuasiIdentifiers = {}

    def __post_init__(self) -> None:
        if self.text is None and self.rating is None:
            raise ValueError("one of `text` and `rating` is required")
        if self.rating is not None and self.rating_scale is not None:
            lowest, _, highest = self.rating_scale.rpartition("-")
            if not int(lowest) <= self.rating <= int(highest):
                raise ValueError("`rating` must lie within `rating_scale`")
