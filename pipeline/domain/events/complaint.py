"""The life of a complaint, one struct per step. The state machine that folds them is `pipeline.domain.case`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipeline.domain.privacy import (
    Currency,
    FreeText,
    Identifier,
    Plain,
    PlainFlag,
    PlainNumber,
    Privacy,
    QuasiIdentifier,
    QuasiIdentifiers,
    private,
)
from pipeline.domain.taxonomy import RecordClass

Level = Annotated[int, private(Privacy.PLAIN, ge=1, le=5)]
Outcome = Annotated[
    Literal["upheld", "partly_upheld", "rejected", "redress_without_acceptance", "other"], private(Privacy.PLAIN)
]


class ComplaintStep(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every step of a complaint carries."""

    case_id: QuasiIdentifier
    channel: Plain | None = None
    product: Plain | None = None
    actor: Identifier | None = None
    note: FreeText | None = None
    attributes: QuasiIdentifiers = {}


class Acknowledged(ComplaintStep, frozen=True, kw_only=True):
    """The complainant was told that the complaint arrived."""


class Assessed(ComplaintStep, frozen=True, kw_only=True):
    """Severity, safety, complexity, impact and need of immediate action, as judged first or again."""

    severity: Level
    safety: PlainFlag = False
    complexity: Level | None = None
    impact: Level | None = None
    immediate_action_needed: PlainFlag = False
    immediate_action_possible: PlainFlag | None = None


class InvestigationStarted(ComplaintStep, frozen=True, kw_only=True):
    """Somebody began to find out what happened."""


class ResponseOffered(ComplaintStep, frozen=True, kw_only=True):
    """The organization proposed what it would do."""

    remedy: Plain | None = None
    amount: PlainNumber | None = None
    currency: Currency | None = None


class DecisionCommunicated(ComplaintStep, frozen=True, kw_only=True):
    """The complainant was told the decision."""

    outcome: Outcome
    recourse_told: PlainFlag = False


class Accepted(ComplaintStep, frozen=True, kw_only=True):
    """The complainant agreed; a fact apart from closing."""


class Rejected(ComplaintStep, frozen=True, kw_only=True):
    """The complainant did not agree; the case stays open."""

    recourse_told: PlainFlag = False


class Escalated(ComplaintStep, frozen=True, kw_only=True):
    """The case went to a higher level inside the organization."""

    level: Plain | None = None


class AwaitingComplainant(ComplaintStep, frozen=True, kw_only=True):
    """The organization waits for something from the complainant."""


class Resumed(ComplaintStep, frozen=True, kw_only=True):
    """Work goes on after waiting."""


class Closed(ComplaintStep, frozen=True, kw_only=True):
    """Closed by the organization."""

    outcome: Outcome | None = None
    resolution: Plain | None = None


class Reopened(ComplaintStep, frozen=True, kw_only=True):
    """A closed case came back."""

    reason: Plain | None = None


class Withdrawn(ComplaintStep, frozen=True, kw_only=True):
    """The complainant took the complaint back."""


class Reclassified(ComplaintStep, frozen=True, kw_only=True):
    """It turned out not to be a complaint."""

    record_class: Annotated[RecordClass, private(Privacy.PLAIN)]
    reason: Plain


class Merged(ComplaintStep, frozen=True, kw_only=True):
    """The case goes on as part of another."""

    into_case_id: QuasiIdentifier


class Updated(ComplaintStep, frozen=True, kw_only=True):
    """Something about the case was written down that is no step: its state stays as it is.

    Logs that keep a row for each version of a record are full of them, and each row has to end somewhere.
    """
