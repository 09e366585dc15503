"""The Faust app, built from settings and a broker; importing this module connects to nothing."""

from __future__ import annotations

import logging
from typing import Any

import faust
from mode.supervisors import CrashingSupervisor

from pipeline.ports import Broker
from pipeline.settings import Settings
from streams.transport.agents import BatchHandler, GroupHandler, batch_agent, group_agent
from streams.transport.batch import Batch
from streams.transport.driver import BatchTransport, Resume, batch_topic
from streams.transport.tracks import Limits
from streams.worker import run_worker

__all__ = [
    "Batch",
    "BatchHandler",
    "GroupHandler",
    "Resume",
    "batch_agent",
    "batch_topic",
    "create_app",
    "group_agent",
    "run_worker",
]

COMMIT_SECONDS = 0.5
"""How often group offsets are committed; what is finished is committed on leaving too."""


def create_app(settings: Settings, broker: Broker, *, group: str, web_port: int | None = None) -> faust.App:
    """A Faust app of consumer group `group` that reads batches; nothing is connected until it is run.

    Define agents with `batch_agent` and `group_agent`, then `run_worker`. Tables live in memory and recover from
    their topics. An exception in an agent stops the worker.
    """
    session = settings.session_timeout_seconds
    urls = [f"kafka://{address.strip()}" for address in broker.bootstrap.split(",")]
    options: dict[str, Any] = {} if web_port is None else {"web_port": web_port}
    app = faust.App(
        group,
        broker=";".join(urls),
        version=1,
        datadir=settings.state_path / "faust" / group,
        store="memory://",
        key_serializer="raw",
        value_serializer="raw",
        web_enabled=web_port is not None,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        agent_supervisor=CrashingSupervisor,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=COMMIT_SECONDS,
        broker_session_timeout=session,
        broker_heartbeat_interval=session / 4,
        broker_rebalance_timeout=session * 2,
        broker_request_timeout=max(15.0, session * 2),
        autodiscover=False,
        loghandlers=[],
        **options,
    )
    limits = Limits(
        records=settings.batch_records,
        payload_bytes=settings.batch_bytes,
        seconds=settings.batch_seconds,
        memory_bytes=4 * settings.batch_bytes,
    )
    app.transport = BatchTransport(app.conf.broker_consumer, app, limits, broker.client_options)
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("mode.timers").setLevel(logging.ERROR)  # a tick that waits for a commit overlaps; it may
    return app
