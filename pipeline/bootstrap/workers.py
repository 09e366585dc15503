"""Agents in processes: one here, or several as children."""

from __future__ import annotations

import os
from collections.abc import Sequence

from pipeline.bootstrap.children import settings_for_children
from pipeline.bootstrap.classifiers import check_classification
from pipeline.bootstrap.homes import case_folds, lake_id, open_lake
from pipeline.ports import Broker
from pipeline.services.demo_home import disown
from pipeline.services.stopping import until_told_to_stop
from pipeline.settings import Settings


def run_role(settings: Settings, role: str, *, attached: bool) -> int:
    """Run one agent in this process until it is told to stop; returns the exit code.

    An `attached` worker was started by a command that keeps the broker: it ends with that command.
    """
    import signal

    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.worker_processes import stop_with_parent

    if role == "intake" and not attached:  # who attaches it has looked already
        check_classification(settings)
    with open_broker(settings) as broker:
        if attached:
            stop_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
        else:
            disown(settings.home_path)
            create_topics(broker, settings)
        return _run_intake(settings, broker) if role == "intake" else _run_ledger(settings, broker)


def run_roles(settings: Settings, roles: Sequence[str]) -> int:
    """Run each agent in a child of its own until this process is told to stop, or one of them gives up."""
    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.worker_processes import WorkerProcesses

    check_classification(settings)
    with open_broker(settings) as broker:
        disown(settings.home_path)
        create_topics(broker, settings)
        workers = WorkerProcesses(settings_for_children(settings, broker), roles)
        try:
            workers.start()
            until_told_to_stop(lambda _: workers.check(), every_seconds=1.0)
        finally:
            workers.stop()
    return 0


def _run_intake(settings: Settings, broker: Broker) -> int:
    from pipeline.bootstrap.classifiers import classifier_of
    from pipeline.services.intake import Intake
    from streams.agents.intake import intake_agent
    from streams.app import create_app, run_worker
    from streams.groups import intake_group
    from streams.log_identity import log_ids
    from streams.sender import BatchSender
    from streams.topics import INBOX

    app = create_app(settings, broker, group=intake_group(settings))
    sender = BatchSender(broker)
    inbox = settings.topic(INBOX)
    intake = Intake(
        classifier_of(settings),
        inbox_log=log_ids(broker, [inbox])[inbox],
        rejected_share_limit=settings.rejected_share_limit,
        consecutive_rejections_limit=settings.consecutive_rejections_limit,
    )
    intake_agent(app, settings, intake, sender)
    return run_worker(app, sender)


def _run_ledger(settings: Settings, broker: Broker) -> int:
    from pipeline.services.ledger import Ledger
    from pipeline.services.open_cases import OpenCases
    from streams.admin import committed
    from streams.agents.ledger import ledger_agents
    from streams.agents.passing import KeptCases, passing_timer
    from streams.app import create_app, run_worker
    from streams.groups import ledger_group
    from streams.known_ends import KnownEnds
    from streams.log_identity import log_ids
    from streams.progress import TABLE_OF
    from streams.sender import BatchSender
    from warehouse.case_snapshots import CaseFiles
    from warehouse.landed_rows import LakeRows

    folds = case_folds(settings)
    name = lake_id(settings)
    group = ledger_group(settings, name)
    app = create_app(settings, broker, group=group)
    sender = BatchSender(broker)
    lake = open_lake(settings)
    rows = LakeRows(lake)
    cases = OpenCases(folds, rows, CaseFiles(settings.lake_path, name), snapshot_seconds=settings.case_snapshot_seconds)
    ledger = Ledger(
        lake,
        rows,
        cases=cases,
        dedupe_days=settings.dedupe_days,
        window_seconds=settings.window_seconds,
        live_windows=settings.live_windows,
    )
    ids = log_ids(broker, [settings.topic(name) for name in TABLE_OF])
    ledger_agents(app, settings, ledger, sender, ids, lambda topic: committed(broker, group, topic))
    known_ends = KnownEnds(broker, settings)
    passing_timer(app, settings, ledger, cases, sender, ids, known_ends)
    try:
        return run_worker(app, sender, KeptCases(app, ledger))
    finally:
        known_ends.close()
