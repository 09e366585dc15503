"""Whether a Kafka answers, asked in its own protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pipeline.domain.errors import DependencyError

QUIET = {"log_level": 0, "error_cb": lambda _: None}
"""librdkafka writes every refused connection to standard error otherwise."""


@contextmanager
def count_brokers(bootstrap: str, options: Mapping[str, str] | None = None) -> Iterator[Callable[[float], int]]:
    """A function that says how many brokers take part, waiting up to so many seconds; 0 when none answers."""
    from confluent_kafka import KafkaException  # noqa: PLC0415 - a native library; only who connects loads it
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - only who asks loads it

    client = AdminClient(
        {
            "bootstrap.servers": bootstrap,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 250,
            **(options or {}),
            **QUIET,
        }
    )

    def count(seconds: float) -> int:
        try:
            return len(client.list_topics(timeout=seconds).brokers)
        except KafkaException:
            return 0

    yield count


def require_answer(bootstrap: str, options: Mapping[str, str] | None = None, seconds: float = 10.0) -> None:
    """Return when a broker of `bootstrap` has answered.

    Raises `DependencyError` naming the address after `seconds`.
    """
    with count_brokers(bootstrap, options) as count:
        if count(seconds) == 0:
            raise DependencyError(
                f"Kafka at {bootstrap} did not answer within {seconds:.0f} s. Is the address right, is it running, "
                "and do the kafka_options (SASL, TLS) fit it?"
            )
