"""The life of one complaint: which steps it takes, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pipeline.domain.events.complaint import (
    Accepted,
    Acknowledged,
    Assessed,
    AwaitingComplainant,
    Closed,
    ComplaintStep,
    DecisionCommunicated,
    Escalated,
    InvestigationStarted,
    Merged,
    Reclassified,
    Rejected,
    Reopened,
    ResponseOffered,
    Resumed,
    Withdrawn,
)
from pipeline.domain.taxonomy import RecordClass
from pipeline.simulator.chance import MINUTE_US, Chance, between, deck, pick, spread
from pipeline.simulator.company import REMEDIES

OutcomeName = Literal["upheld", "partly_upheld", "rejected", "redress_without_acceptance"]

# minutes until the step, at equally spaced quantiles
_ACKNOWLEDGE: Final = (2, 8, 20, 45, 120, 300, 720, 1200, 2000, 4300)
_ASSESS: Final = (10, 30, 60, 120, 300, 800, 1440, 2880)
_INVESTIGATE: Final = (30, 120, 300, 720, 1440, 2880, 5760)
_WAIT: Final = (600, 1440, 2880, 5760, 11520)
_OFFER: Final = (240, 720, 1440, 2880, 4320, 7200, 15000)
_DECIDE: Final = (60, 240, 720, 1440, 2880, 6000)
_ANSWER: Final = (20, 120, 480, 1440, 2880, 7200)
_CLOSE: Final = (5, 30, 120, 480, 1440, 2880)
_REOPEN: Final = (600, 2880, 5760, 10080, 20160)

_OUTCOMES: Final[tuple[OutcomeName, ...]] = deck(
    {"upheld": 9, "partly_upheld": 4, "rejected": 5, "redress_without_acceptance": 2}
)
_SEVERITY: Final = deck({1: 4, 2: 8, 3: 6, 4: 2})


@dataclass(frozen=True, slots=True)
class CaseSeed:
    """What is known of a complaint when it arrives."""

    case_id: str
    at_us: int
    channel: str
    product: str
    safety: bool
    busy: bool
    """The incident lasts: every step takes twice as long."""
    earlier_case: str | None
    """A case this one may turn out to repeat."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a case."""

    at_us: int
    verb: str
    data: ComplaintStep


@dataclass(frozen=True, slots=True)
class CaseLife:
    """All steps of a case in the order they happen, and how it ended for the complainant."""

    steps: list[Step]
    closed_at_us: int | None
    mood: int
    """0 (angry) to 4 (delighted) with the handling: slow, refused and incident cases weigh it down."""


class CaseBook:
    """Draws lives of complaints."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    def life(self, seed: CaseSeed) -> CaseLife:
        """One case from its acknowledgement to its end."""
        return _Telling(self._chance, seed).told()


class _Telling:
    """One life being drawn: time moves forward with every step."""

    def __init__(self, chance: Chance, seed: CaseSeed) -> None:
        self._chance, self._seed = chance, seed
        self._now = seed.at_us
        self._steps: list[Step] = []
        self._agent = f"agent-{between(chance, 1, 41)}"

    def told(self) -> CaseLife:
        """The life, from whatever turns the draws take."""
        chance = self._chance
        if chance() < 0.97:
            self._then("acknowledged", Acknowledged, _ACKNOWLEDGE)
        if chance() < 0.8:
            self._assessed()
        ending = chance()
        if ending < 0.015 and self._seed.earlier_case is not None:
            self._then("merged", Merged, _DECIDE, into_case_id=self._seed.earlier_case)
            return CaseLife(self._steps, None, 2)
        if ending < 0.03:
            other = pick(chance, (RecordClass.INQUIRY, RecordClass.OPINION))
            self._then("reclassified", Reclassified, _DECIDE, record_class=other, reason="no_dissatisfaction_expressed")
            return CaseLife(self._steps, None, 2)
        if ending < 0.07:
            self._then("withdrawn", Withdrawn, _WAIT, actor="complainant")
            return CaseLife(self._steps, None, 2)
        return self._worked()

    def _worked(self) -> CaseLife:
        chance = self._chance
        if chance() < 0.5:
            self._then("investigation-started", InvestigationStarted, _INVESTIGATE)
        if chance() < 0.12:
            self._then("awaiting-complainant", AwaitingComplainant, _DECIDE)
            self._then("resumed", Resumed, _WAIT)
        if chance() < 0.45:
            self._offered()
        outcome = pick(chance, _OUTCOMES)
        agreed = self._decided(outcome)
        if agreed is False and chance() < 0.5:
            self._then("escalated", Escalated, _ANSWER, level=pick(chance, ("team_lead", "head_of_service")))
            outcome = pick(chance, ("upheld", "partly_upheld", "rejected"))
            agreed = self._decided(outcome)
        if chance() < 0.06:  # forgotten: still open when the run ends
            return CaseLife(self._steps, None, 1)
        self._then("closed", Closed, _CLOSE, outcome=outcome)
        if chance() < (0.14 if agreed is False else 0.04):
            self._then("reopened", Reopened, _REOPEN, reason=pick(chance, ("not_solved", "new_information")))
            self._then("closed", Closed, _OFFER, outcome=pick(chance, _OUTCOMES))
            agreed = False
        return CaseLife(self._steps, self._now, self._mood(agreed=agreed))

    def _assessed(self) -> None:
        severity = 5 if self._seed.safety else pick(self._chance, _SEVERITY)
        self._then(
            "assessed",
            Assessed,
            _ASSESS,
            severity=severity,
            safety=self._seed.safety,
            complexity=between(self._chance, 1, 6),
            impact=min(severity + between(self._chance, 0, 2), 5),
            immediate_action_needed=severity >= 4,
        )

    def _offered(self) -> None:
        remedy = pick(self._chance, REMEDIES)
        if remedy in {"refund", "compensation"}:
            amount = between(self._chance, 8, 240) * 10.0
            self._then("response-offered", ResponseOffered, _OFFER, remedy=remedy, amount=amount, currency="UAH")
        else:
            self._then("response-offered", ResponseOffered, _OFFER, remedy=remedy)

    def _decided(self, outcome: OutcomeName) -> bool | None:
        """Tell the decision; what the complainant said of it, or None for nothing."""
        self._then(
            "decision-communicated", DecisionCommunicated, _DECIDE, outcome=outcome, recourse_told=outcome == "rejected"
        )
        answer = self._chance()
        if answer < (0.2 if outcome == "rejected" else 0.55):
            self._then("accepted", Accepted, _ANSWER, actor="complainant")
            return True
        if answer < (0.6 if outcome == "rejected" else 0.65):
            self._then("rejected", Rejected, _ANSWER, actor="complainant", recourse_told=outcome == "rejected")
            return False
        return None

    def _mood(self, *, agreed: bool | None) -> int:
        hours = (self._now - self._seed.at_us) // (60 * MINUTE_US)
        mood = 4 if hours < 36 else 3 if hours < 120 else 2 if hours < 240 else 1 if hours < 480 else 0
        mood += {True: 1, None: 0, False: -2}[agreed] - (1 if self._seed.busy else 0)
        return min(max(mood + between(self._chance, -1, 2), 0), 4)

    def _then(self, verb: str, kind: type[ComplaintStep], minutes: tuple[int, ...], **facts: object) -> None:
        """The next step, after a delay drawn from `minutes`; `facts` are fields of `kind`."""
        self._now += spread(self._chance, minutes) * MINUTE_US * (2 if self._seed.busy else 1)
        self._now += between(self._chance, 0, 60) * 1_000_000
        facts.setdefault("actor", self._agent)
        data = kind(case_id=self._seed.case_id, channel=self._seed.channel, product=self._seed.product, **facts)  # type: ignore[arg-type] # the field names differ by kind; the contract tests decode every event made here
        self._steps.append(Step(self._now, verb, data))
