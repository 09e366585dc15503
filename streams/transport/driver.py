"""The transport that a Faust app gets: which of its topics come as batches, and how."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver

from pipeline.ports import TopicPartition
from streams.brokers.options import aiokafka_options
from streams.transport.consumer import BatchConsumer
from streams.transport.tracks import Limits

Resume = Callable[[Collection[TopicPartition]], Mapping[TopicPartition, int]]
"""Where each partition's next record is, by somebody who knows better than the group's offsets.

Called on every assignment with all assigned partitions of the topic, on the app's one worker thread, so it may block
and never runs beside a group handler. Partitions left out start at the oldest record.
"""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How one topic is read."""

    resume: Resume | None = None


class CredentialedProducer(driver.Producer):
    """Faust's producer with the same security options as the consumer."""

    def _settings_auth(self) -> Mapping[str, object]:
        return self.transport.client_kwargs  # type: ignore[no-any-return]  # Faust's attribute has no type


class BatchTransport(driver.Transport):
    """aiokafka transport in which chosen topics are read as batches."""

    Consumer = BatchConsumer
    Producer = CredentialedProducer
    driver_version = driver.Transport.driver_version

    def __init__(self, url: Any, app: Any, limits: Limits, client_options: Mapping[str, str]) -> None:
        super().__init__(url, app)
        self.limits = limits
        self.client_kwargs: Mapping[str, Any] = aiokafka_options(client_options)
        self.batches: dict[str, BatchOptions] = {}
        self.worker = ThreadPoolExecutor(1, thread_name_prefix="batches")

    def is_batch_topic(self, topic: str) -> bool:
        """Whether the topic is read as batches."""
        return topic in self.batches


def batch_topic(app: faust.App, name: str, resume: Resume | None = None) -> Any:
    """A Faust topic whose agents get one `Batch` per item.

    Without `resume` the group's own offsets say where to start; with it they are kept for lag monitoring only.
    """
    transport: BatchTransport = app.transport
    transport.batches[name] = BatchOptions(resume)
    # No acks: Faust would keep an integer per item and commit by it; the agent's mark_done is the only word.
    return app.topic(name, key_serializer="raw", value_serializer="raw", acks=False)
