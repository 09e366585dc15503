"""Asking for satisfaction, and the answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pipeline.domain.events.feedback import Language
from pipeline.domain.privacy import (
    FreeText,
    Identifier,
    Plain,
    PlainInteger,
    PlainNumber,
    Privacy,
    QuasiIdentifier,
    QuasiIdentifiers,
    private,
)

Instrument = Annotated[str, private(Privacy.PLAIN, pattern="^[a-z][a-z0-9_]{0,63}$")]
"""`csat`, `nps`, `ces`, or an organization's own."""


class SurveyInvited(msgspec.Struct, frozen=True, omit_defaults=True):
    """Data of `vidhuk.survey.invited.v1`: one person was asked."""

    survey_id: Plain
    instrument: Instrument
    channel: Plain
    invitation_id: Identifier | None = None
    case_id: QuasiIdentifier | None = None
    product: Plain | None = None
    wave: Plain | None = None
    attributes: QuasiIdentifiers = {}


class SurveyResponded(msgspec.Struct, frozen=True, omit_defaults=True):
    """Data of `vidhuk.survey.responded.v1`: one answer on the instrument's scale."""

    survey_id: Plain
    instrument: Instrument
    channel: Plain
    score: PlainNumber
    scale_min: PlainInteger
    scale_max: PlainInteger
    invitation_id: Identifier | None = None
    case_id: QuasiIdentifier | None = None
    product: Plain | None = None
    wave: Plain | None = None
    text: FreeText | None = None
    language: Language | None = None
    attributes: QuasiIdentifiers = {}

    def __post_init__(self) -> None:
        if not self.scale_min < self.scale_max:
            raise ValueError("`scale_min` must be below `scale_max`")
        if not self.scale_min <= self.score <= self.scale_max:
            raise ValueError("`score` must lie between `scale_min` and `scale_max`")
