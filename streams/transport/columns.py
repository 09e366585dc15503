"""Fetched Kafka record batches as columns: one `RecordColumns` per record batch instead of an object per record.

aiokafka unpacks a fetch lazily, by iterating over the `PartitionRecords` in a `FetchResult`. `ColumnResults` stands in
for the fetcher's dict of results and, for batch topics only, swaps that iterator for `ColumnRecords` before anything
was unpacked. Other topics and other consumers in the process are untouched.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException

from pipeline.ports import RecordColumns


class ColumnRecords(PartitionRecords):
    """Iterates over one fetch of one partition as a `RecordColumns` per Kafka record batch.

    Positions run on without a hole from one item to the next, over control records, aborted transactions and
    compacted offsets; a fetch that holds nothing else ends in one item without records, so that the position is
    still accounted for.
    """

    next_fetch_offset: int

    def __init__(self, stock: PartitionRecords) -> None:
        # Takes over a `PartitionRecords` that has not been iterated: same records, same position, same checks.
        self.__dict__.update(stock.__dict__)
        self._records_iterator = self._unpack_records()

    def _unpack_records(self) -> Iterator[RecordColumns]:
        position = self.next_fetch_offset
        while self._records.has_next():
            kafka_batch = self._records.next_batch()
            if self._check_crcs and not kafka_batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC in {self._tp} at offset {kafka_batch.base_offset}")
            first = self.next_fetch_offset
            records = [] if self._is_skipped(kafka_batch) else [r for r in kafka_batch if r.offset >= first]
            self.next_fetch_offset = kafka_batch.next_offset
            if records:
                yield self._columns(position, records)
                position = self.next_fetch_offset
        if position != self.next_fetch_offset:
            yield self._columns(position, [])

    def _is_skipped(self, kafka_batch: Any) -> bool:
        """Whether it is a control batch or belongs to an aborted transaction."""
        if self._isolation_level == READ_COMMITTED and kafka_batch.producer_id is not None:
            self._consume_aborted_up_to(kafka_batch.base_offset)
            if kafka_batch.is_control_batch and self._contains_abort_marker(kafka_batch):
                self._aborted_producers.discard(kafka_batch.producer_id)
            if kafka_batch.is_transactional and kafka_batch.producer_id in self._aborted_producers:
                return True
        return bool(kafka_batch.is_control_batch)

    def _columns(self, position: int, records: list[Any]) -> RecordColumns:
        return RecordColumns(
            topic=self._tp.topic,
            partition=self._tp.partition,
            position=position,
            next_offset=self.next_fetch_offset,
            offsets=[r.offset for r in records],
            timestamps_ms=[r.timestamp for r in records],
            keys=[r.key for r in records],
            values=[r.value for r in records],
            headers=[r.headers for r in records],
        )


class ColumnResults(OrderedDict[Any, Any]):
    """A fetcher's buffer of results in which those of batch topics unpack to columns."""

    def __init__(self, is_batch_topic: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_batch_topic = is_batch_topic

    def __setitem__(self, tp: Any, result: Any) -> None:
        if isinstance(result, FetchResult) and self._is_batch_topic(tp.topic):
            result._partition_records = ColumnRecords(result._partition_records)  # noqa: SLF001  # the seam
        super().__setitem__(tp, result)
