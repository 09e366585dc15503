"""Asking for satisfaction, and the answers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipeline.domain.events.feedback import Language
from pipeline.domain.privacy import (
    FreeText,
    Identifier,
    Instant,
    Plain,
    PlainCount,
    PlainInteger,
    PlainNumber,
    PlainText,
    Privacy,
    QuasiIdentifier,
    QuasiIdentifiers,
    private,
)

Instrument = Annotated[str, private(Privacy.PLAIN, pattern="^[a-z][a-z0-9_]{0,63}$")]
"""`csat`, `nps`, `ces`, or an organization's own."""

Weight = Annotated[float, private(Privacy.PLAIN, gt=0)]
Sampling = Annotated[Literal["census", "probability", "opt_in"], private(Privacy.PLAIN)]
"""Everybody was asked, chance chose, or people chose themselves."""


class SurveyInvited(msgspec.Struct, frozen=True, omit_defaults=True):
    """Data of `vidhuk.survey.invited.v1`: one person was asked."""

    survey_id: Plain
    instrument: Instrument
    channel: Plain
    invitation_id: Identifier | None = None
    case_id: QuasiIdentifier | None = None
    product: Plain | None = None
    wave: Plain | None = None
    mode: Plain | None = None
    wording: PlainText | None = None
    attributes: QuasiIdentifiers = {}


class SurveyResponded(msgspec.Struct, frozen=True, omit_defaults=True):
    """Data of `vidhuk.survey.responded.v1`: one answer on the instrument's scale.

    Answers on another scale, in another wording or mode are another series. `weight` is the answer's in its wave.
    """

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
    mode: Plain | None = None
    wording: PlainText | None = None
    weight: Weight | None = None
    attributes: QuasiIdentifiers = {}

    def __post_init__(self) -> None:
        if not self.scale_min < self.scale_max:
            raise ValueError("`scale_min` must be below `scale_max`")
        if not self.scale_min <= self.score <= self.scale_max:
            raise ValueError("`score` must lie between `scale_min` and `scale_max`")


class WaveReported(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.survey.wave-reported.v1`: how one wave was drawn, and what became of those who were asked.

    Dispositions are people, each in one (AAPOR); those left out count as 0, `complete` as the answers that arrived. A
    later report of the same wave replaces an earlier one.
    """

    survey_id: Plain
    wave: Plain
    instrument: Instrument
    sampling: Sampling
    population: PlainText
    """Whom the wave is about, in words."""
    frame_size: PlainCount | None = None
    """How many the list held that people were drawn from."""
    mode: Plain | None = None
    complete: PlainCount | None = None
    partial: PlainCount | None = None
    refusal: PlainCount | None = None
    non_contact: PlainCount | None = None
    other: PlainCount | None = None
    unknown_household: PlainCount | None = None
    unknown_other: PlainCount | None = None
    ineligible: PlainCount | None = None
    weighting: PlainText | None = None
    """How weights were made: post-stratified by region, raked by age and region, capped at 5."""
    targets_source: PlainText | None = None
    targets_as_of: Instant | None = None
