"""The intake agent: inbox → feedback.events and feedback.dead-letters, same partition number."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pipeline.ports import RecordColumns
from pipeline.services.intake import Intake
from pipeline.settings import Settings
from streams.sender import BatchSender
from streams.transport.agents import batch_agent

if TYPE_CHECKING:
    import faust


def intake_agent(app: faust.App, settings: Settings, intake: Intake, sender: BatchSender) -> None:
    """Define the agent on `app`. A batch is done once every record it caused is acknowledged."""
    events, dead_letters = settings.topic("events"), settings.topic("dead-letters")

    async def take_in(records: RecordColumns) -> None:
        result = await asyncio.get_running_loop().run_in_executor(app.transport.worker, intake.process, records)
        await asyncio.gather(
            sender.send(events, records.partition, result.accepted),
            sender.send(dead_letters, records.partition, result.rejected),
        )

    batch_agent(app, settings.topic("inbox"), take_in)
