"""Loopback ports for a cluster, chosen once and kept."""

from __future__ import annotations

import random
import socket
from typing import Final

FIRST, LAST = 20_000, 32_000
"""Below the range from which systems take ports of outgoing connections, so that a kept port is rarely taken."""
_HOST: Final = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as Kafka does: a closing connection is no obstacle
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


def choose(count: int) -> list[int]:
    """So many different free ports."""
    candidates = random.sample(range(FIRST, LAST), LAST - FIRST)
    chosen: list[int] = []
    for port in candidates:
        if is_free(port):
            chosen.append(port)
        if len(chosen) == count:
            break
    return chosen
