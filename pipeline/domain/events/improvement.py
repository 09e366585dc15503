"""What is done so that complaints do not come again."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipeline.domain.privacy import (
    FreeText,
    Identifier,
    Instant,
    Plain,
    PlainText,
    Privacy,
    QuasiIdentifier,
    QuasiIdentifiers,
    private,
)

Effect = Annotated[Literal["improved", "no_evidence", "worse"], private(Privacy.PLAIN)]


class ActionStep(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every step of an action carries."""

    action_id: Plain
    owner: Identifier | None = None
    note: FreeText | None = None
    attributes: QuasiIdentifiers = {}


class ActionOpened(ActionStep, frozen=True, kw_only=True):
    """Data of `vidhuk.action.opened.v1`: somebody is to do something about a cause."""

    cause: PlainText
    kind: Annotated[Literal["corrective", "preventive", "improvement"], private(Privacy.PLAIN)] = "corrective"
    category: Plain | None = None
    product: Plain | None = None
    due: Instant | None = None
    case_ids: Annotated[list[QuasiIdentifier], private(Privacy.QUASI_IDENTIFIER, max_length=256)] = []


class ActionCompleted(ActionStep, frozen=True, kw_only=True):
    """Data of `vidhuk.action.completed.v1`: it was done; whether it helped is another question."""


class ActionVerified(ActionStep, frozen=True, kw_only=True):
    """Data of `vidhuk.action.verified.v1`: its effect was examined."""

    effect: Effect
    method: Plain
