"""A Kafka in memory: the cluster inside confluent-kafka, in a child process that ends with this one.

It speaks the real protocol, forgets at exit, and silently drops what is oldest beyond 5 MiB a partition, so publishing
to it is paced by what has landed. It makes no topics by the protocol: they are made through the child's input.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import streams
from pipeline.domain.errors import DependencyError

KEPT_BYTES: Final = 5 * 1024 * 1024
"""What librdkafka's cluster keeps of one partition."""
MAX_AHEAD_BYTES: Final = 3 * 1024 * 1024
"""How far a publisher may run ahead: well within what is kept, because batches are large and records grow on."""


class MemoryBroker:
    """A running in-memory cluster of one broker."""

    def __init__(self) -> None:
        """Raises `DependencyError` when this confluent-kafka holds no such cluster."""
        self.notice: str | None = None
        """A sentence that the user should see, or None."""
        root = Path(streams.__file__).parent.parent
        self._asking = threading.Lock()
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "streams.brokers.mock_cluster"],
            env={**os.environ, "PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the command, which then ends this child in order
        )
        self._bootstrap = self._answer()
        if not self._bootstrap:
            self.close()
            raise DependencyError(
                "The installed confluent-kafka holds no in-memory Kafka. Set VIDHUK_KAFKA to the address of a running "
                "Kafka, or leave it unset for the local one."
            )

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:port`."""
        return self._bootstrap

    @property
    def client_options(self) -> Mapping[str, str]:
        """Empty: plain text on the loopback."""
        return {}

    @property
    def max_ahead_bytes(self) -> int | None:
        """How far publishing may run ahead of what has landed, per partition."""
        return MAX_AHEAD_BYTES

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._child.pid

    def create_topic(self, name: str, partitions: int) -> int:
        """Make a topic, or find that it is there; the partitions it has.

        An older confluent-kafka cannot choose their number and makes four. Raises `DependencyError` when the child
        has gone.
        """
        with self._asking:
            try:
                if self._child.stdin is None:
                    raise BrokenPipeError
                self._child.stdin.write(f"{name} {partitions}\n")
                self._child.stdin.flush()
                answer = self._answer()
            except (OSError, ValueError) as error:  # ValueError: closed by us
                raise DependencyError("The in-memory Kafka has stopped, and what it held is gone.") from error
        if not answer:
            raise DependencyError("The in-memory Kafka has stopped, and what it held is gone.")
        if int(answer) <= 0:
            raise DependencyError(f"The in-memory Kafka could not make the topic {name}.")
        return int(answer)

    def close(self) -> None:
        """End the child; what it held is gone."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _answer(self) -> str:
        """The child's next line; empty when it has gone."""
        return self._child.stdout.readline().strip() if self._child.stdout is not None else ""
