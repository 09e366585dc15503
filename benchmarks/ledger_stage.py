"""Events per second of the ledger on one core: decode, identities, windows, Delta with flushed files.

usage: python benchmarks/ledger_stage.py [events] [batch]
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from pipeline.domain.keyset import KeySet
from pipeline.ports import RecordColumns
from pipeline.services.ledger import Ledger
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

CHANNELS = ("email", "web", "phone", "app", "chat")
CATEGORIES = ("delivery", "billing_price", "staff_conduct", "product_quality", "other")


def a_value(at: int, chance: random.Random) -> bytes:
    """One value of `feedback.events` of about 900 bytes; every twentieth repeats an identity."""
    words = " ".join(chance.choices(("parcel", "late", "thanks", "broken", "courier", "refund", "invoice"), k=40))
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_788_256_800 + chance.randrange(14 * 86_400)))
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"e-{at - 1 if at % 20 == 19 else at}",
            "source": "channel/email",
            "type": "vidhuk.feedback.submitted.v1",
            "time": stamp,
            "subject": f"customer-{at % 5000}",
            "partitionkey": f"customer-{at % 5000}",
            "recordedtime": "2026-09-15T10:00:00.000000Z",
            "inboxpartition": 0,
            "inboxoffset": at,
            "enrichmodel": "lexicon/1",
            "enrichlanguage": "en",
            "enrichclass": chance.choice(("complaint", "inquiry", "compliment")),
            "enrichcategory": chance.choice(CATEGORIES),
            "enrichsentiment": chance.choice(("negative", "neutral", "positive")),
            "enrichsafety": False,
            "data": {"channel": chance.choice(CHANNELS), "product": "parcel", "text": words, "rating": 3,
                     "customer": {"name": "A B"}, "attributes": {"region": "Kyiv"}},
        }
    ).encode()  # fmt: skip


def batches(events: int, size: int) -> list[RecordColumns]:
    """`events` records of one partition in batches of `size`."""
    chance = random.Random(1)  # noqa: S311 - sample data
    made = []
    for start in range(0, events, size):
        count = min(size, events - start)
        values: list[bytes | None] = [a_value(at, chance) for at in range(start, start + count)]
        made.append(
            RecordColumns(
                topic="feedback.events",
                partition=0,
                position=start,
                next_offset=start + count,
                offsets=list(range(start, start + count)),
                timestamps_ms=[0] * count,
                keys=[None] * count,
                values=values,
                headers=[()] * count,
            )
        )
    return made


def time_ledger(events: int, size: int) -> None:
    """Land `events` and print the rate, by CPU seconds and by the clock."""
    made = batches(events, size)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as home:
        lake = DeltaLake(Path(home) / "lake")
        ledger = Ledger(lake, LakeRows(lake))
        cpu, clock = time.process_time(), time.perf_counter()
        for batch in made:
            ledger.land([batch])
        cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
        print(f"ledger: {events / cpu:,.0f} events/s per core, {events / clock:,.0f} events/s by the clock")
        clock = time.perf_counter()
        Ledger(lake, LakeRows(lake)).assign([made[0].tp])
        print(f"taking over {events:,} events: {time.perf_counter() - clock:.2f} s")


def time_keyset(held: int, size: int) -> None:
    """Look up and add batches while `held` keys are in memory."""
    chance = np.random.default_rng(1)
    keys = KeySet(30)
    for _ in range(held // size):
        keys.add(chance.integers(-(2**63), 2**63 - 1, size), np.arange(size), np.zeros(size, np.int32))
    rounds = 50
    cpu = time.process_time()
    for _ in range(rounds):
        batch = chance.integers(-(2**63), 2**63 - 1, size)
        days = np.zeros(size, np.int32)
        keys.lookup(batch, days)
        keys.add(batch, np.arange(size), days)
    micros = (time.process_time() - cpu) / rounds / size * 1e6
    print(f"keyset: {micros:.2f} us per event with {len(keys):,} keys held, {keys.nbytes / len(keys):.0f} bytes a key")


if __name__ == "__main__":
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    batch_size = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    time_ledger(total, batch_size)
    time_keyset(10_000_000, batch_size)
