from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.domain.errors import DependencyError
from pipeline.settings import Settings
from streams.brokers import mock_cluster
from streams.brokers.local import jars
from streams.brokers.local.jars import KafkaUnavailableError
from streams.brokers.memory import KEPT_BYTES, MAX_AHEAD_BYTES, MemoryBroker
from streams.brokers.open import open_broker


def test_it_lets_nobody_run_further_ahead_than_it_keeps() -> None:
    with MemoryBroker() as broker:
        assert broker.max_ahead_bytes == MAX_AHEAD_BYTES
    assert MAX_AHEAD_BYTES < KEPT_BYTES


def test_it_ends_when_its_parent_is_killed() -> None:
    code = (
        "import time; from streams.brokers.memory import MemoryBroker;"
        "print(MemoryBroker().pid, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    # the object is kept alive by a name, else its pipe would close at once
    code = code.replace("print(MemoryBroker()", "broker = MemoryBroker(); print(broker")
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(child, 0)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    for _ in range(100):
        stat = Path(f"/proc/{child}/stat")
        if not stat.exists() or stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    pytest.fail("the child outlived its parent by five seconds")


def test_asking_one_that_has_gone_is_a_sentence() -> None:
    broker = MemoryBroker()
    broker.close()
    with pytest.raises(DependencyError, match="has stopped"):
        broker.create_topic("t", 1)


def test_where_the_native_functions_are_missing_topics_have_four_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mock_cluster, "find_library", lambda: None)
    cluster = mock_cluster.open_cluster()
    assert isinstance(cluster, mock_cluster.PropertyCluster)
    assert cluster.create_topic("some-topic", 7) == mock_cluster.DEFAULT_PARTITIONS


def test_it_stands_in_for_a_local_kafka_that_cannot_be_had_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def cannot(*_: object) -> str:
        raise KafkaUnavailableError("No jars today.")

    monkeypatch.setattr(jars, "class_path", cannot)
    monkeypatch.setattr("streams.brokers.local.cluster.class_path", cannot)
    settings = Settings(home=str(tmp_path))
    with open_broker(settings, fall_back=True) as broker:
        assert isinstance(broker, MemoryBroker)
        assert broker.notice is not None
        assert "in memory" in broker.notice
        assert "No jars today." in broker.notice
    with pytest.raises(KafkaUnavailableError):
        open_broker(settings)


def test_it_never_stands_in_for_a_home_that_already_has_a_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def cannot(*_: object) -> str:
        raise KafkaUnavailableError("No jars today.")

    monkeypatch.setattr("streams.brokers.local.cluster.class_path", cannot)
    kafka = tmp_path / "kafka"
    kafka.mkdir()
    identity = '{"cluster_id": "x", "client_ports": [20001], "controller_ports": [20002]}'
    (kafka / "cluster.json").write_text(identity, encoding="ascii")
    with pytest.raises(KafkaUnavailableError):
        open_broker(Settings(home=str(tmp_path)), fall_back=True)
