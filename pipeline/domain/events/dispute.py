"""A dispute before somebody outside the organization (ISO 10003), one struct per step."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipeline.domain.privacy import (
    Currency,
    FreeText,
    Identifier,
    Instant,
    Plain,
    PlainFlag,
    PlainNumber,
    Privacy,
    QuasiIdentifier,
    QuasiIdentifiers,
    private,
)

Method = Annotated[Literal["facilitative", "advisory", "determinative"], private(Privacy.PLAIN)]
Party = Annotated[Literal["complainant", "organization"], private(Privacy.PLAIN)]
Finding = Annotated[Literal["upheld", "partly_upheld", "rejected", "other"], private(Privacy.PLAIN)]
Digest = Annotated[str, private(Privacy.PLAIN, pattern="^[a-z0-9]+:[0-9a-f]{32,128}$")]
"""Hash of a document with its method, as `sha256:…`."""


class DisputeStep(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every step of a dispute carries."""

    dispute_id: QuasiIdentifier
    case_id: QuasiIdentifier | None = None
    provider: Plain | None = None
    actor: Identifier | None = None
    note: FreeText | None = None
    attributes: QuasiIdentifiers = {}


class Referred(DisputeStep, frozen=True, kw_only=True):
    """The complaint was taken outside."""

    method: Method | None = None


class NoticeReceived(DisputeStep, frozen=True, kw_only=True):
    """The organization was told of the dispute."""


class Evaluated(DisputeStep, frozen=True, kw_only=True):
    """The provider judged whether it may take the dispute."""

    admissible: PlainFlag
    reason: Plain | None = None


class PositionSet(DisputeStep, frozen=True, kw_only=True):
    """The organization said what it would do first."""

    position: Annotated[Literal["accept", "offer", "contest"], private(Privacy.PLAIN)]
    amount: PlainNumber | None = None
    currency: Currency | None = None


class ConsentGiven(DisputeStep, frozen=True, kw_only=True):
    """A party agreed to take part, knowing what the document says."""

    party: Party
    document: Digest
    required_for_purchase: PlainFlag = False
    """A consumer must never have to agree as a condition of buying; a check fails where this is true."""


class ConsentWithdrawn(DisputeStep, frozen=True, kw_only=True):
    """A party no longer takes part."""

    party: Party


class Settled(DisputeStep, frozen=True, kw_only=True):
    """The parties agreed."""

    remedy: Plain | None = None
    amount: PlainNumber | None = None
    currency: Currency | None = None


class Recommended(DisputeStep, frozen=True, kw_only=True):
    """The provider advised, binding nobody."""

    finding: Finding
    remedy: Plain | None = None


class Determined(DisputeStep, frozen=True, kw_only=True):
    """The provider decided."""

    finding: Finding
    binding_on_organization: PlainFlag
    binding_on_complainant: PlainFlag = False
    precludes_court: PlainFlag = False
    remedy: Plain | None = None
    amount: PlainNumber | None = None
    currency: Currency | None = None
    due: Instant | None = None


class Accepted(DisputeStep, frozen=True, kw_only=True):
    """A party accepts what was recommended or decided."""

    party: Party


class Rejected(DisputeStep, frozen=True, kw_only=True):
    """A party does not accept what was recommended, or challenges what was decided."""

    party: Party


class Implemented(DisputeStep, frozen=True, kw_only=True):
    """What was settled or decided has been done."""

    obligation: Plain | None = None
    evidence: QuasiIdentifier | None = None


class Closed(DisputeStep, frozen=True, kw_only=True):
    """The provider closed its file."""

    outcome: Plain | None = None
