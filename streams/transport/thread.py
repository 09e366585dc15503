"""Faust's consumer thread, building a Kafka client of ours and turning its errors into ours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import CommitFailedError, KafkaError, NoOffsetForPartitionError
from aiokafka.errors import OffsetOutOfRangeError as KafkaOutOfRangeError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver

from pipeline.domain.errors import OffsetOutOfRangeError
from pipeline.ports import TopicPartition
from streams.transport.columns import ColumnResults

FETCH_WAIT_MS = 250
"""How long a fetch waits for records; a seek can take that long to show, because one fetch per node is under way."""
PARTITION_FETCH_BYTES = 2_250_000
"""Above the largest record of any of our topics, so that one fetch always holds at least one."""


class ColumnKafkaConsumer(AIOKafkaConsumer):
    """aiokafka's consumer, whose fetches of batch topics come as columns."""

    def __init__(self, *args: Any, is_batch_topic: Any, **kwargs: Any) -> None:
        self._is_batch_topic = is_batch_topic
        super().__init__(*args, **kwargs)

    async def start(self) -> None:
        """Connect. Nothing is subscribed yet, so the fetcher's buffer is empty and can be replaced."""
        await super().start()
        self._fetcher._records = ColumnResults(self._is_batch_topic)  # noqa: SLF001  # the seam


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """Everything here runs on the consumer's own thread and loop unless it says otherwise."""

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        conf = self.app.conf
        # Only Faust's own assignor knows which worker holds a table's changelog.
        self._assignor = self.app.assignor if self.app.tables.changelog_topics else RoundRobinPartitionAssignor
        return ColumnKafkaConsumer(
            is_batch_topic=transport.is_batch_topic,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            # Never a silent reset: where a partition starts is decided in `start_offsets`, and an offset that the
            # broker no longer has is raised.
            auto_offset_reset="none",
            max_poll_interval_ms=int((conf.broker_max_poll_interval or 0) * 1000),
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            check_crcs=conf.broker_check_crcs,
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            isolation_level="read_committed",
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
            connections_max_idle_ms=conf.consumer_connections_max_idle_ms,
            **{"client_id": conf.broker_client_id, **transport.client_kwargs},
        )

    async def fetch(self, active: Collection[Any], expected: Mapping[TopicPartition, int], seconds: float) -> Any:
        """Records of the partitions `active`, waiting at most `seconds`; callable from the app's loop.

        Partitions in `expected` are read from there, wherever the client stands. It counts as read what it gave to a
        fetch that a rebalance cut short, and those records may be the last of their partition for long.
        """
        return await self.call_thread(self._fetch, active, expected, seconds)

    async def _fetch(self, active: Collection[Any], expected: Mapping[TopicPartition, int], seconds: float) -> Any:
        consumer = self._ensure_consumer()
        if self.consumer.flow_active:
            for tp, offset in expected.items():
                _stand_at(consumer, KafkaPartition(*tp), offset)
        return await self._fetch_records(consumer, active, timeout=seconds)

    async def _fetch_records(
        self, consumer: Any, active_partitions: Any, timeout: float | None = None, max_records: int | None = None
    ) -> Any:
        try:
            return await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        except KafkaOutOfRangeError as error:
            await self._out_of_range(consumer, error.args[0])
        except NoOffsetForPartitionError as error:
            # A partition that nobody has sought yet: a new group of a table's topic.
            await consumer.seek_to_beginning(error.args[0])
        return {}

    async def _out_of_range(self, consumer: Any, offsets: Mapping[KafkaPartition, int]) -> None:
        """Fatal for batch topics. A table's topic is compacted: its table starts at the oldest record that is left."""
        for tp, offset in offsets.items():
            if self.transport.is_batch_topic(tp.topic):
                raise OffsetOutOfRangeError(tp.topic, tp.partition, offset)
            await consumer.seek_to_beginning(tp)

    async def _commit(self, offsets: Mapping[Any, int]) -> bool:
        """Commit what is still assigned; False when the broker refuses because the group has moved on.

        Not an error then: whoever owns the partitions now reads those records again.
        """
        consumer = self._ensure_consumer()
        assigned = consumer.assignment()
        mine = {
            partition: OffsetAndMetadata(offset, "")
            for partition, offset in ((KafkaPartition(*tp), offset) for tp, offset in offsets.items())
            if partition in assigned
        }
        if not mine:
            return False
        try:
            await consumer.commit(mine)
        except CommitFailedError:
            return False
        except KafkaError as error:
            self.log.warning("Offsets were not committed (%s); trying again at the next interval", type(error).__name__)
            return False
        return True

    async def group_offsets(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int | None]:
        """The group's offsets on the broker; None where it never committed. Callable from the app's loop."""
        return dict(await self.call_thread(self._group_offsets, partitions))

    async def _group_offsets(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int | None]:
        consumer = self._ensure_consumer()
        return {tp: await consumer.committed(KafkaPartition(*tp)) for tp in partitions}

    async def oldest_offsets(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """The oldest offset the broker has of each partition. Callable from the app's loop."""
        if not partitions:
            return {}
        wanted = [KafkaPartition(*tp) for tp in partitions]
        found = await self.call_thread(self._ensure_consumer().beginning_offsets, wanted)
        return {TopicPartition(tp.topic, tp.partition): offset for tp, offset in found.items()}


def _stand_at(consumer: AIOKafkaConsumer, partition: KafkaPartition, offset: int) -> None:
    """Seek, unless the client stands there already or the partition was taken from us meanwhile."""
    subscriptions = consumer._subscription  # noqa: SLF001  # positions that do not wait are not public
    if subscriptions.is_assigned(partition):
        state = subscriptions.subscription.assignment.state_value(partition)
        if not state.has_valid_position or state.position != offset:
            consumer.seek(partition, offset)
