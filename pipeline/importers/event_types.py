"""Which struct stands for which event type."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from pipeline.domain.events import complaint, feedback, survey

EVENT_TYPES: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {
        "vidhuk.feedback.submitted.v1": feedback.FeedbackSubmitted,
        "vidhuk.survey.invited.v1": survey.SurveyInvited,
        "vidhuk.survey.responded.v1": survey.SurveyResponded,
        "vidhuk.complaint.acknowledged.v1": complaint.Acknowledged,
        "vidhuk.complaint.assessed.v1": complaint.Assessed,
        "vidhuk.complaint.investigation-started.v1": complaint.InvestigationStarted,
        "vidhuk.complaint.response-offered.v1": complaint.ResponseOffered,
        "vidhuk.complaint.decision-communicated.v1": complaint.DecisionCommunicated,
        "vidhuk.complaint.accepted.v1": complaint.Accepted,
        "vidhuk.complaint.rejected.v1": complaint.Rejected,
        "vidhuk.complaint.escalated.v1": complaint.Escalated,
        "vidhuk.complaint.awaiting-complainant.v1": complaint.AwaitingComplainant,
        "vidhuk.complaint.resumed.v1": complaint.Resumed,
        "vidhuk.complaint.closed.v1": complaint.Closed,
        "vidhuk.complaint.reopened.v1": complaint.Reopened,
        "vidhuk.complaint.withdrawn.v1": complaint.Withdrawn,
        "vidhuk.complaint.reclassified.v1": complaint.Reclassified,
        "vidhuk.complaint.merged.v1": complaint.Merged,
    }
)
