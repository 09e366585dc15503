"""How far each hop is, asked of the broker and of the lake."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.domain.logs import in_log
from pipeline.ports import Broker, Sink, TopicPartition
from pipeline.settings import Settings
from streams.admin import Offsets
from streams.groups import intake_group
from streams.topics import DEAD_LETTERS, EVENTS, INBOX

TABLE_OF = {EVENTS: "events", DEAD_LETTERS: "dead_letters"}
"""The lake table that holds the next offsets of each topic."""


class PipelineProgress:
    """The `Progress` of one set of topics and one lake."""

    def __init__(
        self,
        broker: Broker,
        settings: Settings,
        lake: Sink,
        log_ids: Mapping[str, str],
        check_workers: Callable[[], None],
    ) -> None:
        self._offsets = Offsets(broker)
        self._settings = settings
        self._lake = lake
        self._log_ids = log_ids
        self.check_workers = check_workers

    def inbox_ends(self) -> Mapping[int, int]:
        """Next offset to be written, per inbox partition."""
        return self._offsets.ends(self._settings.topic(INBOX))

    def intake_done(self) -> Mapping[int, int]:
        """Next offset that intake has not finished, per inbox partition."""
        return self._offsets.committed(intake_group(self._settings), self._settings.topic(INBOX))

    def log_ends(self) -> Mapping[TopicPartition, int]:
        """Next offset to be written, per partition of the events and dead-letter topics."""
        return {
            TopicPartition(topic, partition): end
            for topic in map(self._settings.topic, TABLE_OF)
            for partition, end in self._offsets.ends(topic).items()
        }

    def landed(self) -> Mapping[TopicPartition, int]:
        """Next offset that is not in the lake, per partition of the events and dead-letter topics."""
        landed: dict[TopicPartition, int] = {}
        for name, table in TABLE_OF.items():
            topic = self._settings.topic(name)
            partitions = range(self._offsets.partitions(topic))
            kept = {
                TopicPartition(in_log(topic, self._log_ids[topic]), p): TopicPartition(topic, p) for p in partitions
            }
            landed |= {kept[tp]: offset for tp, offset in self._lake.next_offsets(table, list(kept)).items()}
        return landed

    def landed_dead_letters(self) -> Mapping[int, int]:
        """Next offset that is not in the lake, per partition of the dead-letter topic."""
        letters = self._settings.topic(DEAD_LETTERS)
        return {tp.partition: offset for tp, offset in self.landed().items() if tp.topic == letters}

    def close(self) -> None:
        """Drop the connections."""
        self._offsets.close()
