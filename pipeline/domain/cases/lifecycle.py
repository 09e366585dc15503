"""Steps, states and what becomes of every step in every state."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Step(StrEnum):
    """What happens to a case, in the order that decides between steps of one instant."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ASSESSED = "assessed"
    INVESTIGATION_STARTED = "investigation-started"
    RESPONSE_OFFERED = "response-offered"
    DECISION_COMMUNICATED = "decision-communicated"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ESCALATED = "escalated"
    AWAITING_COMPLAINANT = "awaiting-complainant"
    RESUMED = "resumed"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    RECLASSIFIED = "reclassified"
    MERGED = "merged"


class State(StrEnum):
    """Where a case stands."""

    ABSENT = "absent"
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ASSESSED = "assessed"
    INVESTIGATING = "investigating"
    RESPONSE_OFFERED = "response_offered"
    DECIDED = "decided"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ESCALATED = "escalated"
    AWAITING_COMPLAINANT = "awaiting_complainant"
    REOPENED = "reopened"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    RECLASSIFIED = "reclassified"
    MERGED = "merged"


ENDED: Final = frozenset({State.CLOSED, State.WITHDRAWN, State.RECLASSIFIED, State.MERGED})
"""States in which a case is over. All but `merged` can be reopened."""


class Outcome(StrEnum):
    """What became of a step."""

    APPLIED = "applied"
    REPEAT = "repeat"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a step was a repeat or refused."""

    NOT_RECEIVED = "not_received"
    ALREADY_RECEIVED = "already_received"
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
    ALREADY_INVESTIGATING = "already_investigating"
    ALREADY_ACCEPTED = "already_accepted"
    ALREADY_REJECTED = "already_rejected"
    ALREADY_WAITING = "already_waiting"
    NOT_WAITING = "not_waiting"
    ALREADY_OPEN = "already_open"
    ALREADY_CLOSED = "already_closed"
    ALREADY_WITHDRAWN = "already_withdrawn"
    ALREADY_RECLASSIFIED = "already_reclassified"
    ALREADY_MERGED = "already_merged"
    ALREADY_COMPLAINT = "already_complaint"
    NOTHING_OFFERED = "nothing_offered"
    GOES_BACK = "goes_back"
    CASE_ENDED = "case_ended"
    MERGED_INTO_ITSELF = "merged_into_itself"


class Priority(StrEnum):
    """How urgent an assessment makes a case, from the least: comparing positions tells upward re-assessments."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Change(StrEnum):
    """What happens to a clock."""

    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    FULFIL = "fulfil"
    BREACH = "breach"
    CANCEL = "cancel"
