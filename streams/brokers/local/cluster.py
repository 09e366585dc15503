"""The local broker as its users see it: join or start a home's Kafka, wait until it answers, let go of it."""

from __future__ import annotations

import base64
import errno
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import streams
from pipeline.domain.errors import DependencyError, UsageError
from pipeline.settings import Settings
from streams.brokers.local import ports
from streams.brokers.local.jars import class_path, java_command
from streams.brokers.local.layout import FAILED, STOPPING, Layout, read_json, write_json
from streams.brokers.local.locks import (
    POLL_SECONDS,
    Lease,
    held_leases,
    holding,
    is_held,
    sweep,
    try_lock,
    wait_until_free,
)
from streams.brokers.local.node import Identity, clean_environment, plan, write_files
from streams.brokers.probe import count_brokers

READY_SECONDS: Final = 120.0
"""A log that was not closed is read again at the start, which takes long when it is large."""
STOP_SECONDS: Final = 60.0
MAX_NODES: Final = 5


@dataclass(frozen=True, slots=True)
class LocalStatus:
    """What is known of a home's Kafka without touching it."""

    running: bool
    bootstrap: str | None
    nodes: int
    users: int
    kept_up: bool
    pids: tuple[int, ...]
    log_bytes: int
    """Bytes of data on disk, over all nodes."""


class LocalBroker:
    """A home's own Apache Kafka, held by a lease for as long as this object is open.

    The first user starts it, others join it, and it stops when the last has let go (or ended, however it ended) unless
    it was asked to stay up. Its log, cluster id and ports last as long as the home.
    """

    def __init__(self, layout: Layout, identity: Identity, lease: Lease, notice: str | None) -> None:
        self._layout = layout
        self._identity = identity
        self._lease = lease
        self.notice = notice
        """A sentence that the user should see, or None."""

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:port,…`, one address a node."""
        return self._identity.bootstrap

    @property
    def client_options(self) -> Mapping[str, str]:
        """Empty: plain text on the loopback."""
        return {}

    @property
    def max_ahead_bytes(self) -> int | None:
        """None: the log keeps everything."""
        return None

    @property
    def nodes(self) -> int:
        """How many nodes it has."""
        return self._identity.nodes

    def node_pids(self) -> tuple[int, ...]:
        """Process ids of the nodes, in order."""
        return tuple(read_json(self._layout.state).get("nodes", ()))

    def close(self) -> None:
        """Let go; when nobody else uses it and it need not stay up, return once it has stopped."""
        with holding(self._layout.gate):
            self._lease.release()
            last = not held_leases(self._layout.leases) and not self._layout.keep_up.exists()
        if last:
            wait_until_free(self._layout.running, STOP_SECONDS)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def open_local(settings: Settings, *, nodes: int | None = None) -> LocalBroker:
    """The home's Kafka, running and answering: joined when it runs, else started from its log.

    `nodes` counts only when the home has none yet (1 unless given). Blocks for about three seconds when it starts one.
    Raises `DependencyError` saying why it cannot be had, `UsageError` when the home's Kafka has another number of
    nodes than asked for.
    """
    layout = Layout(settings.broker_path)
    try:
        identity, lease, notice = _join_or_start(settings, layout, nodes)
    except OSError as error:
        raise DependencyError(_disk_sentence(layout.folder, error)) from error
    try:
        _wait_until_ready(layout, identity)
    except BaseException:
        lease.release()
        raise
    return LocalBroker(layout, identity, lease, notice)


def keep_up(settings: Settings, *, keep: bool) -> None:
    """Say whether the home's Kafka is to run without users. Takes effect at once if it runs."""
    layout = Layout(settings.broker_path)
    if keep:
        layout.keep_up.touch()
    else:
        layout.keep_up.unlink(missing_ok=True)


def take_down(settings: Settings, *, force: bool = False) -> LocalStatus:
    """No longer keep the home's Kafka up, and wait for its end unless others use it and `force` is not given."""
    layout = Layout(settings.broker_path)
    keep_up(settings, keep=False)
    if force and is_held(layout.running):
        layout.stop_now.touch()
    if force or not held_leases(layout.leases):
        wait_until_free(layout.running, STOP_SECONDS)
        layout.stop_now.unlink(missing_ok=True)
    return local_status(settings)


def local_status(settings: Settings) -> LocalStatus:
    """How the home's Kafka is; changes nothing."""
    layout = Layout(settings.broker_path)
    identity = _known_identity(layout)
    running = is_held(layout.running)
    state = read_json(layout.state) if running else {}
    return LocalStatus(
        running=running,
        bootstrap=identity.bootstrap if identity else None,
        nodes=identity.nodes if identity else 0,
        users=len(held_leases(layout.leases)),
        kept_up=layout.keep_up.exists(),
        pids=tuple(state.get("nodes", ())),
        log_bytes=_log_bytes(layout.folder),
    )


def _join_or_start(settings: Settings, layout: Layout, nodes: int | None) -> tuple[Identity, Lease, str | None]:
    """Everything that must not happen twice at once: done while holding the gate."""
    layout.folder.mkdir(parents=True, exist_ok=True)
    with holding(layout.gate):
        known = _known_identity(layout)
        _check_nodes(known, nodes, settings)
        if _is_stopping(layout) and not wait_until_free(layout.running, STOP_SECONDS):
            raise DependencyError(f"{layout.folder}: the Kafka that ran here does not end; its log says why.")
        running = try_lock(layout.running)
        if running is None and known is not None:
            return known, Lease(layout.leases), None
        if running is None:
            raise DependencyError(f"{layout.identity} is missing while a Kafka runs there; stop it and try again.")
        try:
            sweep(layout.leases)
            command = java_command(settings.java), class_path(settings.cache_path, settings.kafka_libs)
            identity, notice = _identity(layout, known, nodes or 1)
            lease = Lease(layout.leases)
            try:
                _start(layout, identity, command, running)
            except BaseException:
                lease.release()
                raise
        finally:
            os.close(running)  # the supervisor has its own copy by now, and with it the lock
    return identity, lease, notice


def _start(layout: Layout, identity: Identity, command: tuple[str, str], running: int) -> None:
    numbers = range(1, identity.nodes + 1)
    for number in numbers:
        layout.node(number).mkdir(parents=True, exist_ok=True)
        write_files(identity, number, layout.node(number))
    node_plans = [plan(identity, layout.node(number), *command) for number in numbers]
    environment = clean_environment()
    write_json(layout.plan, {"nodes": node_plans, "env": environment})
    layout.state.unlink(missing_ok=True)
    root = Path(streams.__file__).parent.parent
    with layout.supervisor_log.open("ab") as log:
        subprocess.run(  # noqa: S603 - our own module; it detaches and returns at once
            [sys.executable, "-P", "-m", "streams.brokers.local.supervisor", str(layout.folder), str(running)],
            env={**environment, "PYTHONPATH": str(root)},
            cwd=layout.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[running],
            start_new_session=True,  # Ctrl-C is for the command, not for the broker that others may use
            check=True,
        )


def _identity(layout: Layout, known: Identity | None, nodes: int) -> tuple[Identity, str | None]:
    """The identity to start with, written down, with a sentence when kept ports had to be given up."""
    if known is not None:
        _end_orphans(layout, known.nodes)
        taken = [port for port in (*known.client_ports, *known.controller_ports) if not ports.is_free(port)]
        if not taken:
            return known, None
    count = known.nodes if known is not None else nodes
    chosen = ports.choose(2 * count)
    cluster_id = known.cluster_id if known is not None else _new_cluster_id()
    identity = Identity(cluster_id, tuple(chosen[:count]), tuple(chosen[count:]))
    write_json(
        layout.identity,
        {"cluster_id": cluster_id, "client_ports": chosen[:count], "controller_ports": chosen[count:]},
    )
    if known is None:
        return identity, None
    return identity, (
        f"Another program has taken port {taken[0]}, which this home's Kafka used before; "
        f"it is now at {identity.bootstrap}."
    )


def _known_identity(layout: Layout) -> Identity | None:
    kept = read_json(layout.identity)
    if not kept:
        return None
    return Identity(str(kept["cluster_id"]), tuple(kept["client_ports"]), tuple(kept["controller_ports"]))


def _check_nodes(known: Identity | None, nodes: int | None, settings: Settings) -> None:
    if nodes is not None and not 1 <= nodes <= MAX_NODES:
        raise UsageError(f"--nodes {nodes}: between 1 and {MAX_NODES}.")
    if known is not None and nodes is not None and nodes != known.nodes:
        raise UsageError(
            f"{settings.broker_path}: the Kafka of this home has {known.nodes} node(s), which its log was made for; "
            f"for {nodes} take another home (--home)."
        )


def _is_stopping(layout: Layout) -> bool:
    return is_held(layout.running) and read_json(layout.state).get("phase") in {STOPPING, FAILED}


def _end_orphans(layout: Layout, nodes: int) -> None:
    """End nodes whose supervisor was killed; their own locks say that they live, the last state which they are."""
    pids: list[int] = list(read_json(layout.state).get("nodes", ()))
    orphans = [number for number in range(1, nodes + 1) if is_held(layout.alive(number))]
    for stop, seconds in ((signal.SIGTERM, 30.0), (signal.SIGKILL, 10.0)):
        for number in orphans:
            if number <= len(pids) and is_held(layout.alive(number)):
                with suppress(ProcessLookupError):
                    os.kill(pids[number - 1], stop)
        if all(wait_until_free(layout.alive(number), seconds) for number in orphans):
            return
    raise DependencyError(f"{layout.folder}: a Kafka of an earlier start still runs and does not end; end it first.")


def _wait_until_ready(layout: Layout, identity: Identity) -> None:
    """Return when every node takes part, by the cluster's own answer."""
    end = time.monotonic() + READY_SECONDS
    with count_brokers(identity.bootstrap) as brokers:
        while brokers(1.0) < identity.nodes:
            state: dict[str, Any] = read_json(layout.state)
            if state.get("phase") == FAILED:
                raise DependencyError(str(state["sentence"]))
            if not is_held(layout.running):
                raise DependencyError(
                    f"The local Kafka stopped while it was starting; {layout.supervisor_log} and "
                    f"{layout.node(1) / 'kafka.log'} say why."
                )
            if time.monotonic() > end:
                raise DependencyError(
                    f"The local Kafka at {identity.bootstrap} did not answer within {READY_SECONDS:.0f} s; "
                    f"its log is {layout.node(1) / 'kafka.log'}."
                )
            time.sleep(POLL_SECONDS)


def _new_cluster_id() -> str:
    """A random id in Kafka's own form, which may not begin like an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text


def _log_bytes(folder: Path) -> int:
    return sum(_allocated(path) for path in folder.glob("node*/data/**/*") if path.is_file())


def _allocated(path: Path) -> int:
    """Bytes on disk: Kafka's index files are mostly holes. Kafka may delete a file while we look."""
    try:
        return path.stat().st_blocks * 512
    except OSError:
        return 0


def _disk_sentence(folder: Path, error: OSError) -> str:
    why = error.strerror or type(error).__name__
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"{folder}: the disk is full, so the local Kafka cannot start. Free some space and try again."
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return f"{folder}: cannot be written to ({why}). Choose another home with --home or VIDHUK_HOME."
    return f"{folder}: the local Kafka cannot live there ({why}). Choose another home with --home or VIDHUK_HOME."
