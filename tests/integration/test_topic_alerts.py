"""Emerging topics on a real broker protocol: however often they are sent, whoever reads has each of them once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec

from pipeline.domain.alerts import TOPIC_EMERGED
from pipeline.ports import OutgoingRecords
from pipeline.services.topic_alerts import TOLD, tell_of_topics
from pipeline.settings import Settings
from streams.admin import create_topics
from streams.alerts import read_alerts, send_alerts
from streams.brokers.memory import MemoryBroker
from tests.unit.services.test_topic_alerts import EMERGED, published


def test_each_topic_is_on_the_topic_once_for_its_reader_in_the_letters_it_was_written_in(tmp_path: Path) -> None:
    settings = Settings()
    ukrainian = msgspec.structs.replace(EMERGED, language="uk", topic="двічі списали", phrases=["двічі списали"])
    file = published(tmp_path / "w.duckdb", EMERGED, ukrainian)
    with MemoryBroker() as broker:
        partitions = create_topics(broker, settings)
        send = partial(send_alerts, settings, broker, partitions)
        assert tell_of_topics(file, tmp_path, send, 2) == 2
        assert tell_of_topics(file, tmp_path, send, 2) == 0
        (tmp_path / TOLD).unlink()  # a crash before the list was written
        assert tell_of_topics(file, tmp_path, send, 2) == 2
        send(OutgoingRecords())
        alerts = read_alerts(settings, broker)
    assert sorted(alert["data"]["topic"] for alert in alerts) == ["charged twice", "двічі списали"]
    assert {alert["type"] for alert in alerts} == {TOPIC_EMERGED}
    assert [len(alert["data"]["examples"]) for alert in alerts if alert["data"]["language"] == "en"] == [2]
