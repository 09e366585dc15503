"""One local Kafka for a whole test session, and a topic prefix of its own for every test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from pipeline.settings import Settings
from streams.brokers.local.cluster import LocalBroker, open_local


@pytest.fixture(scope="session")
def local_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBroker]:
    """A real Apache Kafka of one node, started once for the session; `.bootstrap` is its address."""
    with open_local(Settings(home=str(tmp_path_factory.mktemp("kafka-home")))) as broker:
        yield broker


@pytest.fixture
def topic_prefix() -> str:
    """A prefix that no other test uses."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def kafka_settings(local_kafka: LocalBroker, topic_prefix: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a fresh home whose broker is the session's, by address, with topics of the test's own."""
    return Settings(
        home=str(tmp_path_factory.mktemp("home")), kafka=local_kafka.bootstrap, topic_prefix=topic_prefix, partitions=4
    )
