"""Workers are killed, join and leave under load: the lake ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.simulator import simulate
from tests.command import environment, vidhuk

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

EVENTS = int(os.environ.get("VIDHUK_TEST_KILL_EVENTS", "200000"))
KILLS = 10
VISITS = 6
PARTS = 10
SESSION_SECONDS = 6
ROLES = ("intake", "ledger")
SETTINGS = {"VIDHUK_BATCH_RECORDS": "2000", "VIDHUK_SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS)}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Simulated events in ten files, duplicates, late and malformed ones among them."""
    folder = tmp_path_factory.mktemp("parts")
    simulated = simulate(EVENTS, seed=7, start=datetime(2026, 1, 1, tzinfo=UTC))
    # a line of a file cannot be empty or hold a line end, as a record can
    lines = [value.replace(b"\n", b" ").strip() or b"{}" for chunk in simulated for value in chunk.values]
    size = -(-len(lines) // PARTS)
    files = []
    for number in range(PARTS):
        files.append(folder / f"part-{number}.jsonl")
        files[-1].write_bytes(b"\n".join(lines[number * size :][:size]) + b"\n")
    return files


@pytest.fixture(scope="module")
def undisturbed(parts: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of a run that nothing disturbed."""
    home = tmp_path_factory.mktemp("undisturbed")
    summary = vidhuk("run", *map(str, parts), "--as", "cloudevents", "--json", home=home, timeout=600).json
    assert summary["read"] == EVENTS
    assert min(summary["accepted"], summary["duplicates"], summary["dead_letters"]) > 0
    digest: str = vidhuk("digest", "--json", home=home).json["digest"]
    return digest


class Staff:
    """A home with a broker of its own and workers at our mercy."""

    def __init__(self, home: Path) -> None:
        self.home = home
        vidhuk("broker", "up", home=home)
        self.workers = {role: self.hire(role) for role in ROLES}

    def hire(self, role: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", "worker", "--role", role],
            env=environment(self.home, **SETTINGS),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill_and_replace(self, role: str) -> None:
        assert self.workers[role].poll() is None, f"the {role} worker had stopped by itself"
        self.workers[role].send_signal(signal.SIGKILL)
        self.workers[role].wait()
        self.workers[role] = self.hire(role)

    def publish(self, part: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", "publish", str(part), "--as", "cloudevents"], env=environment(self.home)
        )

    def digest_after(self, last: Path) -> str:
        """Run the last part, which waits for everything before it too."""
        vidhuk("run", str(last), "--as", "cloudevents", home=self.home, timeout=600, extra=SETTINGS)
        digest: str = vidhuk("digest", "--json", home=self.home).json["digest"]
        return digest

    def leave(self) -> None:
        for worker in self.workers.values():
            worker.terminate()
        for worker in self.workers.values():
            worker.wait(60)
        vidhuk("broker", "down", home=self.home)


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[Staff]:
    staff = Staff(tmp_path / "home")
    yield staff
    staff.leave()


def test_ten_kills_end_in_the_same_lake(undisturbed: str, parts: list[Path], staff: Staff) -> None:
    chance = random.Random(11)  # noqa: S311 - a seed, so that a failure can be repeated
    publishing: list[subprocess.Popen[bytes]] = []
    for kill in range(KILLS):
        if kill < PARTS - 1:
            publishing.append(staff.publish(parts[kill]))
        time.sleep(SESSION_SECONDS + chance.uniform(0.0, 3.0))  # until the last one's partitions were taken over
        staff.kill_and_replace(ROLES[kill % 2])
    assert [process.wait(120) for process in publishing] == [0] * len(publishing)
    assert staff.digest_after(parts[-1]) == undisturbed


def test_six_visitors_end_in_the_same_lake(undisturbed: str, parts: list[Path], staff: Staff) -> None:
    publishing = []
    for visit in range(VISITS):
        publishing += [staff.publish(part) for part in parts[visit : visit + 1]]
        visitors = [staff.hire(role) for role in ROLES]
        time.sleep(8)  # long enough to start, join, and take over partitions
        for visitor in visitors:
            visitor.terminate()
        assert [visitor.wait(60) for visitor in visitors] == [0, 0]
    publishing += [staff.publish(part) for part in parts[VISITS:-1]]
    assert [process.wait(120) for process in publishing] == [0] * len(publishing)
    assert staff.digest_after(parts[-1]) == undisturbed
