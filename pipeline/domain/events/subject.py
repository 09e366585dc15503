"""People behind the feedback: what they consent to, and whose records are whose."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipeline.domain.privacy import Identifier, Plain, Privacy, QuasiIdentifier, private


class ConsentChanged(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.consent.changed.v1`: what one person allows for one purpose, from the event's time on."""

    subject_id: Identifier
    purpose: Plain
    state: Annotated[Literal["given", "not_given", "withdrawn", "other"], private(Privacy.PLAIN)]
    case_id: QuasiIdentifier | None = None
    """The one case it is about; all of them when it is not given."""
    channel: Plain | None = None


class SubjectErased(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.subject.erased.v1`: one person's data is to be forgotten."""

    subject_id: Identifier
    request_id: QuasiIdentifier | None = None
    reason: Plain | None = None


class SubjectMerged(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.subject.merged.v1`: two identifiers are one person."""

    subject_id: Identifier
    into_subject_id: Identifier

    def __post_init__(self) -> None:
        if self.subject_id == self.into_subject_id:
            raise ValueError("`into_subject_id` must differ from `subject_id`")


class SubjectUnmerged(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.subject.unmerged.v1`: they were two people after all."""

    subject_id: Identifier
    from_subject_id: Identifier

    def __post_init__(self) -> None:
        if self.subject_id == self.from_subject_id:
            raise ValueError("`from_subject_id` must differ from `subject_id`")
