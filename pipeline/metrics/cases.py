"""Complaints handling: what became of cases, how long it took, and what was promised and not kept."""

from __future__ import annotations

from typing import Final

from pipeline.metrics.feedback import FULL_COUNT
from pipeline.metrics.metric import Aggregate, Cohort, Metric, Sums
from pipeline.statistics.proportions import WILSON

KAPLAN_MEIER: Final = "kaplan-meier, log-log"
"""As pipeline.statistics.survival calls it (a test compares); importing that would cost every command numpy."""

_BY: Final = ("channel", "product", "category", "priority")
RATES: Final = Aggregate(table="agg_case_rate", units="unit_case", dimensions=_BY)
CLOCKS: Final = Aggregate(table="agg_case_rate", units="unit_case", dimensions=(*_BY, "clock"), series="clock")
FLOWS: Final = Aggregate(table="agg_case_daily", units="unit_case_flow", dimensions=("product",))
WAITS: Final = Aggregate(table="fct_case_wait", units="fct_case_wait", dimensions=_BY)

_WILSON_SOURCE: Final = "Wilson 1927, JASA 22:209-212."
_NOTHING: Final = "0.0"
_SHARE: Final = Sums("numerator", "0", _NOTHING, _NOTHING, "denominator")
_REOPENABLE: Final = "A case reopened later leaves its period: it is closed no more. Recent periods are not yet mature."
_DECIDED: Final = "Closed cases with a decision, by the day of their last closing."


def _rate(
    name: str,
    *,
    counted_as: str,
    cohort: Cohort,
    mart_cohort: str,
    definition: str,
    population: str,
    numerator: str,
    denominator: str,
    cells: str,
    traps: tuple[str, ...],
    maturity_days: int | None = None,
) -> Metric:
    condition = f"metric = '{counted_as}' and cohort = '{mart_cohort}'"
    return Metric(
        name=name,
        kind="share",
        aggregate=RATES,
        unit="share 0..1",
        definition=definition,
        population=population,
        numerator=numerator,
        denominator=denominator,
        cohort=cohort,
        nature="indirect",
        method=WILSON,
        source=_WILSON_SOURCE,
        cells=cells,
        condition=condition,
        traps=traps,
        sums=_SHARE,
        unit_condition=condition,
        maturity_days=maturity_days,
    )


def _decided(name: str, counted_as: str, definition: str, numerator: str, *traps: str) -> Metric:
    return _rate(
        name,
        counted_as=counted_as,
        cohort="closed",
        mart_cohort="closed",
        definition=definition,
        population=_DECIDED,
        numerator=numerator,
        denominator="Cases of the population.",
        cells="closed cases",
        traps=(*traps, _REOPENABLE),
        maturity_days=30,
    )


_OUTCOMES: Final = (
    _decided(
        "uphold_rate",
        "uphold_any_rate",
        "Share of decided complaints that were upheld, in full or in part.",
        "Cases whose newest decision is upheld or partly upheld.",
        "Some count only what was upheld in full: that is full_uphold_rate.",
        "What an external body overturns later is another measure.",
    ),
    _decided(
        "full_uphold_rate",
        "uphold_rate",
        "Share of decided complaints that were upheld in full.",
        "Cases whose newest decision is upheld.",
        "Partly upheld cases count as not upheld here.",
    ),
    _decided(
        "partial_uphold_rate",
        "partial_uphold_rate",
        "Share of decided complaints that were upheld in part.",
        "Cases whose newest decision is partly upheld.",
        "Add it to full_uphold_rate only by asking for uphold_rate: intervals do not add.",
    ),
    _decided(
        "rejection_rate",
        "rejection_rate",
        "Share of decided complaints that were rejected.",
        "Cases whose newest decision is rejected.",
        "It is the organization's own word; acceptance_rate is the complainant's.",
    ),
    _decided(
        "redress_without_acceptance_rate",
        "redress_without_acceptance_rate",
        "Share of decided complaints that got redress without the organization accepting them.",
        "Cases whose newest decision is redress without acceptance.",
        "Counted as neither upheld nor rejected.",
    ),
    _decided(
        "other_decision_rate",
        "other_decision_rate",
        "Share of decided complaints that were decided otherwise.",
        "Cases whose newest decision is another one.",
        "A large share says that the list of decisions does not fit.",
    ),
)

_LIVES: Final = (
    _rate(
        "acceptance_rate",
        counted_as="acceptance_rate",
        cohort="closed",
        mart_cohort="closed",
        definition="Share of complainants who accepted the answer, of those who said.",
        population="Closed cases whose complainant accepted or rejected, by the day of their last closing.",
        numerator="Cases whose complainant accepted last.",
        denominator="Cases of the population.",
        cells="closed cases",
        traps=("Silence is not acceptance: those who said nothing are in neither number.", _REOPENABLE),
        maturity_days=30,
    ),
    _rate(
        "reopen_rate",
        counted_as="reopen_rate_30d",
        cohort="first closed",
        mart_cohort="closed",
        definition="Share of closed cases that were reopened within 30 days of their first closing.",
        population="Cases whose 30 days after the first closing are over, by the day of the first closing.",
        numerator="Cases reopened within 30 days, each once however often.",
        denominator="Cases of the population.",
        cells="first closings",
        traps=(
            "A case closed less than 30 days ago is left out: the last 30 days are not yet mature.",
            "Cases, not reopenings: cases_reopened counts those.",
        ),
        maturity_days=30,
    ),
    _rate(
        "escalation_rate",
        counted_as="escalation_rate",
        cohort="closed",
        mart_cohort="closed",
        definition="Share of closed cases that were escalated.",
        population="Closed cases, by the day of their last closing.",
        numerator="Cases escalated at any time.",
        denominator="Cases of the population.",
        cells="closed cases",
        traps=(
            "Complainants turn elsewhere months after a case is closed: recent periods are not yet mature.",
            "Escalation inside and outside the organization count alike.",
        ),
        maturity_days=180,
    ),
    _rate(
        "recourse_told_rate",
        counted_as="recourse_told_rate",
        cohort="received",
        mart_cohort="received",
        definition="Share of complainants who refused the answer and were told where else to turn.",
        population="Cases whose complainant refused an answer, by the day of receipt.",
        numerator="Cases in which recourse was told.",
        denominator="Cases of the population.",
        cells="refused answers",
        traps=("A refused answer leaves the case open: told later still counts.",),
    ),
    _rate(
        "incorrect_priority_rate",
        counted_as="incorrect_priority_rate",
        cohort="received",
        mart_cohort="received",
        definition="Share of assessed cases whose priority had to be raised later.",
        population="Cases with an assessment, by the day of receipt.",
        numerator="Cases whose priority is above their first one.",
        denominator="Cases of the population.",
        cells="assessed cases",
        traps=("Lowered priorities do not count: nobody waited too long for them.",),
    ),
)


def _clocks(name: str, definition: str, numerator: str, *, in_time: bool, clock: str | None, trap: str) -> Metric:
    only = f" and clock = '{clock}'" if clock else ""
    condition = f"metric = 'clock_breach_rate' and cohort = 'due'{only}"
    return Metric(
        name=name,
        kind="share",
        aggregate=CLOCKS,
        unit="share 0..1",
        definition=definition,
        population="Clocks that were fulfilled or breached, by the day they fell due, once it has come.",
        numerator=numerator,
        denominator="Clocks met and clocks breached.",
        cohort="due",
        nature="indirect",
        method=WILSON,
        source=_WILSON_SOURCE,
        cells="clocks due",
        condition=condition,
        calendar="business time",
        traps=(
            "By due date, not by receipt: what is not due yet is in neither number.",
            "A clock that is open and overdue is breached now; one cancelled in time is left out.",
            "A case keeps the policy it began under, so one period can hold several targets.",
            trap,
        ),
        sums=Sums("denominator - numerator" if in_time else "numerator", "0", _NOTHING, _NOTHING, "denominator"),
        unit_condition=condition,
        unit_favourable="1 - favourable" if in_time else "favourable",
        is_shared=not in_time,
    )


_CLOCKS: Final = (
    _clocks(
        "breach_rate",
        "Share of clocks that were breached, each kind of clock by itself.",
        "Clocks breached.",
        in_time=False,
        clock=None,
        trap="Reopening starts a new cycle and never un-breaches the old one.",
    ),
    _clocks(
        "acknowledged_in_time",
        "Share of acknowledgements that came in time.",
        "Acknowledge clocks not breached.",
        in_time=True,
        clock="acknowledge",
        trap="An automatic receipt counts only if it was sent as an acknowledgement.",
    ),
)


def _flow(name: str, column: str, definition: str, cohort: Cohort, trap: str) -> Metric:
    return Metric(
        name=name,
        kind="stock" if column == "closing" else "count",
        aggregate=FLOWS,
        unit="cases",
        definition=definition,
        population="Cases that were received, whatever became of them.",
        numerator="Cases.",
        denominator="None: a full count, not a sample.",
        cohort=cohort,
        nature="indirect",
        method=FULL_COUNT,
        source="Counting.",
        cells="cases received" if column == "received" else f"cases {column}",
        condition="true",
        floor=0,
        traps=(trap,),
        sums=Sums(column, "0", _NOTHING, _NOTHING, column),
        is_shared=False,
    )


_FLOWS: Final = (
    _flow("cases_received", "received", "Cases received.", "received", "It follows how many customers there are."),
    _flow("cases_closed", "closed", "Closings of cases.", "closed", "A case closed twice counts twice."),
    _flow("cases_reopened", "reopened", "Reopenings of cases.", "reopened", "A case reopened twice counts twice."),
    _flow(
        "backlog",
        "closing",
        "Cases open at the end of the period's last day.",
        "open",
        "A stock: never add it over days, take the last one.",
    ),
)

QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
_WAITED: Final = {
    "time_to_acknowledge": ("time_to_acknowledge", "their acknowledgement"),
    "time_to_first_response": ("time_to_first_response", "a first response or decision"),
    "time_to_decide": ("time_to_decision", "a decision"),
    "time_to_resolve": ("time_to_close", "their last closing"),
}


def _wait(name: str, short: str) -> Metric:
    measured, until = _WAITED[name]
    share = QUANTILES[short]
    return Metric(
        name=f"{name}_{short}",
        kind="quantile",
        aggregate=WAITS,
        unit="hours",
        definition=f"Hours from receipt, to the minute, within which {share:.0%} of cases have {until}.",
        population="All cases received, those still waiting among them, by the day of receipt.",
        numerator=f"Cases that have {until}.",
        denominator="All cases of the population; those without are censored at the moment known, or at their end.",
        cohort="received",
        nature="indirect",
        method=KAPLAN_MEIER,
        source="Kaplan & Meier 1958, JASA 53:457-481; interval: Brookmeyer & Crowley 1982, log-log.",
        cells=f"waits {name}",
        condition=f"metric = '{measured}'",
        calendar="wall time",
        traps=(
            "Leaving out open cases makes it look quick: here they count as taking longer than they have so far.",
            "Unknown, not zero, while too many still wait; medians of products do not average to that of all.",
            "Nights, weekends and pauses are part of it: clocks count business time.",
        ),
        unit_condition=f"metric = '{measured}'",
        quantile=share,
        is_shared=False,
    )


_WAITS: Final = tuple(_wait(name, short) for name in _WAITED for short in QUANTILES)

METRICS: Final = (*_OUTCOMES, *_LIVES, *_CLOCKS, *_FLOWS, *_WAITS)
FAMILIES: Final = {name: tuple(f"{name}_{short}" for short in QUANTILES) for name in _WAITED} | {
    "decisions": tuple(metric.name for metric in _OUTCOMES)
}
