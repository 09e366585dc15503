"""What one Kafka node is told: its properties, its logging and its command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HEAP: Final = "512m"
NOT_FOR_JAVA: Final = ("JAVA_", "JDK_", "_JAVA", "KAFKA_", "CLASSPATH", "LOG_DIR", "JMX_", "VIDHUK_", "LD_PRELOAD")
"""Variables by which a machine's own Java or Kafka would reach into ours, and settings of ours that may be secret."""

LOGGING: Final = """status = error
appender.file.type = RollingFile
appender.file.name = FILE
appender.file.fileName = {log}
appender.file.filePattern = {log}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %c{{1}} %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 2
rootLogger.level = warn
rootLogger.appenderRef.file.ref = FILE
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a cluster keeps for the life of its log."""

    cluster_id: str
    client_ports: tuple[int, ...]
    controller_ports: tuple[int, ...]

    @property
    def nodes(self) -> int:
        """How many nodes, each broker and controller at once."""
        return len(self.client_ports)

    @property
    def bootstrap(self) -> str:
        """Addresses for clients."""
        return ",".join(f"127.0.0.1:{port}" for port in self.client_ports)


def properties(identity: Identity, number: int, data: Path) -> dict[str, str]:
    """`server.properties` of node `number`, counted from 1."""
    replicas = min(3, identity.nodes)
    in_sync = str(max(1, replicas - 1))
    voters = (f"{voter}@127.0.0.1:{port}" for voter, port in enumerate(identity.controller_ports, start=1))
    return {
        "process.roles": "broker,controller",
        "node.id": str(number),
        "controller.quorum.voters": ",".join(voters),
        "listeners": f"PLAINTEXT://127.0.0.1:{identity.client_ports[number - 1]},"
        f"CONTROLLER://127.0.0.1:{identity.controller_ports[number - 1]}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "default.replication.factor": str(replicas),
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": str(replicas),
        "offsets.topic.num.partitions": "8",
        "offsets.retention.minutes": str(10 * 365 * 24 * 60),  # a home may rest for a year; its groups stay
        "transaction.state.log.replication.factor": str(replicas),
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": "8",
        "share.coordinator.state.topic.replication.factor": str(replicas),
        "share.coordinator.state.topic.min.isr": in_sync,
        "replica.fetch.max.bytes": str(4 * 1024 * 1024),
        "log.cleaner.dedupe.buffer.size": str(32 * 1024 * 1024),  # out of a small heap
    }


def write_files(identity: Identity, number: int, folder: Path) -> None:
    """Write the node's `server.properties` and `log4j2.properties` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (f"{name}={_escaped(value)}" for name, value in properties(identity, number, folder / "data").items())
    (folder / "server.properties").write_text("\n".join(lines) + "\n", encoding="utf-8")
    log = str(folder / "kafka.log").replace("\\", "\\\\")
    (folder / "log4j2.properties").write_text(LOGGING.format(log=log), encoding="utf-8")


def plan(identity: Identity, folder: Path, java: str, class_path: str) -> dict[str, Any]:
    """A node's part of the supervisor's plan: how to format its storage, how to tell that it is, how to run it."""
    start = [
        java,
        f"-Xmx{HEAP}",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
        "-cp",
        class_path,
    ]
    settings = str(folder / "server.properties")
    tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", identity.cluster_id, "-c", settings]
    return {
        "run": [*start, "kafka.Kafka", settings],
        "format": [*start, *tool],
        "formatted": str(folder / "data" / "meta.properties"),
    }


def clean_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`environment` without what would make our Java another one or tell it our secrets."""
    return {name: value for name, value in environment.items() if not name.startswith(NOT_FOR_JAVA)}


def _escaped(value: str) -> str:
    """A value in Java's properties format, where a backslash escapes."""
    return value.replace("\\", "\\\\")
