"""Breaches of clocks as records of `feedback.alerts`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from pipeline.domain.alerts import BreachedClock, breach_alert, encoded
from pipeline.domain.cases.fold import Breach
from pipeline.domain.instants import EPOCH
from pipeline.ports import OutgoingRecords


def breach_records(breaches: Iterable[Breach]) -> OutgoingRecords:
    """One record per breach, in order: the same breach always has the same key."""
    alerts = [
        breach_alert(
            BreachedClock(
                case_id=each.case_id,
                clock=each.clock,
                cycle=each.cycle,
                policy=each.policy,
                policy_version=each.policy_version,
                due_at=EPOCH + timedelta(microseconds=each.due_at_us),
                priority=each.priority,
                product=each.product,
            )
        )
        for each in breaches
    ]
    keys, values = encoded(alerts)
    return OutgoingRecords(keys, values)
