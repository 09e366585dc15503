"""Clocks that run out on the local Kafka: workers die and others take over, and each breach is one alert."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.alerts import breach_id
from tests.command import environment, vidhuk

pytestmark = pytest.mark.kafka

POLICY = """
[[policy]]
name = "quick"
version = 1

[policy.priority]
matrix = [
    ["low", "low", "low", "low", "low"],
    ["low", "low", "low", "low", "low"],
    ["low", "low", "low", "low", "low"],
    ["low", "low", "low", "low", "low"],
    ["low", "low", "low", "low", "low"],
]

[[policy.clock]]
name = "acknowledge"
starts = ["received"]
stops = ["acknowledged"]
target = "1 minute"
"""
PATIENCE_SECONDS = 180
EACH = 6
"""Cases of each kind; enough that every partition has some."""


def an_event(case: str, verb: str, time: datetime) -> dict[str, Any]:
    data = {"case_id": case}
    if verb == "received":
        data |= {"channel": "email", "text": "The parcel never came.", "record_class": "complaint"}
    kind = "vidhuk.feedback.submitted.v1" if verb == "received" else f"vidhuk.complaint.{verb}.v1"
    return {
        "specversion": "1.0",
        "id": f"{case}-{verb}",
        "source": "channel/test",
        "type": kind,
        "time": time.isoformat(),
        "partitionkey": case,
        "data": data,
    }


class Office:
    """A home with a broker of its own and workers at our mercy."""

    def __init__(self, home: Path) -> None:
        self.home = home
        policy = home.parent / "quick.toml"
        policy.write_text(POLICY, encoding="utf-8")
        self.settings = {"VIDHUK_POLICIES": str(policy), "VIDHUK_SESSION_TIMEOUT_SECONDS": "6"}
        vidhuk("broker", "up", home=home)
        self.workers: list[subprocess.Popen[bytes]] = []

    def hire(self, role: str) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "worker", "--role", role],
            env=environment(self.home, **self.settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.workers.append(worker)
        return worker

    def publish(self, name: str, events: list[dict[str, Any]]) -> None:
        file = self.home.parent / f"{name}.jsonl"
        file.write_text("\n".join(map(json.dumps, events)) + "\n", encoding="utf-8")
        vidhuk("publish", str(file), "--as", "cloudevents", home=self.home)

    def alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = vidhuk("alerts", "--limit", "1000", "--json", home=self.home).json
        return found

    def wait_for(self, cases: set[str]) -> list[dict[str, Any]]:
        """Alerts once these cases have one each; fails when another has, or when they do not come."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = self.alerts()
            about = {alert["data"]["case_id"] for alert in found}
            assert about <= cases
            if about == cases:
                return found
            assert time.monotonic() < end, f"{len(about)} of {len(cases)} alerts came"
            time.sleep(1)

    def close(self) -> None:
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.wait(60)
        vidhuk("broker", "down", home=self.home)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "home")
    yield office
    office.close()


def test_each_breach_is_one_alert_whoever_notices_it_and_when(office: Office) -> None:
    office.hire("intake")
    first = office.hire("ledger")
    began = datetime.now(UTC).replace(microsecond=0)
    due = {"shown": began - timedelta(hours=1), "while-down": began + timedelta(seconds=45)}
    due["while-idle"] = began + timedelta(seconds=110)
    due["in-time"] = due["while-down"]
    cases = {kind: [f"{kind}-{number}" for number in range(EACH)] for kind in due}
    receipts = [
        an_event(case, "received", due[kind] - timedelta(minutes=1)) for kind, mine in cases.items() for case in mine
    ]
    answers = [an_event(case, "acknowledged", due["shown"] + timedelta(minutes=1)) for case in cases["shown"]]
    answers += [an_event(case, "acknowledged", due["in-time"] - timedelta(seconds=50)) for case in cases["in-time"]]
    office.publish("all", receipts + answers)
    office.wait_for(set(cases["shown"]))

    first.send_signal(signal.SIGKILL)  # nobody is there when the next ones fall due
    first.wait()
    time.sleep(max(0.0, (due["while-down"] - datetime.now(UTC)).total_seconds()))
    office.hire("ledger")
    office.wait_for({*cases["shown"], *cases["while-down"]})

    office.hire("ledger")  # some partitions move to it; then nothing arrives any more
    found = office.wait_for({*cases["shown"], *cases["while-down"], *cases["while-idle"]})
    expected = {
        breach_id(case, "acknowledge", 0, due[kind])
        for kind in ("shown", "while-down", "while-idle")
        for case in cases[kind]
    }
    assert {alert["id"] for alert in found} == expected
    assert len(found) == len(expected)
    assert {alert["time"] for alert in found} == {due[kind].isoformat()[:19] + "Z" for kind in due}
    time.sleep(3)
    assert len(office.alerts()) == len(expected)
