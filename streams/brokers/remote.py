"""Somebody else's Kafka, by its address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self

from pipeline.domain.errors import UsageError
from pipeline.settings import Settings
from streams.brokers.options import checked
from streams.brokers.probe import require_answer

REACH_SECONDS: Final = 8.0


class RemoteBroker:
    """A Kafka that runs without us; nothing here starts or stops it."""

    def __init__(self, bootstrap: str, options: Mapping[str, str]) -> None:
        self._bootstrap = bootstrap
        self._options = checked(options)
        self.notice: str | None = None
        """A sentence that the user should see, or None."""

    @property
    def bootstrap(self) -> str:
        """`host:port,…` as it was given."""
        return self._bootstrap

    @property
    def client_options(self) -> Mapping[str, str]:
        """SASL and TLS options by their librdkafka names; may hold secrets."""
        return self._options

    @property
    def max_ahead_bytes(self) -> int | None:
        """None: the log keeps what the topic's retention says."""
        return None

    def close(self) -> None:
        """Nothing: it is not ours."""

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def open_remote(settings: Settings) -> RemoteBroker:
    """The Kafka at `settings.kafka`, once it has answered.

    Raises `UsageError` when that is no address or an option is unknown, `DependencyError` within about ten seconds
    when nothing answers there.
    """
    for address in settings.kafka.split(","):
        host, _, port = address.strip().rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise UsageError(
                f"VIDHUK_KAFKA={settings.kafka}: give local, memory, or your Kafka's address as host:port,host:port."
            )
    broker = RemoteBroker(settings.kafka.replace(" ", ""), settings.kafka_options)
    require_answer(broker.bootstrap, broker.client_options, REACH_SECONDS)
    return broker
