"""Every service of docker-compose.yml, run by its own command and environment; Kafka is played by our local one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.ports import ImportChunk
from pipeline.settings import Settings
from streams.admin import create_topics
from streams.brokers.local.cluster import LocalBroker
from streams.publisher import KafkaPublisher
from tests.command import ROOT, vidhuk
from tests.kafka import local_kafka, topic_prefix

__all__ = ["local_kafka", "topic_prefix"]

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))[
    "services"
]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
EVENTS = 200


def _environment(name: str, home: Path, broker: LocalBroker, prefix: str) -> dict[str, str]:
    """The service's own, with the machine's paths and addresses where the containers' stand."""
    stated = dict(SERVICES[name]["environment"])
    assert stated["VIDHUK_KAFKA"] == "kafka:9092", "the address that we replace"
    assert stated["VIDHUK_HOME"] == "/var/lib/vidhuk", "the folder that we replace"
    stated |= {"VIDHUK_KAFKA": broker.bootstrap, "VIDHUK_HOME": str(home), "VIDHUK_TOPIC_PREFIX": prefix}
    kept = {variable: value for variable, value in os.environ.items() if not variable.startswith("VIDHUK_")}
    return kept | {"PYTHONPATH": str(ROOT)} | stated


@contextmanager
def _running(names: list[str], home: Path, broker: LocalBroker, prefix: str) -> Iterator[dict[str, Any]]:
    processes = {}
    try:
        for name in names:
            with (home / f"{name}.log").open("wb") as log:
                processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "pipeline", *SERVICES[name]["command"]],
                    env=_environment(name, home, broker, prefix),
                    cwd=home,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
        yield processes
        for name, process in processes.items():
            process.send_signal(signal.SIGTERM)  # as `docker compose stop` does
            seconds = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
            assert process.wait(seconds) == 0, f"{name} ended with {process.returncode}: {_log(home, name)}"
    finally:
        for process in processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()


def _log(home: Path, name: str) -> str:
    return (home / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2_000:]


def _logs(home: Path, names: Iterable[str]) -> str:
    return "\n".join(f"{name}: {_log(home, name)}" for name in names)


def _chunk() -> ImportChunk:
    events = [
        {
            "specversion": "1.0",
            "id": f"e-{number}",
            "source": "channel/email",
            "type": "vidhuk.feedback.submitted.v1",
            "time": "2026-09-01T10:00:00Z",
            "data": {"channel": "email", "text": "The parcel never came."},
        }
        for number in range(EVENTS)
    ]
    return ImportChunk(keys=[None] * EVENTS, values=[json.dumps(event).encode() for event in events])


@pytest.mark.slow
def test_all_services_together_land_and_publish_what_a_channel_sends(
    local_kafka: LocalBroker,
    topic_prefix: str,
    tmp_path: Path,
) -> None:
    settings = Settings(home=str(tmp_path), kafka=local_kafka.bootstrap, topic_prefix=topic_prefix)
    with _running(OURS, tmp_path, local_kafka, topic_prefix) as processes:
        partitions = create_topics(local_kafka, settings)
        KafkaPublisher(local_kafka, settings, partitions=partitions).publish(iter([_chunk()]), "a-channel")
        end = time.monotonic() + 180
        while True:
            for name, process in processes.items():
                assert process.poll() is None, f"{name} has ended: {_log(tmp_path, name)}"
            answer = vidhuk("sql", "select count(*) as n from fct_feedback", "--json", home=tmp_path, check=False)
            if answer.code == 0 and answer.json == [{"n": EVENTS}]:
                break
            assert time.monotonic() < end, f"not published: {answer.out} {answer.err} {_logs(tmp_path, processes)}"
            time.sleep(2)


@pytest.mark.parametrize("name", OURS)
def test_the_healthcheck_of_a_service_passes_with_its_environment(
    name: str,
    local_kafka: LocalBroker,
    topic_prefix: str,
    tmp_path: Path,
) -> None:
    command = SERVICES[name]["healthcheck"]["test"]
    assert command[:2] == ["CMD", "vidhuk"]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *command[2:]],
        env=_environment(name, tmp_path, local_kafka, topic_prefix),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
