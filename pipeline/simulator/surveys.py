"""Who is asked, who answers, and what: satisfaction follows the mood that delivery and handling left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipeline.domain.events.survey import SurveyInvited, SurveyResponded
from pipeline.simulator.chance import MINUTE_US, Chance, between, deck, pick, spread


@dataclass(frozen=True, slots=True)
class _Instrument:
    """One question: its scale, and how each mood (0 angry … 4 delighted) answers it."""

    scale_min: int
    scale_max: int
    answers: tuple[tuple[int, ...], ...]


def _weighed(scale_min: int, *rows: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(deck({scale_min + place: weight for place, weight in enumerate(row)}) for row in rows)


INSTRUMENTS: Final = {
    "csat": _Instrument(
        1,
        5,
        _weighed(
            1, (55, 28, 10, 5, 2), (20, 32, 26, 16, 6), (6, 13, 32, 34, 15), (2, 4, 12, 42, 40), (1, 1, 4, 22, 72)
        ),
    ),
    "nps": _Instrument(
        0,
        10,
        _weighed(
            0,
            (30, 14, 13, 12, 8, 10, 6, 4, 2, 1, 0),
            (8, 6, 8, 10, 12, 18, 14, 12, 8, 3, 1),
            (1, 1, 3, 4, 7, 14, 18, 24, 18, 7, 3),
            (0, 0, 1, 1, 2, 5, 8, 22, 29, 20, 12),
            (0, 0, 0, 0, 1, 1, 3, 8, 19, 28, 40),
        ),
    ),
    "ces": _Instrument(
        1,
        7,
        _weighed(
            1,
            (44, 25, 14, 9, 5, 2, 1),
            (14, 20, 24, 18, 13, 8, 3),
            (4, 7, 13, 24, 26, 18, 8),
            (1, 2, 4, 11, 25, 34, 23),
            (0, 1, 1, 4, 12, 32, 50),
        ),
    ),
}

_RELATIONSHIP: Final = deck({"nps-relationship": 45, "csat-after-delivery": 40, "ces-after-contact": 15})
_AFTER_CASE: Final = deck({"csat-after-case": 60, "ces-after-case": 40})
_MOODS: Final = deck({0: 5, 1: 9, 2: 20, 3: 37, 4: 29})
_RESPONSE_PERCENT: Final = (40, 30, 22, 29, 37)
_UNTIL_ANSWER_MINUTES: Final = (1, 4, 15, 60, 240, 900, 1600, 3200, 8000)
COMMENT_SHARE: Final = 0.35


@dataclass(frozen=True, slots=True)
class Asked:
    """One invitation, and the answer if there will be one."""

    at_us: int
    invited: SurveyInvited
    answered_at_us: int | None
    answer: SurveyResponded | None
    mood: int


class Surveyor:
    """Draws invitations and answers."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    def customer(self, at_us: int, invitation: str, product: str, wave: str, *, troubled: bool) -> Asked:
        """A customer is asked out of the blue; `troubled` means that the incident touched what they bought."""
        mood = pick(self._chance, _MOODS)
        survey = pick(self._chance, _RELATIONSHIP)
        return self._ask(at_us, survey, max(mood - 2, 0) if troubled else mood, invitation, product, wave, None)

    def complainant(
        self, closed_at_us: int, invitation: str, product: str, wave: str, case_id: str, mood: int
    ) -> Asked | None:
        """A complainant is asked when the case is closed, or is not: somewhat more than half are."""
        if self._chance() >= 0.55:
            return None
        at_us = closed_at_us + between(self._chance, 5, 600) * MINUTE_US
        return self._ask(at_us, pick(self._chance, _AFTER_CASE), mood, invitation, product, wave, case_id)

    def _ask(
        self, at_us: int, survey: str, mood: int, invitation: str, product: str, wave: str, case_id: str | None
    ) -> Asked:
        chance = self._chance
        name = survey.partition("-")[0]
        instrument = INSTRUMENTS[name]
        channel = pick(chance, ("email", "email", "app"))
        invited = SurveyInvited(
            survey_id=survey,
            instrument=name,
            channel=channel,
            invitation_id=invitation,
            case_id=case_id,
            product=product,
            wave=wave,
        )
        if chance() * 100 >= _RESPONSE_PERCENT[mood]:
            return Asked(at_us, invited, None, None, mood)
        answer = SurveyResponded(
            survey_id=survey,
            instrument=name,
            channel=channel,
            score=pick(chance, instrument.answers[mood]),
            scale_min=instrument.scale_min,
            scale_max=instrument.scale_max,
            invitation_id=invitation,
            case_id=case_id,
            product=product,
            wave=wave,
        )
        later = spread(chance, _UNTIL_ANSWER_MINUTES) * MINUTE_US + between(chance, 1, 60) * 1_000_000
        return Asked(at_us, invited, at_us + later, answer, mood)
