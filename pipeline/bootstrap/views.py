"""What people look at, made from what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.services.reconciliation import Reconciliation
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.services.scorecard import Scorecard


def scorecard_of(settings: Settings, counts: Reconciliation) -> Scorecard:
    """The published warehouse's figures on one page; `counts` say what became of the inputs."""
    from pipeline.services.scorecard import Flow, make_scorecard
    from warehouse.connections import reading
    from warehouse.published import required

    _, path = required(settings.published_path)
    flow = Flow(counts.read, counts.accepted, counts.duplicates, counts.dead_letters)
    with reading(path) as connection:

        def query(statement: str) -> list[dict[str, Any]]:
            cursor = connection.execute(statement)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        return make_scorecard(query, flow)


def live_windows(settings: Settings) -> list[dict[str, Any]]:
    """All live windows as of now, oldest first, read from the compacted topic through a Faust table.

    Raises `DependencyError` when the broker cannot be reached.
    """
    import asyncio

    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.live import read_live_windows

    with open_broker(settings) as broker:
        create_topics(broker, settings)
        return asyncio.run(read_live_windows(settings, broker))


def alerts_so_far(settings: Settings) -> list[dict[str, Any]]:
    """All alerts on the topic, each id once, oldest first by what they tell of.

    Raises `DependencyError` when the broker cannot be reached.
    """
    from streams.admin import create_topics
    from streams.alerts import read_alerts
    from streams.brokers.open import open_broker

    with open_broker(settings) as broker:
        create_topics(broker, settings)
        return read_alerts(settings, broker)
