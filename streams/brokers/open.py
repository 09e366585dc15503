"""The broker that the settings name."""

from __future__ import annotations

from typing import Final

from pipeline.settings import Settings
from streams.brokers.local.cluster import LocalBroker, open_local
from streams.brokers.local.jars import KafkaUnavailableError
from streams.brokers.memory import MemoryBroker
from streams.brokers.remote import RemoteBroker, open_remote

LOCAL: Final = "local"
MEMORY: Final = "memory"

AnyBroker = LocalBroker | RemoteBroker | MemoryBroker
"""Each is a `Broker`, a context manager, and has a `notice`: a sentence that the user should see, or None."""


def open_broker(settings: Settings, *, fall_back: bool = False) -> AnyBroker:
    """The broker that `settings.kafka` names, running and answering.

    With `fall_back`, as `demo` and `run` ask, the in-memory one stands in for a local one that cannot be had and does
    not yet exist in this home; its `notice` says so. Raises `DependencyError` or `UsageError` with what to do.
    """
    if settings.kafka == MEMORY:
        return MemoryBroker()
    if settings.kafka != LOCAL:
        return open_remote(settings)
    try:
        return open_local(settings)
    except KafkaUnavailableError as error:
        # a home that has a log must not meet another one whose offsets begin again: the lake would skip its records
        if not fall_back or (settings.broker_path / "cluster.json").exists():
            raise
        broker = MemoryBroker()
        broker.notice = f"Using a Kafka in memory, which forgets when this command ends. {error}"
        return broker
