"""How far everything known is on its way, by partition: what time that passes has to wait for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pipeline.domain.passing import Ends
from pipeline.ports import Broker
from pipeline.settings import Settings
from streams.admin import Offsets
from streams.groups import intake_group
from streams.topics import EVENTS, INBOX


class KnownEnds:
    """Asks the broker; keeps its connections. Every call blocks for a moment."""

    def __init__(self, broker: Broker, settings: Settings) -> None:
        self._offsets = Offsets(broker)
        self._group = intake_group(settings)
        self._inbox, self._events = settings.topic(INBOX), settings.topic(EVENTS)

    def of(self, partitions: Collection[int], landed: Mapping[int, int]) -> dict[int, Ends]:
        """Ends of those of these partition numbers whose `landed` offset is given.

        Asked in the order in which records travel, so none can slip by between two questions. Raises
        `DependencyError` when the broker does not answer.
        """
        inbox = self._offsets.ends(self._inbox)
        intake = self._offsets.committed(self._group, self._inbox)
        log = self._offsets.ends(self._events)
        return {
            number: Ends(inbox[number], intake.get(number, 0), log[number], landed[number])
            for number in partitions
            if number in landed and number in inbox and number in log
        }

    def close(self) -> None:
        """Drop the connections."""
        self._offsets.close()
