"""One use case: tell of each signal of the control charts once, as an alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from pipeline.domain.alerts import Alert, ChartSignal, encoded, signal_alert
from pipeline.ports import OutgoingRecords
from pipeline.services.told import keep_told, told_of
from warehouse.queries import asking

TOLD: Final = "chart-signals.json"
"""In the home's state: ids of the alerts that a broker has acknowledged."""

_SIGNALS: Final = f"select {', '.join(ChartSignal.__struct_fields__)} from agg_chart_point where signal"  # noqa: S608 - names of our own struct


def tell_of_signals(published: Path, state: Path, send: Callable[[OutgoingRecords], None]) -> int:
    """Send an alert for each signal in the published file that was never told of; how many there were.

    `send` returns when the broker has acknowledged all records, in the order of their periods. Only then are their ids
    written down, so a crash in between sends them again with the ids they had: whoever keeps one alert for each id has
    every signal once. A signal that a later version of the data no longer shows was told of and stays told of.

    Raises `FatalError` on a list of ids that cannot be read, `DependencyError` when it cannot be written.
    """
    path = state / TOLD
    told = told_of(path, frozenset[str]) or frozenset()
    fresh = [alert for alert in _alerts(published) if alert.id not in told]
    if not fresh:
        return 0
    send(OutgoingRecords(*encoded(fresh)))
    keep_told(path, sorted({*told, *(alert.id for alert in fresh)}))
    return len(fresh)


def _alerts(published: Path) -> Sequence[Alert[ChartSignal]]:
    """Alerts about all signals, by when they became true and id."""
    with asking(published, _SIGNALS) as answer:
        rows = [dict(zip(answer.columns, row, strict=True)) for batch in answer.batches for row in batch]
    alerts = [signal_alert(msgspec.convert(row, ChartSignal)) for row in rows]
    return sorted(alerts, key=lambda alert: (alert.time, alert.id))
