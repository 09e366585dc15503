"""Steps of complaints."""

from __future__ import annotations

from typing import Final, get_args

from expectations.rules import Expectation, SameCount, between, columns, not_null, one_of, suite, unique
from expectations.suites.shared import EARLIEST, LATEST, first_of
from pipeline.domain.events.complaint import Outcome
from pipeline.domain.events.registry import EVENT_TYPES

OUTCOMES: Final[tuple[str, ...]] = get_args(get_args(Outcome)[0])
STEPS: Final = tuple(
    name.removeprefix("vidhuk.complaint.").removesuffix(".v1")
    for name in EVENT_TYPES
    if name.startswith("vidhuk.complaint.")
)


FCT_COMPLAINT_EVENT: Final = suite(
    "fct_complaint_event",
    ("source", "event_id"),
    columns(
        source="VARCHAR",
        event_id="VARCHAR",
        occurred_at="TIMESTAMP WITH TIME ZONE",
        recorded_at="TIMESTAMP WITH TIME ZONE",
        occurred_date="DATE",
        step="VARCHAR",
        case_id="VARCHAR",
        channel="VARCHAR",
        product="VARCHAR",
        outcome="VARCHAR",
        resolution="VARCHAR",
        severity="INTEGER",
        safety="BOOLEAN",
        complexity="INTEGER",
        impact="INTEGER",
        immediate_action_needed="BOOLEAN",
        immediate_action_possible="BOOLEAN",
        remedy="VARCHAR",
        amount="DOUBLE",
        currency="VARCHAR",
        recourse_told="BOOLEAN",
        escalation_level="VARCHAR",
        reason="VARCHAR",
        reclassified_as="VARCHAR",
        into_case_id="VARCHAR",
        attributes="JSON",
    ),
    *not_null("source", "event_id", "occurred_at", "recorded_at", "occurred_date", "step", "case_id"),
    unique("source", "event_id"),
    between("occurred_date", EARLIEST, LATEST),
    between("severity", 1, 5),
    one_of("outcome", OUTCOMES),
    one_of("step", STEPS),
    Expectation("as many rows as the lake has identities", SameCount(first_of("vidhuk.complaint.%"))),
    private=("event_id",),
)
