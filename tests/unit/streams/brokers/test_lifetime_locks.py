from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from streams.brokers.local.locks import Lease, held_leases, is_held, sweep, try_lock, wait_until_free


def test_a_lease_is_in_force_until_released(tmp_path: Path) -> None:
    lease = Lease(tmp_path)
    assert held_leases(tmp_path) == [lease.path.name]
    lease.release()
    lease.release()
    assert held_leases(tmp_path) == []


def test_the_lease_of_a_killed_process_is_not_in_force_and_is_swept(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from streams.brokers.local.locks import Lease;"
        "lease = Lease(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, env=environment)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert len(held_leases(tmp_path)) == 1
    sweep(tmp_path)
    assert len(held_leases(tmp_path)) == 1
    holder.kill()
    holder.communicate()
    assert held_leases(tmp_path) == []
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_handed_to_a_child_is_held_until_the_child_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    descriptor = try_lock(path)
    assert descriptor is not None
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[descriptor])
    os.close(descriptor)
    assert is_held(path)
    assert try_lock(path) is None
    assert not wait_until_free(path, 0.1)
    child.communicate(b"\n")
    assert not is_held(path)


def test_a_lock_file_that_is_not_there_is_held_by_nobody(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "none")
    assert held_leases(tmp_path / "none") == []
