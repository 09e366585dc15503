"""The scorecard's figures about cases: how many are open, how long they take, what is breached, reopened and upheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pipeline.statistics.estimate import Estimate, unknown
from pipeline.statistics.proportions import WILSON, wilson


class Query(Protocol):
    """Asks the published warehouse."""

    def __call__(self, statement: str) -> Sequence[Mapping[str, Any]]:
        """Rows of one read-only statement, as mappings by column name."""


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """Where the cases stand as of `as_known_at` of the warehouse, and how they were handled."""

    received: int
    open_now: int
    closed: int
    ended_otherwise: int
    """Withdrawn, reclassified or merged."""
    overdue_now: int
    """Open cases with a clock that has run out."""
    median_hours_to_close: Estimate
    """Kaplan-Meier over all cases; n is cases, open ones among them."""
    p90_hours_to_close: Estimate
    breached: Estimate
    """Of clocks whose due time has come."""
    reopened: Estimate
    """Of cases that were ever closed."""
    upheld: Estimate
    """Fully, of decided cases that are closed."""


def case_figures(query: Query) -> CaseFigures | None:
    """The figures of all cases; None where the warehouse holds none."""
    counts = query(COUNTS)[0]
    if not counts["received"]:
        return None
    rates = {str(row["metric"]): wilson(int(row["k"]), int(row["n"])) for row in query(RATES)}
    durations = {float(row["quantile"]): row for row in query(TO_CLOSE)}
    return CaseFigures(
        received=int(counts["received"]),
        open_now=int(counts["open_now"]),
        closed=int(counts["closed"]),
        ended_otherwise=int(counts["received"]) - int(counts["open_now"]) - int(counts["closed"]),
        overdue_now=int(query(OVERDUE)[0]["n"]),
        median_hours_to_close=_duration(durations[0.5]),
        p90_hours_to_close=_duration(durations[0.9]),
        breached=rates.get("clock_breach_rate", unknown(WILSON)),
        reopened=rates.get("reopen_rate", unknown(WILSON)),
        upheld=rates.get("uphold_rate", unknown(WILSON)),
    )


def _duration(row: Mapping[str, Any]) -> Estimate:
    return Estimate(row["value"], row["lo"], row["hi"], int(row["n"]), str(row["method"]))


COUNTS: Final = """
SELECT count(*) AS received, count(*) FILTER (WHERE is_open) AS open_now,
    count(*) FILTER (WHERE ended_as = 'closed') AS closed
FROM fct_case
"""

OVERDUE: Final = "SELECT count(DISTINCT case_id) AS n FROM fct_clock WHERE is_open_overdue"

RATES: Final = """
SELECT metric, sum(numerator) AS k, sum(denominator) AS n FROM agg_case_rate
WHERE (metric, cohort) IN (('clock_breach_rate', 'due'), ('reopen_rate', 'closed'), ('uphold_rate', 'closed'))
GROUP BY metric
"""

TO_CLOSE: Final = """
SELECT quantile, value, lo, hi, n, method FROM agg_case_duration WHERE metric = 'time_to_close' AND cohort = 'all'
"""
