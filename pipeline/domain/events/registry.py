"""Which struct describes the data of which event type."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from pipeline.domain.events import complaint, dispute, exposure, feedback, improvement, promise, subject, survey

FEEDBACK_SUBMITTED: Final = "vidhuk.feedback.submitted.v1"
SURVEY_RESPONDED: Final = "vidhuk.survey.responded.v1"

_STRUCTS: Final[dict[str, type[msgspec.Struct]]] = {
    "feedback.submitted": feedback.FeedbackSubmitted,
    "complaint.acknowledged": complaint.Acknowledged,
    "complaint.assessed": complaint.Assessed,
    "complaint.investigation-started": complaint.InvestigationStarted,
    "complaint.response-offered": complaint.ResponseOffered,
    "complaint.decision-communicated": complaint.DecisionCommunicated,
    "complaint.accepted": complaint.Accepted,
    "complaint.rejected": complaint.Rejected,
    "complaint.escalated": complaint.Escalated,
    "complaint.awaiting-complainant": complaint.AwaitingComplainant,
    "complaint.resumed": complaint.Resumed,
    "complaint.closed": complaint.Closed,
    "complaint.reopened": complaint.Reopened,
    "complaint.withdrawn": complaint.Withdrawn,
    "complaint.reclassified": complaint.Reclassified,
    "complaint.merged": complaint.Merged,
    "complaint.updated": complaint.Updated,
    "survey.invited": survey.SurveyInvited,
    "survey.responded": survey.SurveyResponded,
    "survey.wave-reported": survey.WaveReported,
    "promise.published": promise.PromisePublished,
    "promise.amended": promise.PromiseAmended,
    "promise.retired": promise.PromiseRetired,
    "promise.made": promise.PromiseMade,
    "promise.fulfilled": promise.PromiseFulfilled,
    "promise.limited": promise.PromiseLimited,
    "remedy.owed": promise.RemedyOwed,
    "remedy.delivered": promise.RemedyDelivered,
    "dispute.referred": dispute.Referred,
    "dispute.notice-received": dispute.NoticeReceived,
    "dispute.evaluated": dispute.Evaluated,
    "dispute.position-set": dispute.PositionSet,
    "dispute.consent-given": dispute.ConsentGiven,
    "dispute.consent-withdrawn": dispute.ConsentWithdrawn,
    "dispute.settled": dispute.Settled,
    "dispute.recommended": dispute.Recommended,
    "dispute.determined": dispute.Determined,
    "dispute.accepted": dispute.Accepted,
    "dispute.rejected": dispute.Rejected,
    "dispute.implemented": dispute.Implemented,
    "dispute.closed": dispute.Closed,
    "action.opened": improvement.ActionOpened,
    "action.completed": improvement.ActionCompleted,
    "action.verified": improvement.ActionVerified,
    "exposure.reported": exposure.ExposureReported,
    "consent.changed": subject.ConsentChanged,
    "subject.erased": subject.SubjectErased,
    "subject.merged": subject.SubjectMerged,
    "subject.unmerged": subject.SubjectUnmerged,
}

EVENT_TYPES: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {f"vidhuk.{name}.v1": struct for name, struct in _STRUCTS.items()}
)
"""Every type that Vidhuk takes, by its CloudEvents `type`."""
