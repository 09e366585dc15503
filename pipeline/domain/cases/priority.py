"""How an assessment becomes a priority: a matrix that an organization sets, and safety above every matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.cases.lifecycle import Priority

LEVELS: Final = 5
"""Severity, impact and complexity are judged from 1, the least, to this."""

_RANKS: Final = tuple(Priority)


@dataclass(frozen=True, slots=True)
class PriorityRule:
    """What an organization decided about priorities."""

    matrix: tuple[tuple[Priority, ...], ...]
    """One row per severity, from 1 to 5; in it one priority per impact, from 1 to 5."""
    complex_from: int | None = None
    """A complexity from here on raises the priority by one."""
    at_least_where_action_is_needed: Priority = Priority.LOW
    """Where immediate action is needed, whether it is possible or not."""
    at_least_where_action_is_possible: Priority = Priority.LOW
    """Where immediate action is needed and nobody said that it is impossible."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What somebody judged. Levels run from 1 to 5, None where not judged."""

    severity: int
    impact: int | None = None
    complexity: int | None = None
    safety: bool = False
    immediate_action_needed: bool = False
    immediate_action_possible: bool = True


def weigh(rule: PriorityRule, assessed: Assessment) -> Priority:
    """The priority of an assessment. Safety is critical whatever the matrix says.

    An impact that was not judged counts as great as the severity.
    """
    if assessed.safety:
        return Priority.CRITICAL
    impact = assessed.severity if assessed.impact is None else assessed.impact
    rank = _RANKS.index(rule.matrix[assessed.severity - 1][impact - 1])
    if rule.complex_from is not None and (assessed.complexity or 0) >= rule.complex_from:
        rank += 1
    if assessed.immediate_action_needed:
        rank = max(rank, _RANKS.index(rule.at_least_where_action_is_needed))
        if assessed.immediate_action_possible:
            rank = max(rank, _RANKS.index(rule.at_least_where_action_is_possible))
    return _RANKS[min(rank, len(_RANKS) - 1)]


def priority_table(rule: PriorityRule) -> NDArray[np.int64]:
    """Positions in `Priority` by (severity, impact, complexity, needed, possible); level 0 is one not judged.

    Severity 0 is never looked up. Safety is left to who looks up.
    """
    table = np.zeros((LEVELS + 1, LEVELS + 1, LEVELS + 1, 2, 2), np.int64)
    for severity, impact, complexity, needed, possible in np.ndindex(*table.shape):
        if severity:
            assessed = Assessment(
                severity,
                impact or None,
                complexity or None,
                immediate_action_needed=bool(needed),
                immediate_action_possible=bool(possible),
            )
            table[severity, impact, complexity, needed, possible] = _RANKS.index(weigh(rule, assessed))
    return table
