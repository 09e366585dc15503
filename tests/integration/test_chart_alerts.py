"""Chart signals on a real broker protocol: however often they are sent, whoever reads has each of them once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pipeline.domain.alerts import CHART_SIGNAL
from pipeline.ports import OutgoingRecords
from pipeline.services.chart_alerts import TOLD, tell_of_signals
from pipeline.settings import Settings
from streams.admin import create_topics
from streams.alerts import read_alerts, send_alerts
from streams.brokers.memory import MemoryBroker
from tests.unit.services.test_chart_alerts import EARLIER, SIGNAL, published


def test_each_signal_is_on_the_topic_once_for_its_reader(tmp_path: Path) -> None:
    settings = Settings()
    file = published(tmp_path / "w.duckdb", SIGNAL, EARLIER)
    with MemoryBroker() as broker:
        partitions = create_topics(broker, settings)
        send = partial(send_alerts, settings, broker, partitions)
        assert tell_of_signals(file, tmp_path, send) == 2
        assert tell_of_signals(file, tmp_path, send) == 0
        (tmp_path / TOLD).unlink()  # a crash before the list was written
        assert tell_of_signals(file, tmp_path, send) == 2
        send(OutgoingRecords())
        alerts = read_alerts(settings, broker)
    assert [alert["data"]["period_start"] for alert in alerts] == ["2026-03-09", "2026-03-16"]
    assert {alert["type"] for alert in alerts} == {CHART_SIGNAL}
