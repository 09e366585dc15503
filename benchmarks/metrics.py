"""How long metric queries take on a published warehouse of ten million events: `python -m benchmarks.metrics [EVENTS]`.

The lake is made in SQL, the marts by the real models, the file is a published one, and the questions go through the
same function as `vidhuk metric`, which opens the file each time. Starting the command is measured apart.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import duckdb

from pipeline.domain.lake_tables import TABLES
from pipeline.metrics.metric import Metric
from pipeline.metrics.registry import METRICS
from warehouse.case_words import attach_case_words
from warehouse.category_words import attach_categories
from warehouse.connections import building
from warehouse.lake_relations import EMPTY, TABLE_COLUMNS
from warehouse.metric_definitions import attach_metrics
from warehouse.metric_queries import Question, metric_rows
from warehouse.models import build, load_models, needed_for
from warehouse.survey_words import attach_survey_words

EVENTS = 10_000_000
DAYS = 730
REPETITIONS = 5

EVENT = {
    "event_key": "number",
    "id": "'e-' || number",
    "source": "'channel/bench'",
    "type": "case when kind < 6 then 'vidhuk.feedback.submitted.v1' else 'vidhuk.survey.responded.v1' end",
    "time": "moment",
    "recordedtime": "moment + interval 1 minute",
    "channel": "['email', 'phone', 'web', 'app', 'chat', 'letter', 'branch'][1 + (number * 7919 // 13) % 7]",
    "product": "'product ' || (number * 104729 // 7) % 8",
    "language": "case when number % 3 = 0 then 'uk' else 'en' end",
    "record_class": "case when kind < 6 then ['complaint', 'complaint', 'inquiry', 'opinion'][1 + number % 4] end",
    "category": "case when kind < 6 then 'category ' || (number * 15485863 // 11) % 12 end",
    "case_id": "case when kind < 6 and number % 4 = 0 then 'C-' || number end",
    "inbox_log": "'inbox'",
    "inbox_partition": "0",
    "inbox_offset": "number",
    "log": "'log'",
    "partition": "0",
    "offset": "number",
    "data": """case when kind < 6 then '{"attributes":{"market":"m' || number % 12 || '"}}' else
        '{"survey_id":"relation","wave":"' || number % 8 || '","instrument":"'
        || ['nps', 'csat', 'ces'][1 + number % 3] || '","score":' || 1 + (number * 31 // 3) % 5
        || ',"scale_min":' || ['0', '1', '1'][1 + number % 3] || ',"scale_max":' || ['10', '5', '7'][1 + number % 3]
        || ',"attributes":{"market":"m' || number % 12 || '"}}' end""",
}
STEP = {
    "event_key": "number * 4 + place",
    "case_id": "'C-' || number",
    "case_key": "number",
    "step": "['received', 'acknowledged', 'decision-communicated', 'closed'][1 + place]",
    "time": "moment + to_seconds(place * (3600 + (number * 97) % 400000))",
    "sequence": "-1",
    "outcome": "'applied'",
    "state_from": "['absent', 'received', 'acknowledged', 'decided'][1 + place]",
    "state_to": "['received', 'acknowledged', 'decided', 'closed'][1 + place]",
    "product": "'product ' || (number * 104729 // 7) % 8",
    "channel": "['email', 'phone', 'web', 'app', 'chat', 'letter', 'branch'][1 + (number * 7919 // 13) % 7]",
    "decision": "case when place > 1 then ['upheld', 'partly_upheld', 'rejected'][1 + number % 3] end",
    "closed_by_organization": "place = 3",
    "known_at": "moment + interval 1 minute",
    "log": "'log'",
    "partition": "0",
    "offset": "number",
} | dict.fromkeys(("safety", "immediate_action", "vulnerable", "reportable", "escalated", "recourse_told"), "false")


def main() -> None:
    """Build, ask, and print the table that `docs/performance.md` holds."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse-00000001.duckdb"
        began = time.monotonic()
        rows = built(path, events)
        print(f"{events:,} events, {path.stat().st_size / 1e6:,.0f} MB, built in {time.monotonic() - began:.0f} s")
        print({table: count for table, count in rows.items() if count})
        figures: list[float] = []
        for name, question in QUESTIONS.items():
            asked = [(metric, question(metric)) for metric in METRICS.values()]
            pairs = [milliseconds(path, metric, each) for metric, each in asked]
            times, spent = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            figures += times
            slowest = asked[times.index(max(times))][0].name
            print(f"| {name} | {median(times):.0f} | {median(spent):.0f} | {max(times):.0f} ({slowest}) |", flush=True)
        print(f"median of all: {median(figures):.0f} ms; starting the command: {start_milliseconds():.0f} ms")


QUESTIONS: dict[str, Callable[[Metric], Question]] = {
    "one figure": lambda _: Question(),
    "by month": lambda _: Question(("month",)),
    "by channel and quarter": lambda metric: Question(("quarter", *_known(metric, "channel"))),
    "by product, one month": lambda metric: Question(_known(metric, "product"), date(2026, 3, 1), date(2026, 4, 1)),
    "by every dimension": lambda metric: Question(metric.dimensions),
    "by market and quarter": lambda metric: Question(("quarter", *_known(metric, "market"))),
}


def _known(metric: Metric, name: str) -> tuple[str, ...]:
    attributed = name == "market" and metric.aggregate.attributes is not None and metric.name != "rating_top_two_box"
    return (name,) if attributed or name in metric.dimensions else ()


def built(path: Path, events: int) -> dict[str, int]:
    """The marts that metrics read, by the real models, in a file as a publication leaves it."""
    names = {table for metric in METRICS.values() for table in (metric.table, metric.aggregate.attributes) if table}
    with building(path, spill=path.parent / "spill") as connection:
        _lake(connection, events)
        rows = build(connection, needed_for(load_models(), [*names, "dim_metric"]))
        kept = {*names, "dim_metric"}
        for table in rows.keys() - kept:
            connection.execute(f"drop table {table}").fetchall()
        return {table: rows[table] for table in sorted(kept)}


def _lake(connection: duckdb.DuckDBPyConnection, events: int) -> None:
    """The lake's relations: six events in ten are feedback, a quarter of it complaints with a case of four steps."""
    for table in TABLES:
        connection.execute(f"create temp view lake_{table} as {EMPTY[table]}").fetchall()
    numbers = (
        "select range as number, range % 10 as kind, timestamptz '2024-11-01' "  # noqa: S608 - numbers of ours
        f"+ to_seconds((range * 48271) % {DAYS * 86_400}) as moment from range({events})"
    )
    steps = f"({numbers}), (select range as place from range(4)) where kind < 6 and number % 4 = 0"  # noqa: S608 - as above
    for table, values, source in (
        ("events", EVENT, f"({numbers})"),
        ("transitions", STEP, steps),
    ):
        columns = ", ".join(
            f'({values[name]})::{kind} as "{name}"' if name in values else f'null::{kind} as "{name}"'
            for name, kind in TABLE_COLUMNS[table].items()
        )
        made = f"select {columns} from {source}"  # noqa: S608 - the lake's columns and expressions of ours
        connection.execute(f"create or replace temp view lake_{table} as {made}").fetchall()
    connection.execute(
        "create or replace temp table lake_snapshot as select timestamptz '2026-11-01' as as_known_at"
    ).fetchall()
    attach_metrics(connection)
    attach_case_words(connection)
    attach_survey_words(connection)
    attach_categories(connection)


def milliseconds(path: Path, metric: Metric, question: Question) -> tuple[float, float]:
    """By the clock and of CPU, each the median of the repetitions, after one that is not counted."""
    metric_rows(path, metric, question)
    clock, spent = [], []
    for _ in range(REPETITIONS):
        began, used = time.perf_counter(), time.process_time()
        metric_rows(path, metric, question)
        clock.append(1000 * (time.perf_counter() - began))
        spent.append(1000 * (time.process_time() - used))
    return median(clock), median(spent)


def start_milliseconds() -> float:
    """What `vidhuk metric` takes to start and find that nothing is published: everything but the question."""
    taken = []
    with tempfile.TemporaryDirectory() as home:
        for _ in range(3):
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "pipeline", "metric", "csat", "--home", home], capture_output=True, check=False
            )
            taken.append(1000 * (time.perf_counter() - began))
    return median(taken)


if __name__ == "__main__":
    main()
