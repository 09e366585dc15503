"""What the fold of cases costs alone: events a second of one core, in order and late, and restarts with open cases.

    python benchmarks/fold.py [CASES]

Cases have six steps and the four clocks of the shipped policy. Warm the compiled functions first: run it twice.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.cases.fold import CaseFold
from pipeline.domain.cases.policy import load_policies
from pipeline.domain.lake_tables import EVENTS, INSTANT

HOUR_US = 3_600_000_000
BEGIN_US = 1_767_600_000_000_000
STEPS = (
    ("vidhuk.feedback.submitted.v1", 0, '{"channel":"email","attributes":{"region":"Kyiv"}}'),
    ("vidhuk.complaint.acknowledged.v1", 9, '{"case_id":"C-1"}'),
    ("vidhuk.complaint.assessed.v1", 30, '{"case_id":"C-1","severity":3,"impact":2,"complexity":2}'),
    ("vidhuk.complaint.investigation-started.v1", 50, '{"case_id":"C-1"}'),
    ("vidhuk.complaint.decision-communicated.v1", 140, '{"case_id":"C-1","outcome":"upheld","recourse_told":true}'),
    ("vidhuk.complaint.closed.v1", 200, '{"case_id":"C-1"}'),
)
BATCH_ROWS = 20_000


def history(cases: int, seed: int = 7) -> pa.Table:
    """Rows of `EVENTS`: six steps of each case in the order of their times, cases overlapping as they do in life."""
    random = np.random.default_rng(seed)
    received = BEGIN_US + np.sort(random.integers(0, 365 * 24, cases)) * HOUR_US
    times = np.concatenate([received + hours * HOUR_US + random.integers(0, HOUR_US, cases) for _, hours, _ in STEPS])
    order = np.argsort(times, kind="stable")
    rows = len(times)
    step = np.repeat(np.arange(len(STEPS)), cases)[order]
    case = np.tile(np.arange(cases), len(STEPS))[order]
    ids = pa.array([f"C-{at}" for at in range(cases)]).take(pa.array(case))
    instants = pa.array(times[order]).cast(INSTANT)
    columns = {
        "event_key": random.integers(-(2**63), 2**63 - 1, rows),
        "id": pa.array([str(at) for at in range(rows)]),
        "source": pa.repeat("channel/bench", rows),
        "type": pa.array([name for name, _, _ in STEPS]).take(pa.array(step)),
        "time": instants,
        "recordedtime": instants,
        "case_id": ids,
        "channel": pa.array(["email", "phone", "web"]).take(pa.array(case % 3)),
        "product": pa.array([f"product-{at}" for at in range(20)]).take(pa.array(case % 20)),
        "record_class": pa.array(["complaint", *[None] * 5]).take(pa.array(step)),
        "data": pa.array([data for _, _, data in STEPS]).take(pa.array(step)),
        "inbox_log": pa.repeat("bench", rows),
        "inbox_partition": np.zeros(rows, np.int32),
        "inbox_offset": np.arange(rows),
        "log": pa.repeat("bench", rows),
        "partition": np.zeros(rows, np.int32),
        "offset": np.arange(rows),
    }
    return pa.table([pa.array(columns.get(each.name, pa.nulls(rows, each.type)), each.type) for each in EVENTS], EVENTS)


def fold_all(events: pa.Table) -> tuple[float, int, int]:
    """Seconds of the processor for the whole history in batches, and the rows written."""
    fold, transitions, clocks = CaseFold(load_policies()), 0, 0
    began = time.process_time()
    for at in range(0, events.num_rows, BATCH_ROWS):
        rows = events.slice(at, BATCH_ROWS)
        missing = fold.unknown(rows)
        if missing:
            before = events.slice(0, at)
            fold.restore(before.filter(pc.is_in(before.column("case_id"), pa.array(missing))))
        folded = fold.fold(rows)
        transitions, clocks = transitions + folded.transitions.num_rows, clocks + folded.clocks.num_rows
    return time.process_time() - began, transitions, clocks


def mildly_shuffled(events: pa.Table, seed: int = 11) -> pa.Table:
    """The same with arrivals out of order by up to two days: about one event in four of a case is late."""
    recorded = events.column("time").cast(pa.int64()).to_numpy().copy()
    recorded += np.random.default_rng(seed).integers(0, 48 * HOUR_US, len(recorded))
    return events.take(pa.array(np.argsort(recorded, kind="stable")))


def main(cases: int) -> None:
    """Print the figures."""
    events = history(cases)
    fold_all(events.slice(0, 20_000))
    for name, log in (("in order", events), ("arriving up to two days late", mildly_shuffled(events))):
        seconds, transitions, clocks = fold_all(log)
        print(
            f"fold, {name}: {log.num_rows:,} events, {log.num_rows / seconds:,.0f} a second and core, "
            f"{transitions:,} transitions, {clocks:,} clock rows"
        )
    open_events = history(200_000)
    open_events = open_events.filter(pc.not_equal(open_events.column("type"), STEPS[-1][0]))
    fold = CaseFold(load_policies())
    for at in range(0, open_events.num_rows, 100_000):
        fold.fold(open_events.slice(at, 100_000))
    began = time.perf_counter()
    snapshot = fold.snapshot()
    taken, began = time.perf_counter() - began, time.perf_counter()
    loaded = CaseFold.load(load_policies(), snapshot)
    seconds = time.perf_counter() - began
    megabytes = snapshot.nbytes / 1e6
    print(
        f"restart with {loaded.open_cases:,} open cases: snapshot of {megabytes:,.0f} MB taken in {taken:.2f} s, "
        f"loaded in {seconds:.2f} s"
    )
    began = time.perf_counter()
    loaded.due(BEGIN_US, BEGIN_US + HOUR_US)
    print(f"looking for what fell due within an hour: {1000 * (time.perf_counter() - began):.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
