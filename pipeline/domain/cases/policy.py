"""Policies: which clocks a case has, on which calendar, and how assessments become priorities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All policies with all their versions; `CaseFold` asks it which one a case began under."""


def read_policies(documents: Mapping[str, str]) -> PolicySet:
    """The policies in TOML documents by their file names; pure.

    Raises `UsageError` that names file and key of what cannot be understood.
    """
    raise NotImplementedError


def load_policies(where: str | None) -> PolicySet:
    """The policies of a setting: a TOML file, a folder of them, or None for the one that Vidhuk ships.

    Raises `UsageError` as `read_policies`, or when there is nothing to read at `where`.
    """
    raise NotImplementedError
