"""The local Kafka's life: shared, stopped, killed, recovered."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.domain.errors import DependencyError, UsageError
from pipeline.ports import ImportChunk
from pipeline.settings import Settings
from streams.admin import create_topics, end_offsets
from streams.brokers.local.cluster import LocalBroker, local_status, open_local, take_down
from streams.brokers.local.layout import Layout, read_json
from streams.publisher import KafkaPublisher
from streams.topics import INBOX
from tests.command import ROOT, vidhuk

USER = """
import sys
from pipeline.settings import Settings
from streams.brokers.local.cluster import open_local
with open_local(Settings(home=sys.argv[1])) as broker:
    print(broker.bootstrap, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(home=str(tmp_path / "home"), partitions=2)
    yield settings
    if local_status(settings).running:
        take_down(settings, force=True)


class User:
    """Another command that uses the home's broker, as a process of its own."""

    def __init__(self, settings: Settings) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, settings.home],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.bootstrap = self.process.stdout.readline().strip()
        assert self.bootstrap

    def end(self, number: int | None = None) -> None:
        if number is None:
            self.process.communicate()
        else:
            self.process.send_signal(number)
            self.process.communicate()


def _until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it did not come true within {seconds} s"
        time.sleep(0.05)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # an ended child of a process that does not wait for it still has its number
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"


def _publish(broker: LocalBroker, settings: Settings, count: int) -> None:
    chunk = ImportChunk(keys=[b"%d" % n for n in range(count)], values=[b"x" * 300] * count)
    KafkaPublisher(broker, settings, partitions=create_topics(broker, settings)).publish(iter([chunk]), "a-file")


def _records(broker: LocalBroker, settings: Settings) -> int:
    return sum(end_offsets(broker, settings.topic(INBOX)).values())


def test_a_closed_broker_has_stopped_and_keeps_its_log_and_ports(settings: Settings) -> None:
    with open_local(settings) as broker:
        bootstrap, pids = broker.bootstrap, broker.node_pids()
        _publish(broker, settings, 1_000)
        assert local_status(settings).users == 1
    assert all(_gone(pid) for pid in pids)
    assert not local_status(settings).running
    with open_local(settings) as broker:
        assert broker.bootstrap == bootstrap
        assert broker.notice is None
        assert _records(broker, settings) == 1_000


def test_a_second_command_joins_and_the_broker_survives_while_either_uses_it(settings: Settings) -> None:
    with open_local(settings) as first:
        other = User(settings)
        pids = first.node_pids()
        assert other.bootstrap == first.bootstrap
        assert local_status(settings).users == 2
    assert not any(_gone(pid) for pid in pids)
    with open_local(settings) as third:
        assert third.node_pids() == pids
    assert not any(_gone(pid) for pid in pids)
    other.end()
    assert all(_gone(pid) for pid in pids)


def test_a_broker_is_gone_seconds_after_its_only_command_is_killed(settings: Settings) -> None:
    user = User(settings)
    pids = local_status(settings).pids
    assert pids
    assert not any(_gone(pid) for pid in pids)
    user.end(signal.SIGKILL)
    _until(lambda: all(_gone(pid) for pid in pids), 15)
    _until(lambda: not local_status(settings).running, 5)
    assert local_status(settings).users == 0


def test_a_killed_node_comes_back_with_every_record(settings: Settings) -> None:
    with open_local(settings) as broker:
        _publish(broker, settings, 5_000)
        (pid,) = broker.node_pids()
        os.kill(pid, signal.SIGKILL)
        _until(lambda: broker.node_pids() not in {(pid,), ()}, 10)
        assert _records(broker, settings) == 5_000
        _publish(broker, settings, 10)
        assert _records(broker, settings) == 5_010


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_start_recovers(settings: Settings) -> None:
    user = User(settings)
    layout = Layout(settings.broker_path)
    state = read_json(layout.state)
    with open_local(settings) as broker:
        _publish(broker, settings, 1_000)
    os.kill(state["pid"], signal.SIGKILL)
    _until(lambda: not local_status(settings).running, 5)
    with open_local(settings) as broker:
        assert _gone(state["nodes"][0])
        assert broker.node_pids() != tuple(state["nodes"])
        assert _records(broker, settings) == 1_000
    user.end()


def test_a_port_that_a_stranger_took_is_replaced_and_said(settings: Settings) -> None:
    with open_local(settings) as broker:
        _publish(broker, settings, 100)
        port = int(broker.bootstrap.rpartition(":")[2])
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        with open_local(settings) as broker:
            assert not broker.bootstrap.endswith(f":{port}")
            assert broker.notice is not None
            assert str(port) in broker.notice
            assert _records(broker, settings) == 100


def test_another_number_of_nodes_than_the_log_has_is_refused(settings: Settings) -> None:
    with open_local(settings):
        pass
    with pytest.raises(UsageError, match="has 1 node"):
        open_local(settings, nodes=3)


def test_a_home_that_cannot_be_written_to_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="ascii")
    with pytest.raises(DependencyError, match="Choose another home"):
        open_local(Settings(home=str(tmp_path / "file")))


def test_a_java_that_cannot_run_kafka_gets_a_sentence_and_leaves_nothing_running(settings: Settings) -> None:
    java = Path(settings.home).parent / "java"
    java.write_text("#!/bin/sh\necho 'Error: Could not find or load main class' >&2\nexit 1\n", encoding="ascii")
    java.chmod(0o755)
    with pytest.raises(DependencyError, match="not those of a Kafka"):
        open_local(Settings(home=settings.home, java=str(java)))
    _until(lambda: not local_status(settings).running, 10)


@pytest.mark.slow
def test_three_nodes_take_and_give_records_while_one_is_killed(settings: Settings) -> None:
    with open_local(settings, nodes=3) as broker:
        assert len(broker.bootstrap.split(",")) == 3
        partitions = create_topics(broker, settings)
        victim = broker.node_pids()[1]

        def chunks() -> Iterator[ImportChunk]:
            for number in range(60):
                if number == 20:
                    os.kill(victim, signal.SIGKILL)
                time.sleep(0.05)
                yield ImportChunk(keys=[b"%d" % n for n in range(500)], values=[b"y" * 600] * 500)

        receipt = KafkaPublisher(broker, settings, partitions=partitions).publish(chunks(), "a-file")
        assert receipt.events == 30_000
        assert _records(broker, settings) == 30_000  # none lost, none twice
        spans = [span for spans in receipt.inbox.values() for span in spans]
        assert sum(span.next_offset - span.position for span in spans) == 30_000


def test_the_command_keeps_a_broker_up_until_told_otherwise(settings: Settings) -> None:
    home = Path(settings.home)
    bootstrap = vidhuk("broker", "up", home=home).out.strip()
    status = vidhuk("broker", "status", "--json", home=home).json
    assert status["running"]
    assert status["kept_up"]
    assert status["bootstrap"] == bootstrap
    assert status["users"] == 0
    with open_local(settings) as broker:
        assert list(broker.node_pids()) == status["pids"]
        still = vidhuk("broker", "down", home=home).out
        assert "Still used by 1 command" in still
    assert all(_gone(pid) for pid in status["pids"])
    assert "Not running" in vidhuk("broker", "status", home=home).out
    assert json.loads(vidhuk("broker", "status", "--json", home=home).out)["running"] is False
