"""The ledger agents: feedback.events and feedback.dead-letters → the lake, windows and alerts → their topics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.domain.logs import in_log
from pipeline.ports import OutgoingRecords, RecordColumns, TopicPartition
from pipeline.services.ledger import Ledger
from pipeline.settings import Settings
from streams.sender import BatchSender
from streams.topics import ALERTS, DEAD_LETTERS, EVENTS, METRICS
from streams.transport.agents import group_agent
from streams.transport.batch import Batch

if TYPE_CHECKING:
    import faust

Reached = Callable[[str], Mapping[int, int]]
"""How far this group has come on a topic by its own offsets on the broker, per partition."""


def ledger_agents(
    app: faust.App,
    settings: Settings,
    ledger: Ledger,
    sender: BatchSender,
    log_ids: Mapping[str, str],
    reached: Reached,
) -> None:
    """Define both agents on `app`.

    A group of batches is done once it is in the lake and its windows and alerts are sent. Both resume where the lake
    stands; the group's offsets on the broker say up to where windows and alerts were surely sent.
    """
    events, letters, metrics, alerts = (settings.topic(name) for name in (EVENTS, DEAD_LETTERS, METRICS, ALERTS))
    mine: set[TopicPartition] = set()

    def in_lake(tp: TopicPartition) -> TopicPartition:
        return TopicPartition(in_log(tp.topic, log_ids[tp.topic]), tp.partition)

    def columns(batches: Sequence[Batch]) -> list[RecordColumns]:
        return [replace(batch.columns, topic=in_lake(batch.tp).topic) for batch in batches]

    def send(topic: str, records: Mapping[int, OutgoingRecords]) -> None:
        send_all(app, sender, topic, records)

    def land(batches: Sequence[Batch]) -> None:
        landed = ledger.land(columns(batches))
        send(metrics, landed.metrics)
        send(alerts, landed.alerts)
        ledger.alerts_sent()
        ledger.save_cases()

    def land_letters(batches: Sequence[Batch]) -> None:
        ledger.land_dead_letters(columns(batches))

    def resume(partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        ours = {tp: in_lake(tp) for tp in partitions}
        ledger.revoke(mine - set(ours.values()))
        mine.clear()
        mine.update(ours.values())
        sent = reached(events)
        since = {tp: sent.get(tp.partition, 0) for tp in mine}
        stands = ledger.assign(mine, since)
        send(metrics, ledger.metrics_since(since))
        send(alerts, ledger.owed_alerts())
        ledger.alerts_sent()
        return {tp: stands[kept] for tp, kept in ours.items()}

    def resume_letters(partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        stands = ledger.assign_dead_letters([in_lake(tp) for tp in partitions])
        return {tp: stands[in_lake(tp)] for tp in partitions}

    group_agent(app, events, land, resume=resume, records=settings.batch_records, seconds=settings.batch_seconds)
    group_agent(
        app,
        letters,
        land_letters,
        resume=resume_letters,
        records=settings.batch_records,
        seconds=settings.batch_seconds,
    )


def send_all(app: faust.App, sender: BatchSender, topic: str, records: Mapping[int, OutgoingRecords]) -> None:
    """Send records by partition and return when all are acknowledged; for the app's worker thread."""

    async def send() -> None:
        await asyncio.gather(*(sender.send(topic, partition, each) for partition, each in records.items()))

    if records:
        asyncio.run_coroutine_threadsafe(send(), app.loop).result()
