"""The child that holds librdkafka's in-memory cluster: prints its address, makes topics, ends with its input.

Run as `python -m streams.brokers.mock_cluster`; each input line is `topic partitions`, each answer the partitions that
the topic has, or 0. The cluster with a chosen number of partitions is an experimental part of librdkafka's C interface,
reached through the library inside the confluent-kafka wheel; where its functions are missing, the client property
`test.mock.num.brokers` gives a cluster whose topics have four partitions.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Any, Final, Protocol

DEFAULT_PARTITIONS: Final = 4
_PRODUCER: Final = 0


class Cluster(Protocol):
    """A running in-memory cluster."""

    bootstrap: str

    def create_topic(self, name: str, partitions: int) -> int:
        """The partitions that the topic has now; 0 when it could not be made."""


class NativeCluster:
    """The cluster through librdkafka's own functions."""

    def __init__(self, library: Path) -> None:
        """Raises `AttributeError` when the library lacks a function, `OSError` when it cannot be loaded."""
        lib = ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        lib.rd_kafka_conf_new.restype = pointer
        lib.rd_kafka_new.restype = pointer
        lib.rd_kafka_new.argtypes = [number, pointer, text, ctypes.c_size_t]
        lib.rd_kafka_mock_cluster_new.restype = pointer
        lib.rd_kafka_mock_cluster_new.argtypes = [pointer, number]
        lib.rd_kafka_mock_cluster_bootstraps.restype = text
        lib.rd_kafka_mock_cluster_bootstraps.argtypes = [pointer]
        lib.rd_kafka_mock_topic_create.argtypes = [pointer, text, number, number]
        why = ctypes.create_string_buffer(512)
        self._lib = lib
        self._client = lib.rd_kafka_new(_PRODUCER, lib.rd_kafka_conf_new(), why, len(why))
        self._cluster = lib.rd_kafka_mock_cluster_new(self._client, 1) if self._client else None
        if not self._cluster:
            raise OSError("no in-memory cluster")
        self.bootstrap = lib.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        self._made: dict[str, int] = {}

    def create_topic(self, name: str, partitions: int) -> int:
        """The partitions that the topic has now; 0 when it could not be made."""
        if name not in self._made and self._lib.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1):
            return 0
        return self._made.setdefault(name, partitions)


class PropertyCluster:
    """The cluster that a client makes for itself when told to; its topics have four partitions."""

    def __init__(self) -> None:
        """Raises `KafkaException` when the property is unknown."""
        from confluent_kafka import Producer  # noqa: PLC0415 - only this way of having a cluster needs the client

        self._client: Any = Producer({"test.mock.num.brokers": 1, "log_level": 0})
        broker = next(iter(self._client.list_topics(timeout=5).brokers.values()))
        self.bootstrap = f"{broker.host}:{broker.port}"

    def create_topic(self, name: str, partitions: int) -> int:
        """The partitions that the topic has now, whatever was asked for."""
        del partitions
        return len(self._client.list_topics(name, timeout=5).topics[name].partitions)


def find_library() -> Path | None:
    """The librdkafka that the confluent-kafka wheel brought, on Linux or macOS."""
    import confluent_kafka  # noqa: PLC0415 - to know where it stands

    package = Path(confluent_kafka.__file__).parent
    places = (package.parent / "confluent_kafka.libs", package / ".dylibs")
    return next((file for place in places for file in sorted(place.glob("librdkafka*.[sd]*"))), None)


def open_cluster() -> Cluster:
    """The better cluster that this machine can have."""
    library = find_library()
    if library is not None:
        try:
            return NativeCluster(library)
        except (AttributeError, OSError):
            pass  # another librdkafka: its functions have other names or are missing
    return PropertyCluster()


def main() -> None:
    """Serve until the input ends."""
    cluster = open_cluster()
    sys.stdout.write(f"{cluster.bootstrap}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        name, _, partitions = line.strip().rpartition(" ")
        sys.stdout.write(f"{cluster.create_topic(name, int(partitions))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
