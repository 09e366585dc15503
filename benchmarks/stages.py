"""Each stage alone, in this process, on the same simulated events: what it costs in CPU seconds."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.measure import Figure, measured
from pipeline.classify.text_classifier import TextClassifier
from pipeline.domain.cases.policy import load_policies
from pipeline.domain.decoding import decode_batch
from pipeline.ports import RecordColumns
from pipeline.services.intake import Intake
from pipeline.services.ledger import Ledger
from pipeline.services.open_cases import OpenCases, PolicyFolds
from pipeline.simulator import simulate
from warehouse.lake import DeltaLake
from warehouse.landed_rows import LakeRows

BATCH = 20_000
FULL_EVENTS = 100_000
FULL_TEXT = 200
RECORDED_MS = 1_790_000_000_000


def columns(values: Sequence[bytes | None], keys: Sequence[bytes | None], topic: str) -> list[RecordColumns]:
    """The records as one partition's batches of the size that workers take."""
    batches = []
    for begin in range(0, len(values), BATCH):
        part = list(values[begin : begin + BATCH])
        count = len(part)
        batches.append(
            RecordColumns(
                topic=topic,
                partition=0,
                position=begin,
                next_offset=begin + count,
                offsets=list(range(begin, begin + count)),
                timestamps_ms=[RECORDED_MS] * count,
                keys=list(keys[begin : begin + BATCH]),
                values=part,
                headers=[()] * count,
            )
        )
    return batches


def stage_figures(events: int) -> list[Figure]:
    """Simulate once, then measure decode, classify, intake and ledger on the same events."""
    values: list[bytes | None] = []
    keys: list[bytes | None] = []
    for chunk in simulate(events, seed=1):
        values += chunk.values
        keys += chunk.keys
    inbox = columns(values, keys, "feedback.inbox")
    classifier = TextClassifier.default()
    texts = [text_of(value) for value in values]
    intake = Intake(classifier)
    results = [intake.process(batch) for batch in inbox]
    accepted = [value for result in results for value in result.accepted.values]
    accepted_keys = [key for result in results for key in result.accepted.keys]
    log = columns(accepted, accepted_keys, "feedback.events")

    filled = _with_full_texts(values, texts)
    full = columns(filled, [None] * len(filled), "feedback.inbox")

    folds = PolicyFolds(load_policies(None), case_memory_days=400)

    def land() -> None:
        with tempfile.TemporaryDirectory() as folder:
            lake = DeltaLake(Path(folder))
            ledger = Ledger(lake, LakeRows(lake), cases=OpenCases(folds, LakeRows(lake)))
            for batch in log:
                ledger.land([batch])

    return [
        measured("decode and validate", events, lambda: [decode_batch(b.values, b.headers) for b in inbox]),
        measured(
            "default model, all heads, texts only",
            sum(text is not None for text in texts),
            lambda: _classify(classifier, texts),
        ),
        measured("intake service (decode, classify, encode)", events, lambda: [intake.process(b) for b in inbox]),
        measured(
            "intake service, a text of 200 characters in every event",
            len(filled),
            lambda: [intake.process(b) for b in full],
        ),
        measured("ledger service (decode, dedupe, windows, cases, Delta)", len(accepted), land),
    ]


def _classify(classifier: TextClassifier, texts: Sequence[str | None]) -> None:
    with_text = [text for text in texts if text is not None]
    for begin in range(0, len(with_text), BATCH):
        part = with_text[begin : begin + BATCH]
        classifier.classify(part, [None] * len(part))


def _with_full_texts(values: Sequence[bytes | None], texts: Sequence[str | None]) -> list[bytes | None]:
    """Events that have a text, with one of exactly `FULL_TEXT` characters, at most `FULL_EVENTS` of them."""
    filled: list[bytes | None] = []
    for value, text in zip(values, texts, strict=True):
        if value is None or not text or len(filled) == FULL_EVENTS:
            continue
        event = msgspec.json.decode(value)
        event["data"]["text"] = (f"{text} " * FULL_TEXT)[:FULL_TEXT]
        filled.append(msgspec.json.encode(event))
    return filled


def text_of(value: bytes | None) -> str | None:
    """The text of an event, if it has one that can be read."""
    outcome = decode_batch([value], [()])[0]
    content = getattr(outcome, "content", None)
    text: str | None = getattr(content, "text", None)
    return text
