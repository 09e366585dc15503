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
PATIENCE_SECONDS = 240
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
        self.ledgers: list[subprocess.Popen[bytes]] = []

    def hire(self, role: str) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "worker", "--role", role],
            env=environment(self.home, **self.settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.workers.append(worker)
        if role == "ledger":
            self.ledgers.append(worker)
        return worker

    def replace_ledgers(self) -> None:
        """Have all ledgers die at once and one come in their place."""
        for worker in self.ledgers:
            worker.kill()
            worker.wait()
        self.ledgers.clear()
        self.hire("ledger")

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


def soon() -> datetime:
    """When cases that are published now fall due; how long anything takes decides who notices, not what."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=20)


def cases_of(kind: str) -> list[str]:
    return [f"{kind}-{number}" for number in range(EACH)]


def received(kind: str, due: datetime) -> list[dict[str, Any]]:
    return [an_event(case, "received", due - timedelta(minutes=1)) for case in cases_of(kind)]


def acknowledged(kind: str, time: datetime) -> list[dict[str, Any]]:
    return [an_event(case, "acknowledged", time) for case in cases_of(kind)]


def test_each_breach_is_one_alert_whoever_notices_it_and_when(office: Office) -> None:
    office.hire("intake")
    first = office.hire("ledger")
    due = {"shown": soon() - timedelta(hours=1)}
    office.publish("shown", received("shown", due["shown"]) + acknowledged("shown", soon()))
    office.wait_for({*cases_of("shown")})

    due["while-down"] = soon()  # when nobody is there
    in_time = acknowledged("in-time", due["while-down"] - timedelta(seconds=50))
    office.publish("down", received("while-down", due["while-down"]) + received("in-time", due["while-down"]) + in_time)
    first.send_signal(signal.SIGKILL)
    first.wait()
    time.sleep(max(0.0, (due["while-down"] - datetime.now(UTC)).total_seconds()))
    office.hire("ledger")
    office.wait_for({*cases_of("shown"), *cases_of("while-down")})

    office.hire("ledger")  # some partitions move to it; then nothing arrives any more
    due["while-idle"] = soon()
    office.publish("idle", received("while-idle", due["while-idle"]))
    found = office.wait_for({case for kind in due for case in cases_of(kind)})
    expected = {breach_id(case, "acknowledge", 0, moment) for kind, moment in due.items() for case in cases_of(kind)}
    assert {alert["id"] for alert in found} == expected
    assert {alert["time"] for alert in found} == {moment.isoformat()[:19] + "Z" for moment in due.values()}

    due["restarted"] = soon()  # all workers die twice before and after, and nothing else arrives
    office.publish("restarted", received("restarted", due["restarted"]))
    office.replace_ledgers()
    office.replace_ledgers()
    found = office.wait_for({case for kind in due for case in cases_of(kind)})
    expected |= {breach_id(case, "acknowledge", 0, due["restarted"]) for case in cases_of("restarted")}
    assert {alert["id"] for alert in found} == expected
    time.sleep(3)
    assert {alert["id"] for alert in office.alerts()} == expected
