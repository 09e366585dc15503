"""The numbers that compiled functions use are positions in the enumerations that people read."""

from __future__ import annotations

from typing import Any

import msgspec
import numba
import pytest

from pipeline.domain.cases import columns as c
from pipeline.domain.cases.arrivals import OUTCOMES
from pipeline.domain.cases.decisions import Guard
from pipeline.domain.cases.lifecycle import Change, Outcome
from pipeline.domain.cases.rules import TargetKind
from pipeline.domain.events.complaint import DecisionCommunicated


def test_numbers_are_positions() -> None:
    assert [list(Outcome)[at] for at in (c.APPLIED, c.REPEAT, c.REFUSED)] == list(Outcome)
    changes = (c.ACTIVATE, c.PAUSE, c.RESUME, c.FULFIL, c.BREACH, c.CANCEL)
    assert [list(Change)[at].name for at in changes] == [each.name for each in Change]
    assert [each.name for each in Change] == ["ACTIVATE", "PAUSE", "RESUME", "FULFIL", "BREACH", "CANCEL"]
    assert [getattr(c, each.name) for each in Guard] == list(range(len(Guard)))
    assert [list(TargetKind)[getattr(c, each.name)] for each in TargetKind] == list(TargetKind)


def test_flags_of_events_are_those_of_cases() -> None:
    said = (c.SAYS_SAFETY, c.SAYS_VULNERABLE, c.SAYS_REPORTABLE, c.NEEDS_ACTION)
    assert said == (c.SAFETY, c.VULNERABLE, c.REPORTABLE, c.IMMEDIATE)


def test_decisions_are_those_that_the_contract_allows() -> None:
    schema = msgspec.json.schema(DecisionCommunicated)["$defs"]["DecisionCommunicated"]
    assert sorted(schema["properties"]["outcome"]["enum"]) == sorted(OUTCOMES)


def test_where_nothing_can_be_kept_functions_are_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    real = numba.njit

    def njit(*arguments: Any, cache: bool = False, **options: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return real(*arguments, **options)

    monkeypatch.setattr(numba, "njit", njit)

    def twice(number: int) -> int:
        return 2 * number

    assert c.compiled(twice)(21) == 42
