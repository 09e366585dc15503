"""Phrases that say the same thing are one topic: what a topic's texts explain is no topic of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.topics.kernel import Integers


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase that departs from its baseline in one period: the texts that hold it, and how many would be ordinary."""

    words: str
    texts: Integers
    ordinary: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Topic:
    """Places of candidates that say the same: the one that names the topic, and all of them, the name included."""

    name: int
    members: tuple[int, ...]


MOSTLY = 0.8
"""A longer phrase names the topic when it is in so large a share of the texts of the likeliest one."""


def grouped(candidates: Sequence[Candidate]) -> tuple[Topic, ...]:
    """The topics of one period and language, the least likely to be chance first; each candidate is in one.

    The phrase with the smallest p-value begins a topic. Every other phrase that would be ordinary again without the
    texts of that phrase belongs to it; among what remains the next topic begins. The topic is named by the longest of
    its phrases that most of its texts hold: *charged twice* says more than *twice*.
    """
    left = sorted(range(len(candidates)), key=lambda i: (candidates[i].p_value, candidates[i].words))
    topics = []
    while left:
        lead = candidates[left[0]]
        members = [left[0], *(i for i in left[1:] if _is_explained(candidates[i], lead))]
        topics.append(Topic(_name(candidates, members), tuple(members)))
        left = [i for i in left if i not in set(members)]
    return tuple(topics)


def _is_explained(candidate: Candidate, lead: Candidate) -> bool:
    shared = len(np.intersect1d(candidate.texts, lead.texts, assume_unique=True))
    return len(candidate.texts) - shared <= max(candidate.ordinary, 1.0)


def _name(candidates: Sequence[Candidate], members: Sequence[int]) -> int:
    enough = MOSTLY * len(candidates[members[0]].texts)
    long = [i for i in members if len(candidates[i].texts) >= enough]
    return min(long, key=lambda i: (-candidates[i].words.count(" "), candidates[i].p_value, candidates[i].words))
