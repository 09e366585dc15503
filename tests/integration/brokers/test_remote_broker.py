from __future__ import annotations

import socket
import time

import pytest

from pipeline.domain.errors import DependencyError, UsageError
from pipeline.settings import Settings
from streams.admin import create_topics
from streams.brokers.local.cluster import LocalBroker
from streams.brokers.open import open_broker
from streams.brokers.remote import RemoteBroker
from tests.kafka import kafka_settings, local_kafka, topic_prefix

__all__ = ["kafka_settings", "local_kafka", "topic_prefix"]


def test_a_kafka_by_address_is_used_as_it_is(kafka_settings: Settings, local_kafka: LocalBroker) -> None:
    with open_broker(kafka_settings) as broker:
        assert isinstance(broker, RemoteBroker)
        assert broker.bootstrap == local_kafka.bootstrap
        assert create_topics(broker, kafka_settings) == kafka_settings.partitions
    with open_broker(kafka_settings):
        pass  # closing ours did not stop theirs


def test_a_kafka_that_does_not_answer_is_named_within_ten_seconds() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(DependencyError, match=address):
            open_broker(Settings(kafka=address))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("address", ["nonsense", "host:", ":9092", "host:port", "host:99999"])
def test_what_is_no_address_is_a_usage_error(address: str) -> None:
    with pytest.raises(UsageError, match="host:port"):
        open_broker(Settings(kafka=address))


def test_an_unknown_option_is_named_before_connecting() -> None:
    with pytest.raises(UsageError, match=r"sasl\.passwort"):
        open_broker(Settings(kafka="127.0.0.1:1", kafka_options={"sasl.passwort": "hidden-value"}))
