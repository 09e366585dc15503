"""What an organization promises its customers (ISO 10001), and what it owes when it does not keep it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pipeline.domain.privacy import (
    Currency,
    FreeText,
    Identifier,
    Instant,
    Plain,
    PlainCount,
    PlainNumber,
    PlainText,
    Privacy,
    QuasiIdentifier,
    QuasiIdentifiers,
    private,
)

Version = Annotated[int, private(Privacy.PLAIN, ge=1, le=1_000_000)]
Percentile = Annotated[float, private(Privacy.PLAIN, gt=0, le=100)]


class Measure(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a promise is measured: the time from one event to another on a calendar stays under a threshold."""

    start_event: Plain
    stop_event: Plain
    threshold_seconds: PlainCount
    calendar: Plain | None = None
    percentile: Percentile | None = None
    """Share of cases that must hold, in per cent; every one when it is not given."""


class PromisePublished(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.promise.published.v1`: the first version of a promise, told to customers before it counts."""

    promise_id: Plain
    version: Version
    text: PlainText
    valid_from: Instant
    valid_to: Instant | None = None
    scope: PlainText | None = None
    limitations: Annotated[list[PlainText], private(Privacy.PLAIN, max_length=64)] = []
    remedy_on_breach: PlainText | None = None
    owner: Identifier | None = None
    issuer: Plain | None = None
    """Another organization whose code was adopted, such as a trade body."""
    published_where: Annotated[list[Plain], private(Privacy.PLAIN, max_length=64)] = []
    measure: Measure | None = None
    attributes: QuasiIdentifiers = {}

    def __post_init__(self) -> None:
        if self.valid_to is not None and not self.valid_from < self.valid_to:
            raise ValueError("`valid_to` must be after `valid_from`")


class PromiseAmended(PromisePublished, frozen=True, kw_only=True):
    """Data of `vidhuk.promise.amended.v1`: a later version, whole."""


class PromiseRetired(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.promise.retired.v1`: no longer promised from `valid_to` on."""

    promise_id: Plain
    valid_to: Instant
    reason: Plain | None = None


class PromiseStep(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One promise given to one customer."""

    promise_id: Plain
    made_id: QuasiIdentifier
    """Which giving of the promise this is about, for example an order."""
    version: Version | None = None
    case_id: QuasiIdentifier | None = None
    product: Plain | None = None
    attributes: QuasiIdentifiers = {}


class PromiseMade(PromiseStep, frozen=True, kw_only=True):
    """Data of `vidhuk.promise.made.v1`: a customer was promised; the version in force now is the one that counts."""

    due: Instant | None = None


class PromiseFulfilled(PromiseStep, frozen=True, kw_only=True):
    """Data of `vidhuk.promise.fulfilled.v1`: it was kept, at the event's time."""


class PromiseLimited(PromiseStep, frozen=True, kw_only=True):
    """Data of `vidhuk.promise.limited.v1`: a stated limitation applies, so it is neither kept nor broken."""

    reason: Plain


class RemedyOwed(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.remedy.owed.v1`: the organization owes somebody something."""

    remedy_id: QuasiIdentifier
    kind: Plain
    case_id: QuasiIdentifier | None = None
    promise_id: Plain | None = None
    dispute_id: QuasiIdentifier | None = None
    amount: PlainNumber | None = None
    currency: Currency | None = None
    due: Instant | None = None
    note: FreeText | None = None


class RemedyDelivered(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.remedy.delivered.v1`: it was given."""

    remedy_id: QuasiIdentifier
    kind: Plain | None = None
    case_id: QuasiIdentifier | None = None
    amount: PlainNumber | None = None
    currency: Currency | None = None
    evidence: QuasiIdentifier | None = None
    note: FreeText | None = None
