"""What a figure is made of at two moments: each contribution then and now, and what came between.

One cause after the other is brought up to date, in a fixed order, and the figure's sums are taken again each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import duckdb
import numpy as np

from pipeline.domain.errors import UsageError
from pipeline.metrics.explanation import CAUSES, Totals
from pipeline.metrics.metric import Metric
from pipeline.statistics.survival import kaplan_meier, quantile
from warehouse.as_known import built_for_asking
from warehouse.duration_queries import MINUTES_US, quoted
from warehouse.known import Known
from warehouse.metric_queries import Question
from warehouse.models import build, load_models, needed_for
from warehouse.published import LakeSnapshot, attach_lake

OF_CASES: Final = frozenset({"unit_case", "unit_case_flow", "fct_case_wait"})
"""Units that are cases: they move with every event of the case."""

Stage = tuple[str, int, Totals]


def stages_between(
    taken: LakeSnapshot, metric: Metric, question: Question, then: Known, now: Known, area: Path
) -> tuple[Totals, list[Stage]]:
    """The sums as known then, and after each cause of `CAUSES` in order, with how many contributions it touched.

    The last are the sums as known now. Raises `UsageError` for a stock, which has no single contributions, and for a
    question that splits, or narrows by what is no dimension of the metric.
    """
    _check(metric, question)
    models = needed_for(load_models(), [metric.aggregate.units, *_events_of(metric)[:1]])
    with built_for_asking(area) as connection:
        # the later moment first: the lake's snapshot that stays in force is the one of then
        for name, known in (("now", now), ("then", then)):
            attach_lake(connection, taken, known)
            build(connection, models)
            _keep(connection, metric, question, name)
        _require_one_series(connection, metric)
        _judge(connection, metric)
        first = _totals(connection, metric, [])
        causes = list(CAUSES)
        return first, [
            (cause, _touched(connection, cause), _totals(connection, metric, causes[: place + 1]))
            for place, cause in enumerate(causes)
        ]


def _check(metric: Metric, question: Question) -> None:
    if metric.kind == "stock" or not metric.aggregate.units:
        raise UsageError(f"{metric.name} is not kept contribution by contribution, so its change has no parts.")
    if question.by:
        raise UsageError("A difference is explained for one figure: narrow it, do not split it.")
    strange = [name for name, _ in question.where if name not in (*metric.dimensions, *metric.aggregate.narrowing)]
    if strange:
        raise UsageError(
            f"The change of {metric.name} can be narrowed by {', '.join(metric.dimensions)}, not by `{strange[0]}`."
        )


def _require_one_series(connection: duckdb.DuckDBPyConnection, metric: Metric) -> None:
    found = connection.execute(
        "select distinct series from (select series from unit_now union all select series from unit_then) order by all"
    ).fetchall()
    if len(found) > 1:
        listed = ", ".join(str(row[0]) for row in found)
        raise UsageError(f"{metric.name} is never summed over {metric.aggregate.series}; narrow to one of: {listed}.")


def _events_of(metric: Metric) -> tuple[str, str]:
    """The relation of events that move the units, and its columns: subject, its event, when, and which step."""
    if metric.aggregate.units in OF_CASES:
        return "stg_transition", "case_id as subject, event_key::varchar as event, occurred_at, step"
    identity = "source || chr(31) || event_id"
    return "stg_event", f"{identity} as subject, {identity} as event, occurred_at, event_type as step"


def _keep(connection: duckdb.DuckDBPyConnection, metric: Metric, question: Question, name: str) -> None:
    """Tables `unit_<name>` and `event_<name>`: the figure's contributions, and the events known."""
    if metric.kind == "quantile":
        day, columns = (
            "received_date",
            f"case_id as unit, is_event::integer as k, 0 as d, ({MINUTES_US})::double as t, 1 as n",
        )
    else:
        day, columns = "day", f"unit, {metric.unit_favourable} as k, unfavourable as d, score as t, counted as n"
    if metric.aggregate.is_surveyed:
        columns = (
            "unit, favourable * weight as k, unfavourable * weight as d, score * weight as t, counted as n, weight as w"
        )
    else:
        columns += ", n as w"
    columns += f", {metric.aggregate.series or 'null'} as series"
    where = [metric.units_where, f"(?::date is null or {day} >= ?::date)", f"(?::date is null or {day} < ?::date)"]
    where += [f"{quoted(dimension)} is not distinct from ?" for dimension, _ in question.where]
    connection.execute(
        f"create or replace temp table unit_{name} as select {columns} "  # noqa: S608 - the registry's names
        f"from {metric.aggregate.units} where {' and '.join(where)}",
        [question.start, question.start, question.end, question.end, *(value for _, value in question.where)],
    ).fetchall()
    events, said = _events_of(metric)
    connection.execute(
        f"create or replace temp table event_{name} as select {said} from {events}"  # noqa: S608 - constants
    ).fetchall()


def _judge(connection: duckdb.DuckDBPyConnection, metric: Metric) -> None:
    """Table `unit_pair`: each contribution then and now, and what came between; null where nothing did."""
    subject = "split_part(unit, chr(31), 1)" if metric.aggregate.units in OF_CASES else "unit"
    connection.execute(
        f"""
        create or replace temp table unit_pair as
        with news as (
            select
                subject,
                bool_or(step in ('reclassified', 'merged', 'withdrawn')) as is_reclassified,
                bool_or(occurred_at <= (select as_known_at from lake_snapshot)) as is_late
            from event_now anti join event_then using (subject, event)
            group by subject
        ), paired as (
            select
                coalesce(unit_now.unit, unit_then.unit) as unit,
                {subject.replace("unit", "coalesce(unit_now.unit, unit_then.unit)")} as subject,
                unit_then.k as k0, unit_then.d as d0, unit_then.t as t0, unit_then.n as n0, unit_then.w as w0,
                unit_now.k as k1, unit_now.d as d1, unit_now.t as t1, unit_now.n as n1, unit_now.w as w1
            from unit_then full join unit_now on unit_then.unit = unit_now.unit
        ), subject_then as (
            select distinct subject, true as was_known from event_then
        ), subject_now as (
            select distinct subject, true as is_known from event_now
        )
        select
            k0, d0, t0, n0, w0, k1, d1, t1, n1, w1,
            case
                when (k0, d0, t0, n0, w0) is not distinct from (k1, d1, t1, n1, w1) then null
                when was_known is null then 'recorded later'
                when is_known is null then 'no longer there'
                when is_reclassified then 'reclassified'
                when is_late then 'late steps'
                when news.subject is not null then 'happened since'
                else 'enriched or time passed'
            end as cause
        from paired
        left join news using (subject) left join subject_then using (subject) left join subject_now using (subject)
        """  # noqa: S608 - constants
    ).fetchall()


def _totals(connection: duckdb.DuckDBPyConnection, metric: Metric, replaced: Sequence[str]) -> Totals:
    """The sums with the contributions of `replaced` as they are now, and all others as they were then."""
    chosen = "case when coalesce(list_contains(?, cause), false) then {0}1 else {0}0 end"
    k, d, t, n, w = (chosen.format(name) for name in "kdtnw")
    query = f"select {k} as k, {d} as d, {t} as t, {n} as n, {w} as w from unit_pair"  # noqa: S608 - constants
    marks = [list(replaced)] * 5
    if metric.kind == "quantile":
        found = connection.execute(f"select k, t from ({query}) where n = 1 order by all", marks).fetchnumpy()  # noqa: S608 - as above
        is_over = np.asarray(found["k"]) == 1
        waited = quantile(kaplan_meier(np.asarray(found["t"]), is_over), metric.quantile or 0.5)
        us = None if waited.value is None else Fraction(waited.value)
        return Totals(int(is_over.sum()), 0, Fraction(0), len(is_over), us)
    sums = connection.execute(
        f"select coalesce(fsum(k), 0)::double, coalesce(fsum(d), 0)::double, coalesce(fsum(t), 0)::double, "  # noqa: S608 - as above
        f"coalesce(sum(n), 0)::bigint, coalesce(fsum(w), 0)::double from ({query})",
        marks,
    ).fetchone()
    if sums is None:
        raise TypeError("a sum gives one row")
    favourable, unfavourable, score, weight = (Fraction(sums[place]) for place in (0, 1, 2, 4))
    base = weight if metric.aggregate.is_surveyed else None
    return Totals(favourable, unfavourable, score, sums[3], None, base)


def _touched(connection: duckdb.DuckDBPyConnection, cause: str) -> int:
    row = connection.execute("select count(*) from unit_pair where cause = ?", [cause]).fetchone()
    return int(row[0]) if row else 0
