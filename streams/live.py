"""Live tumbling windows: a Faust table over the compacted topic that the ledger sends its totals to.

The topic is the table's changelog, and there is no other. The ledger, not Faust, writes it: absolute totals per
window, channel, category and partition, so a record that comes twice or late changes nothing. Three things make
Faust read it so:

* `_MetricsTable` names the topic where Faust's assignor would look for `<group>-<table>-changelog`.
* It is a global table: every viewer reads every partition, whoever else is there, and each viewer is a consumer group
  of its own that commits nothing and is forgotten when it leaves.
* `recovery_buffer_size=1`: after recovery Faust goes on reading the changelog and applies each record at once; with a
  larger buffer it would stop reading, because it takes itself for the only writer.

A viewer is an app of its own, never the ledger's worker: global tables make Faust's assignor reserve topics for them,
and a viewer that falls behind must not hold up the ledger.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable
from typing import Any

import faust
import msgspec
from faust.tables.globaltable import GlobalTable

from pipeline.ports import Broker
from pipeline.settings import Settings
from streams.app import create_app
from streams.worker import leave, unreachable

IDENTITY = ("window_start_us", "window_end_us", "channel", "category")
"""What one live window is of; every other number is added up over partitions."""


class _MetricsTable(GlobalTable):  # type: ignore[misc]  # Faust has no types
    """A global table whose changelog is a topic that exists already."""

    def _changelog_topic_name(self) -> str:
        return str(self.changelog_topic.get_topic_name())


class LiveView:
    """All live windows, kept up to date while `app` runs."""

    def __init__(self, settings: Settings, broker: Broker) -> None:
        topic = settings.topic("metrics")
        self.app: faust.App = create_app(settings, broker, group=f"{settings.topic_prefix}-live-{uuid.uuid4().hex}")
        changelog = self.app.topic(
            topic, key_serializer="raw", value_serializer="raw", acks=False, internal=False, allow_empty=True
        )
        table = _MetricsTable(
            self.app,
            name="live",
            changelog_topic=changelog,
            key_type=bytes,
            value_type=bytes,
            recovery_buffer_size=1,
            beacon=self.app.beacon,
        )
        self._table: Any = self.app.tables.add(table)

    def live_windows(self) -> list[dict[str, Any]]:
        """One row per window × channel × category, in that order: `IDENTITY` and the sum of every other measure.

        The rows of one partition are as the ledger last sent them; partitions may be some seconds apart.
        """
        return sum_over_partitions(self._table.data.values())


def sum_over_partitions(values: Iterable[bytes]) -> list[dict[str, Any]]:
    """Rows of `LiveView.live_windows` from the topic's latest values, one JSON object per partition's cell."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for value in values:
        cell = msgspec.json.decode(value, type=dict[str, Any])
        identity = tuple(cell.get(name) for name in IDENTITY)
        row = rows.setdefault(identity, dict(zip(IDENTITY, identity, strict=True)))
        for name, measure in cell.items():
            if name not in IDENTITY and name != "partition":
                row[name] = row.get(name, 0) + measure
    return [rows[identity] for identity in sorted(rows, key=_order)]


def _order(identity: tuple[Any, ...]) -> tuple[int, int, str, str]:
    start, end, channel, category = identity
    return start, end, channel or "", category or ""


async def read_live_windows(settings: Settings, broker: Broker, *, seconds: float = 30.0) -> list[dict[str, Any]]:
    """The live windows as of now: starts a view, waits until it has caught up, and ends it.

    Raises `DependencyError` when the broker or the topic cannot be reached within `seconds`.
    """
    view = LiveView(settings, broker)
    view.app.conf.datadir.mkdir(parents=True, exist_ok=True)
    start = asyncio.ensure_future(view.app.start())
    try:
        await asyncio.wait_for(start, seconds)  # returns when every table has recovered
    except Exception as error:
        raise unreachable(view.app) from error
    else:
        return view.live_windows()
    finally:
        start.cancel()
        await leave(view.app)
